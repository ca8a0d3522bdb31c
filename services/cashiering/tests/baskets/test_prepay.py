"""CASH-070: a pre-pay plan takes money by its number, a name and an amount, where it is taken."""

from concurrent import futures
from typing import Any

import grpc
import pytest
from grpc_status import rpc_status

from cashiering_service.bootstrap import SPEC
from millage.receivables.v1 import prepay_pb2 as theirs
from millage.receivables.v1 import prepay_pb2_grpc as their_stubs
from taxkit import ids, rpc, testing
from taxkit.errors import not_found

PIN, OTHER = "55555555555555", "66666666666666"
ENABLED = {"        - repay_reversal\n": "        - repay_reversal\n        - pre_pay\n"}
ASKED = {"plan_number": "PP-7", "payer_name": "Dolores Park", "amount_cents": 12_500}


class Neighbour(their_stubs.PrepayServiceServicer):
    """Receivables' pre-pay plans: one, which two parcels share."""

    def GetPrepay(self, request, context):  # noqa: N802
        if request.prepay_number != "PP-7":
            refusal = not_found("PREPAY_NOT_FOUND", f"no pre-pay {request.prepay_number}")
            context.abort_with_status(rpc_status.to_status(rpc.status_of(refusal)))
        return theirs.Prepay(prepay_number="PP-7", name="Park family", parcel_numbers=[PIN, OTHER])


@pytest.fixture
def alone(app, county, bills) -> Any:
    """A window of a county that takes pre-payment; receivables is away."""
    bills((PIN, 2021, 50_000), (OTHER, 2021, 0))
    return county(ENABLED)


@pytest.fixture
def desk(alone, make_app, keys, tmp_path) -> Any:
    """The same with receivables."""
    server = grpc.server(futures.ThreadPoolExecutor(2))
    their_stubs.add_PrepayServiceServicer_to_server(Neighbour(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    given = {
        "MILLAGE_JURISDICTIONS_DIR": str(tmp_path),
        "MILLAGE_RECEIVABLES_ADDR": f"127.0.0.1:{port}",
        "MILLAGE_QUOTE_TIMEOUT_MS": "60000",
    }
    with make_app(**given) as built, testing.server(SPEC, built, keys) as channel:
        yield type(alone)(channel, alone.metadata)
    server.stop(grace=0).wait()


def _load(window, basket, **given) -> Any:
    given.setdefault("idempotency_key", str(ids.new_id()))
    return window.load(basket, service_type="pre_pay", **given)


def test_cash_070_money_is_taken_for_a_plan_by_number_name_and_amount(
    app, desk, basket, counter
) -> None:
    """No bill is needed; it is told as an advance of that kind for the plan's parcel."""
    loaded = _load(desk, basket, **ASKED)
    (line,) = loaded.lines
    assert (line.kind, line.advance_type, line.plan_number) == ("advance", "pre_pay", "PP-7")
    assert (line.parcel_number, line.owner_name) == (PIN, "Dolores Park")
    assert loaded.payer.name == "Dolores Park"

    desk.change("PostBasket", loaded, tenders=[counter.cash(12_500)])
    (told,) = [one["data"] for one in testing.emitted(app) if "PaymentPosted" in one["type"]]
    assert [
        (one["kind"], one["advance_type"], one["parcel_number"], one["amount_cents"])
        for one in told["lines"]
    ] == [("advance", "pre_pay", PIN, 12_500)]


def test_cash_070_the_same_again_is_another_payment(desk, basket) -> None:
    """The amount is entered anew each time."""
    once = _load(desk, basket, **ASKED)
    twice = _load(desk, once, **(ASKED | {"amount_cents": 100, "parcel_number": OTHER}))

    assert [(one.parcel_number, one.paying_cents) for one in twice.lines] == [
        (PIN, 12_500),
        (OTHER, 100),
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"plan_number": "PP-8"}, "PREPAY_NOT_FOUND"),
        ({"parcel_number": "1"}, "PREPAY_OF_OTHER_PARCELS"),
        ({"payer_name": ""}, "KEY_MISSING"),
        ({"amount_cents": 0}, "KEY_MISSING"),
        ({"amount_cents": -1}, "KEY_INVALID"),
        ({"tax_year": 2021}, "KEY_NOT_OF_TYPE"),
    ],
)
def test_cash_070_what_is_no_pre_payment_is_refused_and_changes_nothing(
    desk, basket, refused, unchanged, changes, reason
) -> None:
    """With the key that is missing or wrong."""
    with unchanged():
        refused(reason, _load, desk, basket, **(ASKED | changes))


def test_cash_070_without_receivables_the_parcel_is_named(alone, basket, refused) -> None:
    """The counter goes on taking money."""
    refused("PREPAY_PARCELS_UNKNOWN", _load, alone, basket, **ASKED)
    loaded = _load(alone, basket, **ASKED, parcel_number=OTHER)

    assert [one.parcel_number for one in loaded.lines] == [OTHER]


def test_cash_070_where_it_is_not_taken_it_is_refused(window, basket, refused) -> None:
    """CASH-013: as any service type that is not enabled."""
    refused("SERVICE_TYPE_DISABLED", _load, window, basket, **ASKED)
