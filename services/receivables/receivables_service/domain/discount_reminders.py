"""Which bills a program's period is about to end for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from receivables_service.domain.discount_terms import Period, Program, Roll, WeekendRule
from taxkit.calendar import months_later

_MONTH_DAYS_MAX = 31


@dataclass(frozen=True, slots=True)
class Ending:
    """Bills whose period ends on a day: all of the year, or those issued on one day."""

    program: str
    last_day: date
    issued_on: date | None = None


def endings(program: Program, tax_year: int, today: date, roll: Roll) -> Iterator[Ending]:
    """Find the ends of a program's periods that owners are to be reminded of by now."""
    if program.remind_days is None or not program.automatic:
        return
    until = today + timedelta(days=program.remind_days)
    rolls = roll if program.weekend is not WeekendRule.NONE else _stay
    for period in program.periods:
        if period.last is not None:
            last = rolls(period.last.of(tax_year))
            if today <= last <= until:
                yield Ending(program.code, last)
        for issued_on in _days_of_notice(period, today, until):
            for last in map(rolls, _ends(period, issued_on)):
                if today <= last <= until:
                    yield Ending(program.code, last, issued_on)


def _days_of_notice(period: Period, today: date, until: date) -> Iterator[date]:
    """Every day a notice may have gone out whose time ends by then."""
    longest = (period.days_after_notice or 0, _MONTH_DAYS_MAX * (period.months_after_notice or 0))
    if not any(longest):
        return
    # A last day moves by some days at most: over a weekend with holidays beside it.
    day = today - timedelta(days=max(longest) + 10)
    while day <= until:
        yield day
        day += timedelta(days=1)


def _ends(period: Period, issued_on: date) -> Iterator[date]:
    if period.days_after_notice is not None:
        yield issued_on + timedelta(days=period.days_after_notice)
    if period.months_after_notice is not None:
        yield months_later(issued_on, period.months_after_notice)


def _stay(day: date) -> date:
    return day
