"""RECV-058, RECV-060: codes on a bill, as collections is told of them in any order."""

from itertools import permutations
from uuid import UUID

import pytest

from collections_service.bootstrap import SPEC
from millage.collections.v1 import collections_pb2 as pb
from millage.collections.v1.collections_pb2_grpc import CollectionsServiceStub
from taxkit import testing
from taxkit.testing import foreign_event

KEYS = testing.make_keys()
READER = testing.bearer(KEYS.token("collections.read"))


def setting(sequence: int, notices: str, *switches: str) -> tuple[str, str]:
    data = {
        "code": "BANK", "description": "In bankruptcy", "switches": list(switches),
        "delinquent_notices": notices,
    }  # fmt: skip
    name = "org.millage.receivables.CodeSettingChanged.v1"
    return "on_code_setting_changed", foreign_event(name, "code/BANK", data, sequence=sequence)


def on_bill(bill: UUID, sequence: int, *codes: str) -> tuple[str, str]:
    told = [{"code": code, "charge_code": ""} for code in codes]
    data = {"bill_id": str(bill), "code": "BANK", "codes": told}
    name = "org.millage.receivables.BillCodeChanged.v1"
    return "on_bill_code_changed", foreign_event(name, f"bill/{bill}", data, sequence=sequence)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_recv_058_a_bill_says_whether_it_is_exported_and_noticed(
    app, balance, bill_id, order
) -> None:
    """RECV-058: the newest of each counts; before any of it a bill is as usual."""
    body = balance(bill_id, 1, [("2022-03-01", 500)])
    app.consumer.absorb("on_balance_changed", [body])
    told = [
        on_bill(bill_id, 3, "BANK"), on_bill(bill_id, 5, "BANK", "GROUP"),
        setting(1, "include"), setting(2, "exclude", "exclude_from_exports"),
    ]  # fmt: skip
    with testing.server(SPEC, app, KEYS) as channel:
        stub = CollectionsServiceStub(channel)
        asked = pb.GetBillAgingRequest(bill_id=str(bill_id))
        before = stub.GetBillAging(asked, metadata=READER)
        assert (list(before.codes), before.exported, before.delinquent_notices) == (
            [], True, "as_usual",
        )  # fmt: skip
        for place in order:
            method, event = told[place]
            app.consumer.absorb(method, [event])
        found = stub.GetBillAging(asked, metadata=READER)
    assert (list(found.codes), found.exported, found.delinquent_notices) == (
        ["BANK", "GROUP"], False, "exclude",
    )  # fmt: skip
    assert testing.parked(app) == []
