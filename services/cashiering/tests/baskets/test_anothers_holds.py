"""CASH-036, CASH-047: what one clerk keeps for a payer, another does not let go."""

from typing import Any
from uuid import UUID

import pytest

from millage.cashiering.v1 import money_holds_pb2 as pb
from millage.cashiering.v1 import money_holds_pb2_grpc as stubs
from taxkit import ids, testing

PARCEL = "77777777777777"
ITEM = str(UUID(int=0xD2))
CLERK = ("cashiering.basket", "cashiering.session", "cashiering.read", "cashiering.held_tender")
ANY = "cashiering.held_tender.any"


@pytest.fixture
def window_of(make_window, keys):
    """The window of somebody with a clerk's rights, and those named besides."""

    def at(user: str, *more: str) -> Any:
        window = make_window(*CLERK)
        window.metadata = testing.bearer(keys.token(*CLERK, *more, user=user))
        return window

    return at


@pytest.fixture
def let_go(channel):
    stub = stubs.MoneyHoldsServiceStub(channel)

    def call(window: Any, hold_id: str) -> list[pb.MoneyHold]:
        request = pb.ReleaseMoneyRequest(idempotency_key=str(ids.new_id()), hold_id=hold_id)
        return list(stub.ReleaseMoney(request, metadata=window.metadata).holds)

    return call


@pytest.fixture
def kept(app, channel, window, counter, bills):
    """A basket of the cashier's with a bill, and the surplus it keeps."""
    data = {
        "surplus_item_id": ITEM, "category": "surplus", "subcode": "overpayment",
        "parcel_number": PARCEL, "owner": "Dolores Park", "open_cents": 10_000, "state": "open",
    }  # fmt: skip
    kind = "org.millage.receivables.SurplusChanged.v1"
    body = testing.foreign_event(kind, f"surplus/{ITEM}", data, sequence=1)
    app.consumer.absorb("on_surplus_changed", [body])
    bills((PARCEL, 2021, 10_000))
    basket = window.load(window.open(counter.open().session_id), parcel_number=PARCEL)
    request = pb.HoldMoneyRequest(
        idempotency_key=str(ids.new_id()), basket_id=basket.basket_id, surplus_item_id=ITEM
    )
    (hold,) = (
        stubs.MoneyHoldsServiceStub(channel).HoldMoney(request, metadata=window.metadata).holds
    )
    return basket, hold.hold_id


def test_cash_047_another_clerk_does_not_let_it_go(
    kept, window_of, window, let_go, refused, unchanged
) -> None:
    """Whatever the letter case of his name; whoever placed it does."""
    _, hold_id = kept
    with unchanged():
        refused("HOLD_OF_ANOTHER", let_go, window_of("somebody"), hold_id)
    (gone,) = let_go(window, hold_id)

    assert (gone.stands, gone.ended_by) == (False, "cashier")


def test_cash_047_whoever_may_let_go_any_does(kept, window_of, let_go) -> None:
    """And is on record with it."""
    (gone,) = let_go(window_of("chief", ANY), kept[1])

    assert (gone.outcome, gone.ended_by) == ("released", "chief")


@pytest.mark.parametrize("method", ["ClearBasket", "CloseBasket", "PauseBasket", "RemoveLines"])
def test_cash_036_nor_by_giving_up_the_basket_that_keeps_it(
    kept, window_of, refused, unchanged, method: str
) -> None:
    """Cleared, closed or emptied it would keep nothing; laid aside, it is whoever's takes it up."""
    basket, _ = kept
    lines = {"line_numbers": [1]} if method == "RemoveLines" else {}
    with unchanged():
        refused("HOLD_OF_ANOTHER", window_of("somebody").change, method, basket, **lines)

    window_of("chief", ANY).change(method, basket, **lines)


def test_cash_036_whoever_takes_the_basket_up_has_what_it_keeps(
    kept, window, window_of, counter, let_go
) -> None:
    """Laid aside, it is found by another till, and so is its money."""
    basket, hold_id = kept
    paused = window.change("PauseBasket", basket)
    counter.metadata = (other := window_of("somebody", "cashiering.till.manage")).metadata
    other.change("RetrieveBasket", paused, session_id=counter.open("T02").session_id)

    assert [one.outcome for one in let_go(other, hold_id)] == ["released"]
