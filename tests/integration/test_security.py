"""No service answers without a valid token that has the right."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import grpc
import pytest
from county import County, cash, line, refused

from devkit.roster import SERVICES
from millage.cashiering.v1 import cashiering_pb2
from millage.ops.v1 import ops_pb2, ops_pb2_grpc
from taxkit import testing
from taxkit.auth import issue_token
from taxkit.clock import SystemClock

STRANGER = testing.make_keys()


def token_of(county: County, **options: Any) -> str:
    key = county.stack.paths.token_private_key.read_text()
    return issue_token(key, "mallory", clock=SystemClock(), **{"rights": ["*"], **options})


TOKENS: dict[str, tuple[Callable[[County], str], str, str]] = {
    "none": (lambda _: "", "UNAUTHENTICATED", "TOKEN_MISSING"),
    "nonsense": (lambda _: "abc.def.ghi", "UNAUTHENTICATED", "TOKEN_INVALID"),
    "another county's": (lambda _: STRANGER.token("*"), "UNAUTHENTICATED", "TOKEN_INVALID"),
    "expired": (
        lambda county: token_of(county, lifetime=timedelta(seconds=-60)),
        "UNAUTHENTICATED",
        "TOKEN_EXPIRED",
    ),
    "without the right": (
        lambda county: token_of(county, rights=["ops.settle"]),
        "PERMISSION_DENIED",
        "FORBIDDEN",
    ),
}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kind", TOKENS)
def test_a_wrong_token_is_refused(county: County, service: str, kind: str):
    make, code, reason = TOKENS[kind]
    token = make(county)
    with grpc.insecure_channel(county.stack.grpc(service)) as channel:
        stub = ops_pb2_grpc.OpsServiceStub(channel)
        with pytest.raises(grpc.RpcError) as caught:
            stub.GetLag(
                ops_pb2.GetLagRequest(), metadata=testing.bearer(token) if token else (), timeout=60
            )

    assert (caught.value.code().name, testing.reason_of(caught.value)) == (code, reason)


def test_an_auditor_takes_no_money(county: County, session: cashiering_pb2.Session):
    """Reading everything is not paying anything."""
    bill = county.bills["16321210140000", 2018]
    auditor = county.client("ada", ["auditor"])
    county.clerk, clerk = auditor, county.clerk
    try:
        with refused("FORBIDDEN"):
            county.pay(session, [line(bill, 1_00)], [cash(1_00)])
    finally:
        county.clerk = clerk
        auditor.close()
