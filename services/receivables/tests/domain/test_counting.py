"""Months between two days, and the interest of so many, rounded once (RECV-016, RECV-018)."""

from datetime import date

import pytest

from receivables_service.domain.counting import (
    COUNTING,
    counter,
    exact_interest,
    months_entered,
)
from receivables_service.domain.interest_terms import DayOfYear, InterestWays
from receivables_service.domain.terms import InterestTerm, MonthCounting
from taxkit.money import Rounding

JULY_30 = date(2008, 7, 30)


@pytest.mark.parametrize(
    ("until", "months"),
    [
        (date(2008, 6, 1), 0),
        (date(2008, 7, 31), 0),
        (date(2008, 8, 1), 1),
        (date(2009, 8, 31), 13),
    ],
)
def test_recv_016_a_month_counts_once_its_first_has_come(until, months):
    """RECV-016: the rest of the month a date lies in counts nothing."""
    assert (
        months_entered(JULY_30, until) == months == COUNTING[MonthCounting.CALENDAR](JULY_30, until)
    )


@pytest.mark.parametrize(
    ("due_on", "until", "months"),
    [
        (date(2023, 6, 20), date(2023, 6, 30), 0),
        (date(2023, 6, 20), date(2023, 7, 1), 1),
        (date(2023, 6, 20), date(2023, 11, 30), 1),
        (date(2023, 6, 20), date(2023, 12, 1), 6),
        (date(2023, 6, 20), date(2024, 6, 30), 6),
        (date(2023, 6, 20), date(2024, 7, 1), 13),
        (date(2023, 12, 10), date(2024, 1, 1), 1),
    ],
)
def test_interest_is_added_the_month_after_it_starts_and_on_the_days_named(due_on, until, months):
    """Each of them for the months gone by then; of December the month after is January."""
    ways = InterestWays(charged_on=(DayOfYear(12, 1),), charged_month_after=True)
    term = InterestTerm("test", 1, 100, Rounding.HALF_UP, MonthCounting.CALENDAR, ways=ways)

    assert counter(term)(due_on, until) == months


def test_recv_018_months_at_several_rates_are_rounded_together():
    """RECV-018: a third of a cent thrice is one cent, and nothing counted is none."""
    term = InterestTerm("one", 1, 300, Rounding.HALF_UP)
    other = InterestTerm("two", 1, 150, Rounding.HALF_UP)
    assert exact_interest({term: 100, other: 100}, term) == 1
    assert exact_interest({term: 100}, term) == 0
    assert exact_interest({}, term) == 0
