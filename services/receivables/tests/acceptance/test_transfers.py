"""Bills carried another way, and held money placed: by hand, with a reason, once."""

from datetime import date

import grpc
import pytest

from millage.receivables.v1 import surplus_pb2, surplus_pb2_grpc
from taxkit.ids import new_id
from taxkit.testing import reason_of

AUTUMN, WINTER = date(2019, 9, 1), date(2020, 1, 15)


def test_recv_009_a_bill_carried_unsecured_takes_its_payments_along(quiet):
    """RECV-009: charges and money go to U and back; the sums stay, and it is told row by row."""
    quiet.issue(500, 500)
    quiet.pay(200, AUTUMN)
    moved = quiet.transfer("U", WINTER)
    assert moved.amount_cents == 100_000
    assert quiet.cells() == {"U tax 1": 500, "U tax 2": 500, "pay U tax 1": -200, "open": 800}
    (told,) = quiet.told("CollectionTypeTransferred")
    assert (
        told["from_type"],
        told["to_type"],
        told["reason"],
        told["amount_cents"],
    ) == ("S", "U", "sold", 100_000)
    quiet.transfer("S", WINTER)
    assert quiet.cells() == {"S tax 1": 500, "S tax 2": 500, "pay S tax 1": -200, "open": 800}
    assert sum(quiet.balance_of_receipts().values()) == 20_000
    assert [one.kind for one in quiet.changes()] == ["transfer", "transfer"]


@pytest.mark.parametrize(
    ("to", "changes", "reason"),
    [
        ("S", {}, "ALREADY_CARRIED"),
        ("DS", {}, "COLLECTION_TYPE_INVALID"),
        ("u", {}, "COLLECTION_TYPE_INVALID"),
        ("U", {"reason": ""}, "REASON_MISSING"),
        ("U", {"bill_id": str(new_id())}, "BILL_NOT_FOUND"),
        ("U", {"effective_on": "2199-01-01"}, "DATE_IN_FUTURE"),
        ("U", {"effective_on": "tomorrow"}, "DATE_INVALID"),
    ],
)
def test_recv_009_a_transfer_that_makes_no_sense_is_refused(quiet, to, changes, reason):
    """RECV-009: and nothing moves."""
    quiet.issue(500, 500)
    before = quiet.cells()
    with pytest.raises(grpc.RpcError) as refused:
        quiet.transfer(to, WINTER, **changes)
    assert reason == reason_of(refused.value)
    assert before == quiet.cells()


def test_recv_009_a_defaulted_bill_stays_in_default(quiet):
    """RECV-009: S to U and back only."""
    quiet.issue(500, 500)
    quiet.default()
    with pytest.raises(grpc.RpcError) as refused:
        quiet.transfer("U", date(2020, 8, 1))
    assert reason_of(refused.value) == "BILL_DEFAULTED"


def placeable(county):
    """What the check of held money offers to place."""
    stub = surplus_pb2_grpc.SurplusServiceStub(county.channel)
    caller = county.caller("receivables.surplus", "receivables.read")
    return list(stub.CheckHeldMoney(surplus_pb2.CheckHeldMoneyRequest(), metadata=caller).placeable)


def test_recv_042_money_that_somebody_claims_is_not_offered(quiet):
    """RECV-005, RECV-042: a bill that owes keeps its surplus as long as it is reserved."""
    quiet.issue(500, 500)
    quiet.pay(1_000, AUTUMN)
    quiet.correct(500, 100, on=date(2019, 10, 1))
    quiet.correct(500, 300, on=date(2019, 11, 1))
    stub = surplus_pb2_grpc.SurplusServiceStub(quiet.channel)
    caller = quiet.caller("receivables.surplus", "receivables.read")
    listed = stub.ListSurplus(
        surplus_pb2.ListSurplusRequest(bill_id=str(quiet.bill)), metadata=caller
    )
    (item,) = listed.items
    case = surplus_pb2.ReserveSurplusRequest(
        idempotency_key=quiet.key(), surplus_item_id=item.surplus_item_id, reserved_for="basket"
    )
    stub.ReserveSurplus(case, metadata=caller)
    assert placeable(quiet) == []


def test_recv_005_held_money_is_placed_on_what_a_correction_opened_later(quiet):
    """RECV-005: a surplus left by one correction pays what the next one asks."""
    quiet.issue(500, 500)
    quiet.pay(1_000, AUTUMN)
    quiet.correct(500, 100, on=date(2019, 10, 1))
    quiet.correct(500, 300, on=date(2019, 11, 1))
    assert {name: cents for name, cents in quiet.cells().items() if " " not in name} == {
        "surplus": 400,
        "open": 200,
    }
    (found,) = placeable(quiet)
    assert (found.bill_id, found.held_cents, found.open_cents) == (str(quiet.bill), 40_000, 20_000)
    answer = quiet.reallocate(WINTER, idempotency_key="once")
    assert answer.amount_cents == 20_000
    assert answer == quiet.reallocate(WINTER, idempotency_key="once")
    assert quiet.cells()["surplus"] == 200
    assert quiet.reallocate(WINTER).amount_cents == 0
    assert placeable(quiet) == []
    assert [one.kind for one in quiet.changes()] == ["reallocation"]
    assert sum(quiet.balance_of_receipts().values()) == 100_000
