"""CASH-047, CASH-048, CASH-049: money held is tendered once, and never below zero."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.held import (
    ESCROW,
    RESERVED_FOR,
    SURPLUS,
    HeldMoney,
    check_drawn,
    drawn_by,
    told,
)
from cashiering_service.domain.tender import Tender
from taxkit.errors import Refusal

NOW = datetime(2022, 12, 15, 12, tzinfo=UTC)
ITEM = HeldMoney(SURPLUS, "item", "overpayment", "Dolores Park", "1", 100, "open")
KEY = (SURPLUS, "item")


def _draw(cents: int, held: HeldMoney | None = ITEM, due: int = 1_000) -> None:
    known = {} if held is None else {(held.kind, held.reference): held}
    kind = SURPLUS if held is None else held.kind
    reference = "item" if held is None else held.reference
    check_drawn({(kind, reference): cents}, known, ["overpayment"], due, NOW)


def test_cash_047_what_is_open_and_free_may_be_drawn() -> None:
    """To the last cent."""
    _draw(100)
    _draw(1, replace(ITEM, reserved_cents=99, reserved_at=NOW))


@pytest.mark.parametrize(
    ("held", "cents", "due", "reason"),
    [
        (None, 1, 100, "SURPLUS_UNKNOWN"),
        (ITEM, 101, 200, "SURPLUS_INSUFFICIENT"),
        (replace(ITEM, reserved_cents=50, reserved_at=NOW), 51, 100, "SURPLUS_INSUFFICIENT"),
        (replace(ITEM, state="in_workflow"), 1, 100, "SURPLUS_IN_WORKFLOW"),
        (replace(ITEM, state="reserved"), 1, 100, "SURPLUS_NOT_OPEN"),
        (replace(ITEM, state="closed"), 1, 100, "SURPLUS_NOT_OPEN"),
        (replace(ITEM, category="overbid"), 1, 100, "SURPLUS_NOT_TENDERABLE"),
        (ITEM, 100, 99, "HELD_TENDER_ABOVE_DUE"),
        (replace(ITEM, kind=ESCROW, category=ESCROW), 101, 200, "ESCROW_INSUFFICIENT"),
        (replace(ITEM, kind=ESCROW, category=ESCROW, state="closed"), 1, 9, "ESCROW_NOT_OPEN"),
    ],
)
def test_cash_047_what_is_not_there_not_free_or_too_much_is_refused(
    held: HeldMoney | None, cents: int, due: int, reason: str
) -> None:
    """With what stands in the way."""
    with pytest.raises(Refusal) as refusal:
        _draw(cents, held, due)

    assert refusal.value.reason == reason


def test_cash_047_tenders_of_one_item_count_together() -> None:
    """Two halves are a whole; cash is nobody's held money."""
    tenders = [Tender(SURPLUS, 60, "item"), Tender("cash", 5, None), Tender(SURPLUS, 50, "item")]

    assert drawn_by(tenders) == {KEY: 110}


def test_a_reservation_ends_when_it_was_drawn_or_after_a_day() -> None:
    """Whichever comes first."""
    reserved = replace(ITEM, reserved_cents=40, reserved_at=NOW)

    assert reserved.available(NOW + RESERVED_FOR) == 60
    assert reserved.available(NOW + RESERVED_FOR + timedelta(seconds=1)) == 100
    drawn = told(reserved, replace(ITEM, open_cents=60))
    assert (drawn.reserved_cents, drawn.available(NOW)) == (0, 60)
    more = told(reserved, replace(ITEM, open_cents=500))
    assert more.available(NOW) == 460
    assert told(reserved, replace(ITEM, open_cents=100, state="closed")).reserved_cents == 0
    assert told(None, ITEM) == ITEM


@given(st.integers(1, 1_000), st.lists(st.integers(1, 400), max_size=6), st.data())
def test_cash_049_however_draws_and_news_interleave_nothing_is_spent_twice(
    open_cents: int, wishes: list[int], data: st.DataObject
) -> None:
    """What the tills take together is never more than there was."""
    held = replace(ITEM, open_cents=open_cents)
    unseen: list[int] = []
    taken = 0
    for wish in wishes:
        if unseen and data.draw(st.booleans()):
            held = told(held, replace(held, open_cents=held.open_cents - unseen.pop(0)))
        if wish <= held.available(NOW):
            held = replace(held, reserved_cents=held.reserved(NOW) + wish, reserved_at=NOW)
            unseen.append(wish)
            taken += wish
    assert taken <= open_cents
