"""LEVY-017, LEVY-019: what pays an assessment off on a day, and the bill that asks for it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain.amortization import CannotAmortize
from levy_service.domain.billing import Charge, ComputedBill, ComputedLine
from levy_service.domain.installments import ComputedInstallment
from levy_service.domain.payoff import (
    DAYS_AHEAD_MAX,
    CannotPayOff,
    TractState,
    accrued_cents,
    check_day,
    quote,
    with_charge,
    without_charge,
)

RATE, TODAY = Decimal("7.3"), date(2023, 3, 31)
WHOLE = (TractState("", 300_000, 200_000, date(2022, 11, 1)),)
DITCH = (
    TractState("A", 200_000, 100_000, date(2022, 11, 1)),
    TractState("B", 100_000, 50_000, date(2023, 11, 1)),
    TractState("C", 50_000, 0, date(2022, 11, 1), paid_off=True),
)


def test_levy_017_interest_runs_up_to_the_day() -> None:
    """2,000.00 at 7.3 % for 150 days of 365: 60.00."""
    found = quote(WHOLE, (), TODAY, RATE, 365)

    assert (found.principal_cents, found.interest_cents) == (200_000, 6_000)
    assert found.tracts[0].days == 150


def test_levy_017_interest_billed_ahead_is_not_given_back() -> None:
    """The tract whose interest is billed up to November bears none in March."""
    found = quote(DITCH, ("B",), TODAY, RATE, 365)

    assert (found.principal_cents, found.interest_cents) == (50_000, 0)


def test_levy_017_of_a_ditch_tracts_are_chosen() -> None:
    """One, or all that are left."""
    assert [each.tract for each in quote(DITCH, ("A",), TODAY, RATE, 365).tracts] == ["A"]
    assert [each.tract for each in quote(DITCH, (), TODAY, RATE, 365).tracts] == ["A", "B"]


@pytest.mark.parametrize(
    ("tracts", "chosen", "reason"),
    [
        (DITCH, ("D",), "TRACT_UNKNOWN"),
        (DITCH, ("A", "A"), "TRACT_TWICE"),
        (DITCH, ("C",), "TRACT_PAID_OFF"),
        (DITCH[2:], (), "ALREADY_PAID_OFF"),
        ((TractState("", 5, 0, TODAY),), (), "NOTHING_TO_PAY_OFF"),
        ((TractState("", 5, 2**54, TODAY),), (), "PAYOFF_OUT_OF_RANGE"),
    ],
    ids=["unknown", "twice", "paid off", "all paid off", "nothing left", "beyond JSON"],
)
def test_what_cannot_be_paid_off_says_why(tracts, chosen, reason: str) -> None:
    """A stable reason each."""
    with pytest.raises(CannotPayOff) as refused:
        quote(tracts, chosen, TODAY, RATE, 365)

    assert refused.value.reason == reason


@given(st.integers(1, 10**12), st.integers(0, 400), st.integers(0, 400))
def test_a_later_day_never_costs_less(left: int, days: int, more: int) -> None:
    """Interest grows with time."""
    early, late = (accrued_cents(left, RATE, each, 365) for each in (days, days + more))

    assert 0 <= early <= late


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=5))
def test_tracts_add_up_to_the_payoff(lefts: list[int]) -> None:
    """To the cent."""
    tracts = [TractState(str(n), each, each, TODAY) for n, each in enumerate(lefts)]
    found = quote(tracts, (), TODAY + timedelta(90), RATE, 360)

    assert found.amount_cents == sum(each.amount_cents for each in found.tracts)
    assert found.principal_cents == sum(lefts)


@pytest.mark.parametrize("days", [0, 1, DAYS_AHEAD_MAX])
def test_a_payoff_is_for_today_or_a_day_ahead(days: int) -> None:
    """Up to a year."""
    check_day(TODAY + timedelta(days=days), TODAY)


@pytest.mark.parametrize(
    ("days", "reason"), [(-1, "PAYOFF_ON_IN_PAST"), (DAYS_AHEAD_MAX + 1, "PAYOFF_ON_TOO_FAR")]
)
def test_any_other_day_is_refused(days: int, reason: str) -> None:
    """What is past can be paid no more."""
    with pytest.raises(CannotAmortize, match=reason):
        check_day(TODAY + timedelta(days=days), TODAY)


BILL = ComputedBill(
    1000,
    500,
    1500,
    (
        ComputedLine("010", "County", 500, 1000, 0),
        ComputedLine("900", "Sewer", 0, 500, 0),
    ),
    (
        ComputedInstallment(1, date(2022, 3, 1), 700),
        ComputedInstallment(2, date(2022, 12, 30), 800),
    ),
)


@pytest.mark.parametrize(
    ("code", "amounts"), [("900", [1000, 600]), ("901", [1000, 500, 100])], ids=["more", "new"]
)
def test_levy_017_the_bill_asks_for_the_payoff_on_its_last_installment(code, amounts) -> None:
    """Lines and installments add up; earlier installments stay (LEVY-004)."""
    found = with_charge(BILL, Charge(code, "Sewer", 100))

    assert [each.amount_cents for each in found.lines] == amounts
    assert [each.amount_cents for each in found.installments] == [700, 900]
    assert found.total_cents == 1600 == sum(amounts)


@pytest.mark.parametrize(("agency", "cents"), [("other", 1), ("900", 50_001)])
def test_levy_017_a_payoff_that_is_not_on_the_bill_any_more_is_not_taken_off(agency, cents) -> None:
    """LEVY-017: neither another agency's line nor more than the line asks for."""
    line = ComputedLine("900", "Ditch", 0, 50_000, 0, is_charge=True)
    bill = ComputedBill(0, 0, 50_000, (line,), (ComputedInstallment(1, TODAY, 50_000),))
    with pytest.raises(CannotPayOff, match="PAYOFF_NOT_ON_BILL"):
        without_charge(bill, agency, cents)
