"""CASH-003, CASH-004: a header's totals lose no cent, and its change touches what it names."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.baskets import rulebook
from cashiering_service.domain.basket import (
    Basket,
    BasketState,
    Line,
    LineKind,
    Subject,
)
from cashiering_service.domain.basket_header import change_header, totals
from cashiering_service.domain.paying import Wish
from cashiering_service.domain.receipt import SessionHead

DAY = date(2022, 12, 15)
TERMS = rulebook.load(str(Path(__file__).parents[4] / "jurisdictions"), "us-il-cook").at(DAY)
EMPTY = Basket(
    UUID(int=1),
    SessionHead(UUID(int=2), "T01", 1, DAY, DAY, is_open=True),
    BasketState.OPEN,
    1,
    DAY,
    "cashier",
)
lines = st.lists(st.integers(0, 10**9), max_size=6).map(
    lambda amounts: tuple(
        Line(
            number,
            LineKind.BILL if number % 2 else LineKind.ADVANCE,
            "tax",
            Subject("1", UUID(int=number) if number % 2 else None),
            Wish(DAY, cents),
            details={"advance_type": "regular"},
        )
        for number, cents in enumerate(amounts, start=1)
    )
)


@given(lines)
def test_no_cent_is_left_out_of_the_totals(given_: tuple[Line, ...]) -> None:
    """Each line is counted once, under one kind."""
    basket = replace(EMPTY, lines=given_)
    found = totals(basket, {UUID(int=1): "real_property"})

    assert sum(one.paying_cents for one in found) == basket.total_cents
    assert sum(one.line_count for one in found) == len(given_)
    assert len({(one.kind, one.name) for one in found}) == len(found)


@given(lines, st.sets(st.integers(1, 6)))
def test_only_the_lines_that_are_named_change(given_: tuple[Line, ...], named: set[int]) -> None:
    """And what lines start with only while there are none."""
    basket = replace(EMPTY, lines=given_)
    after = change_header(basket, date(2022, 12, 1), "", dict.fromkeys(named), TERMS)

    for before, line in zip(given_, after.lines, strict=True):
        changed = line.wish.effective_on == date(2022, 12, 1)
        assert changed is (before.line_number in named)
    assert (after.effective_on == DAY) is bool(given_)
