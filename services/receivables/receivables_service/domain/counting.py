"""How many months there are between two days, and what interest so many months bear."""

from collections.abc import Callable, Mapping
from datetime import date
from math import lcm

from receivables_service.domain.terms import InterestTerm, MonthCounting
from taxkit.calendar import months_begun
from taxkit.money import times_ratio


def months_entered(after: date, until: date) -> int:
    """Count the firsts of months after one date up to another."""
    return max(0, (until.year - after.year) * 12 + until.month - after.month)


COUNTING: dict[MonthCounting, Callable[[date, date], int]] = {
    MonthCounting.BEGUN: months_begun,
    MonthCounting.CALENDAR: months_entered,
}


def exact_interest(counted: Mapping[InterestTerm, int], term: InterestTerm) -> int:
    """Interest of cents times months, each at its own rate, rounded once."""
    whole = lcm(*(each.denominator for each in counted)) if counted else 1
    exact = sum(
        cents * each.numerator * (whole // each.denominator) for each, cents in counted.items()
    )
    return times_ratio(exact, 1, whole, term.rounding)
