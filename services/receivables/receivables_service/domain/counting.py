"""How many months there are between two days, and what interest so many months bear."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from math import lcm

from receivables_service.domain.interest_terms import ORDINARY, DayOfYear, InterestWays
from receivables_service.domain.terms import InterestTerm, MonthCounting
from taxkit.calendar import BusinessCalendar, Roll, months_begun
from taxkit.money import times_ratio

Count = Callable[[date, date], int]
_A_DAY = timedelta(days=1)


def months_entered(after: date, until: date) -> int:
    """Count the firsts of months after one date up to another."""
    return max(0, (until.year - after.year) * 12 + until.month - after.month)


def months_touched(after: date, until: date) -> int:
    """Count the calendar months that a day after one date, up to another, lies in."""
    return months_entered(after + _A_DAY, until) + 1 if until > after else 0


COUNTING: dict[MonthCounting, Count] = {
    MonthCounting.BEGUN: months_begun,
    MonthCounting.CALENDAR: months_entered,
    MonthCounting.TOUCHED: months_touched,
}


def counter(term: InterestTerm) -> Count:
    """Give the counting of a law: its months, where they end, and on which days they are added."""
    count, ways = COUNTING[term.counting], term.ways
    if ways is ORDINARY:
        return count
    if ways.month_ends_roll and ways.calendar is not None:
        count = partial(_to_business_days, ways.calendar, count)
    on_days = ways.charged_on or ways.charged_month_after
    return partial(_on_days, ways, count) if on_days else count


def exact_interest(counted: Mapping[InterestTerm, int], term: InterestTerm) -> int:
    """Interest of cents times months, each at its own rate, rounded once."""
    rates = [(cents, each.numerator, each.denominator) for each, cents in counted.items()]
    return _rounded(rates, term)


def exact_penalty(counted: Mapping[InterestTerm, int], term: InterestTerm) -> int:
    """The penalty that goes beside the interest of so many months, rounded once."""
    parts = [(cents, *each.ways.penalty) for each, cents in counted.items() if each.ways.penalty]
    return _rounded(parts, term)


def least_interest(
    counted: Mapping[InterestTerm, int], term: InterestTerm, first_unpaid: int
) -> int:
    """The law's minimum, of what was unpaid when the first month began; none where none runs."""
    numerator, denominator = term.ways.minimum_part
    if not numerator or not any(cents and each.numerator for each, cents in counted.items()):
        return 0
    return times_ratio(first_unpaid, numerator, denominator, term.rounding)


def _rounded(parts: list[tuple[int, int, int]], term: InterestTerm) -> int:
    whole = lcm(*(denominator for _, _, denominator in parts)) if parts else 1
    exact = sum(cents * numerator * (whole // below) for cents, numerator, below in parts)
    unit = term.ways.unit_cents
    rounded = times_ratio(exact, 1, whole * unit, term.rounding) * unit
    return max(rounded, term.ways.minimum_cents) if exact > 0 else rounded


def _to_business_days(calendar: BusinessCalendar, count: Count, after: date, until: date) -> int:
    """Count a day as of the month before while that month's last business day is not over."""
    month_end = until.replace(day=1) - _A_DAY
    return count(after, month_end if until <= calendar.roll(month_end, Roll.FOLLOWING) else until)


def _on_days(ways: InterestWays, count: Count, after: date, until: date) -> int:
    """Count up to the last of the days on which interest is added."""
    days = ways.charged_on
    if ways.charged_month_after:
        days += (DayOfYear(after.month % 12 + 1, 1),)
    return count(after, max(each.last_by(until) for each in days))
