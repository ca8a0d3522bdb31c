"""LEVY-022: what a period's return asks for, and what the year's recap corrects."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain.true_up import (
    Account,
    Asked,
    CannotPost,
    PeriodReturn,
    Posting,
    asked_of,
    last_period_of,
    taken_off,
)

QUARTERS = Account(periods=4, last_period=4, recaps=True)
THREE = [PeriodReturn(1, 100_00), PeriodReturn(2, 120_00), PeriodReturn(3, 80_00)]


def test_levy_022_a_period_asks_for_its_own_tax():
    """Before the last one, nothing of the year is looked at."""
    assert asked_of(QUARTERS, THREE[:1], Posting(2, 120_00, is_recap=False)) == Asked(120_00, 0)


def test_levy_022_the_recap_asks_for_what_the_year_still_owes():
    """450 for the year, 300 billed: 150."""
    assert asked_of(QUARTERS, THREE, Posting(4, 450_00, is_recap=True)) == Asked(150_00, 0)


def test_levy_022_a_year_billed_too_much_is_taken_off_the_latest_first():
    """250 for the year, 300 billed: 50 off the third quarter."""
    assert asked_of(QUARTERS, THREE, Posting(4, 250_00, is_recap=True)) == Asked(0, 50_00)
    assert taken_off(THREE, 50_00) == {3: 30_00}
    assert taken_off(THREE, 100_00) == {3: 0, 2: 100_00}


@pytest.mark.parametrize(
    ("account", "filed", "posting", "reason"),
    [
        (QUARTERS, THREE, Posting(5, 1, is_recap=False), "PERIOD_INVALID"),
        (QUARTERS, THREE, Posting(0, 1, is_recap=False), "PERIOD_INVALID"),
        (Account(4, 0, recaps=True), [], Posting(1, 1, is_recap=False), "PERIOD_INVALID"),
        (QUARTERS, THREE, Posting(2, 1, is_recap=False), "PERIOD_FILED"),
        (QUARTERS, THREE[:1], Posting(2, 1, is_recap=True), "PERIOD_NOT_LAST"),
        (QUARTERS, THREE, Posting(4, 1, is_recap=False), "RECAP_MISSING"),
        (QUARTERS, THREE[1:], Posting(4, 1, is_recap=True), "PERIODS_MISSING"),
        (Account(4, 4, recaps=False), THREE, Posting(4, 1, is_recap=True), "RECAP_NOT_ASKED"),
        (QUARTERS, [], Posting(1, -1, is_recap=False), "TAX_OUT_OF_RANGE"),
        (QUARTERS, [], Posting(1, 2**60, is_recap=False), "TAX_OUT_OF_RANGE"),
    ],
)
def test_levy_022_a_return_that_does_not_fit_is_refused(account, filed, posting, reason):
    """With what the account's year looks like."""
    with pytest.raises(CannotPost) as problem:
        asked_of(account, filed, posting)

    assert problem.value.reason == reason


def test_levy_022_a_closed_accounts_last_period_is_the_one_it_was_closed_in():
    """The recap comes with it."""
    assert last_period_of(4, 2023, None) == 4
    assert last_period_of(4, 2023, date(2024, 1, 1)) == 4
    assert last_period_of(4, 2023, date(2023, 3, 31)) == 1
    assert last_period_of(4, 2023, date(2023, 4, 1)) == 2
    assert last_period_of(12, 2023, date(2023, 12, 31)) == 12
    assert last_period_of(4, 2023, date(2022, 12, 31)) == 0


@given(
    st.lists(st.integers(0, 10**9), min_size=3, max_size=3),
    st.integers(0, 4 * 10**9),
)
def test_levy_022_after_the_recap_the_bills_are_the_year(billed, year_cents):
    """Whatever was billed before: the bills add up to the year's tax, none is below zero."""
    filed = [PeriodReturn(period, cents) for period, cents in enumerate(billed, start=1)]
    asked = asked_of(QUARTERS, filed, Posting(4, year_cents, is_recap=True))
    amounts = {each.period: each.billed_cents for each in filed}
    amounts |= taken_off(filed, asked.too_much_cents)

    assert sum(amounts.values()) + asked.billed_cents == year_cents
    assert min(asked.billed_cents, *amounts.values()) >= 0


def test_levy_022_no_more_is_taken_off_than_was_billed():
    """A mistake of the caller's is not passed on."""
    with pytest.raises(ValueError, match="more than all periods"):
        taken_off(THREE, 300_01)
