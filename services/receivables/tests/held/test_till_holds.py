"""RECV-042: what a basket keeps is reserved for it, drawn for it alone, and let go again."""

import threading
from typing import Any

import pytest

from taxkit import testing
from taxkit.ids import new_id

WHOM, OTHER = "basket 1", "basket 2"


def told(item: Any, state: str, whom: str = WHOM, hold: Any = None, **changes: Any) -> str:
    """A basket keeps an item, or does no longer."""
    hold = hold or new_id()
    data = {
        "hold_id": str(hold), "basket_id": str(new_id()), "held_for": whom, "kind": "surplus",
        "reference": str(item), "amount_cents": 20_000, "state": state,
        "until": "2023-03-02T12:00:00+00:00", **changes,
    }  # fmt: skip
    sequence = 1 if state == "held" else 2
    kind = "org.millage.cashiering.MoneyHoldChanged.v1"
    return testing.foreign_event(kind, f"hold/{hold}", data, sequence=sequence)


@pytest.fixture
def absorb(app):
    return lambda *bodies: app.consumer.absorb("on_money_hold_changed", list(bodies))


@pytest.fixture
def pay(app, neighbours):
    def make(*lines, tenders=None):
        receipt = new_id()
        body = neighbours.payment_posted(receipt, *lines, tenders=tenders)
        app.consumer.absorb("on_payment_posted", [body])
        return receipt

    return make


@pytest.fixture
def item(pay, bill, neighbours, ledger):
    """200.00 too much were paid."""
    pay(neighbours.line(1, 200_000, bill))
    ((found,),) = ledger.rows("select item_id from held_items where state <> 'closed'")
    return found


@pytest.fixture
def other(app, neighbours):
    other = new_id()
    body = neighbours.bill_created(other, bill_number="2021-other", parcel_number="other")
    app.consumer.absorb("on_bill_created", [body])
    return other


def tender(item, cents: int, **changes: str) -> list[dict[str, Any]]:
    given = {"tender_type": "surplus", "amount_cents": cents, "reference": str(item)}
    return [given | changes]


def item_now(ledger):
    ((cents, state, whom),) = ledger.rows("select open_cents, state, reserved_by from held_items")
    return cents, state, whom


def test_recv_042_what_a_basket_keeps_is_reserved_and_told(absorb, item, ledger) -> None:
    """So that a refund does not begin with it."""
    absorb(told(item, "held"))

    assert item_now(ledger) == (20_000, "reserved", WHOM)
    assert ledger.told("SurplusChanged")[-1]["data"]["state"] == "reserved"


def test_recv_042_its_own_basket_draws_it_and_nobody_else(
    absorb, item, other, pay, neighbours, ledger
) -> None:
    """Another's tender waits for a person; the rest is free once the basket is paid."""
    hold = new_id()
    absorb(told(item, "held", hold=hold))
    pay(neighbours.line(1, 5_000, other), tenders=tender(item, 5_000))
    assert ledger.rows("select reason from held_exceptions") == [("SURPLUS_RESERVED",)]
    pay(neighbours.line(1, 5_000, other), tenders=tender(item, 5_000, held_for=OTHER))
    assert item_now(ledger)[0] == 20_000

    pay(neighbours.line(1, 15_000, other), tenders=tender(item, 15_000, held_for=WHOM))
    assert item_now(ledger) == (5_000, "reserved", WHOM)
    absorb(told(item, "paid", hold=hold))
    assert item_now(ledger) == (5_000, "open", "")


def test_recv_042_the_end_may_come_before_the_payment(
    absorb, item, other, pay, neighbours, ledger
) -> None:
    """And a late beginning reserves nothing any more."""
    hold = new_id()
    absorb(told(item, "paid", hold=hold))
    absorb(told(item, "held", hold=hold))
    assert item_now(ledger) == (20_000, "open", "")
    pay(neighbours.line(1, 15_000, other), tenders=tender(item, 15_000, held_for=WHOM))

    assert item_now(ledger) == (5_000, "open", "")
    assert ledger.rows("select count(*) from held_exceptions") == [(0,)]


def test_recv_042_what_is_not_free_stays_with_whom_it_is(absorb, item, ledger) -> None:
    """One basket's end lets nothing of another's go."""
    absorb(told(item, "held"))
    absorb(told(item, "held", OTHER))
    absorb(told(item, "closed", OTHER))
    absorb(told(new_id(), "held"), told("not an id", "held"), told("E-1", "held", kind="escrow"))

    assert item_now(ledger) == (20_000, "reserved", WHOM)


def test_recv_042_two_workers_reserve_an_item_once(absorb, item, ledger) -> None:
    """Eight baskets at once, on threads of their own."""
    threads = [
        threading.Thread(target=absorb, args=(told(item, "held", f"basket {number}"),))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert item_now(ledger)[1] == "reserved"
    states = [event["data"]["state"] for event in ledger.told("SurplusChanged")]
    assert states.count("reserved") == 1
