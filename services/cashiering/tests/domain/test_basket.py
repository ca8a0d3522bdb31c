"""CASH-017, CASH-036: what can be done with a basket, without a database."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain import basket as baskets
from cashiering_service.domain.basket import Basket, BasketState, LineKind, NewLine, Subject
from cashiering_service.domain.paying import Charge, Quoted, Wish
from cashiering_service.domain.receipt import LINES_MAX, SessionHead
from taxkit.errors import Refusal
from taxkit.money import CENTS_MAX

DAY = date(2022, 12, 15)
SESSION = SessionHead(UUID(int=1), "T01", 1, DAY, DAY, True)
EMPTY = Basket(UUID(int=2), SESSION, BasketState.OPEN, 1, DAY, "cashier")


def bill(number: int, cents: int = 100) -> NewLine:
    quoted = Quoted(DAY, True, (Charge(1, DAY, cents),), cents)
    subject = Subject("1", UUID(int=number), str(number), 1, 2021)
    return NewLine(LineKind.BILL, "tax", subject, Wish(DAY), quoted)


@given(st.lists(st.sets(st.integers(1, 9)), max_size=6), st.lists(st.integers(1, 40), max_size=6))
def test_cash_017_any_order_of_adding_and_removing_keeps_each_bill_once(added, removed) -> None:
    """Numbers are never used again, versions count every change, the total is the lines'."""
    basket, numbered = EMPTY, 0
    for bills in added:
        basket = baskets.add_lines(basket, [bill(one, 10 * one) for one in sorted(bills)])
        gone = {line.line_number for line in basket.lines} & set(removed)
        if gone:
            basket = baskets.remove_lines(basket, sorted(gone))
        assert basket.lines_numbered >= numbered
        numbered = basket.lines_numbered

    held = [line.subject.bill_id for line in basket.lines]
    assert len(held) == len(set(held))
    numbers = [line.line_number for line in basket.lines]
    assert numbers == sorted(set(numbers))
    assert basket.total_cents == sum(10 * one.int for one in held if one)
    assert basket.quoted_cents == basket.total_cents


def test_a_basket_is_full_at_as_many_lines_as_a_receipt_has() -> None:
    full = baskets.add_lines(EMPTY, [bill(one) for one in range(1, LINES_MAX + 1)])
    with pytest.raises(Refusal, match="BASKET_FULL"):
        baskets.add_lines(full, [bill(LINES_MAX + 1)])

    assert len(full.lines) == LINES_MAX


def test_what_cannot_be_kept_is_not_added_up() -> None:
    with pytest.raises(Refusal, match="AMOUNT_TOO_LARGE"):
        baskets.add_lines(EMPTY, [bill(1, CENTS_MAX), bill(2, 1)])


@pytest.mark.parametrize("state", [one for one in BasketState if one is not BasketState.OPEN])
def test_only_an_open_basket_is_changed(state: BasketState) -> None:
    with pytest.raises(Refusal) as refusal:
        baskets.check_changeable(replace(EMPTY, state=state), None)

    assert refusal.value.reason == f"BASKET_{state.upper()}"


@pytest.mark.parametrize("state", [BasketState.POSTING, BasketState.POSTED, BasketState.CLOSED])
def test_a_basket_that_posts_or_ended_is_not_closed(state: BasketState) -> None:
    with pytest.raises(Refusal) as refusal:
        baskets.close(replace(EMPTY, state=state), None)

    assert refusal.value.reason == f"BASKET_{state.upper()}"


def test_a_line_is_put_in_the_place_of_the_one_with_its_number() -> None:
    full = baskets.add_lines(EMPTY, [bill(1), bill(2)])
    line = replace(full.line(2), wish=Wish(DAY, 7))
    after = baskets.change_line(full, 2, line)

    assert [one.paying_cents for one in after.lines] == [100, 7]
    with pytest.raises(Refusal, match="LINE_NOT_FOUND"):
        baskets.change_line(full, 3, line)
