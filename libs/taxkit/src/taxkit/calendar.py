"""Business days, counting of months, and which date a payment counts on."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import holidays

_SATURDAY = 5
_ONE_DAY = timedelta(days=1)


class Roll(StrEnum):
    """Where a date that is no business day moves to."""

    NONE = "none"
    FOLLOWING = "following"


class Timeliness(StrEnum):
    """Which date decides whether mailed money came in time."""

    POSTMARK = "postmark"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """The working days of one government: its public holidays, and days it closed besides.

    On holidays of some names its offices are open all the same.
    """

    public: holidays.HolidayBase
    closed: frozenset[date]
    working: frozenset[str] = frozenset()

    def is_business_day(self, day: date) -> bool:
        return day.weekday() < _SATURDAY and day not in self.closed and not self._is_kept(day)

    def _is_kept(self, day: date) -> bool:
        return day in self.public and not self.working.issuperset(self.public.get_list(day))

    def next_business_day(self, day: date) -> date:
        """Find the first business day after a date."""
        return self.roll(day + _ONE_DAY, Roll.FOLLOWING)

    def roll(self, day: date, rule: Roll) -> date:
        """Move a date off weekends and holidays as the rule says."""
        if rule is Roll.FOLLOWING:
            while not self.is_business_day(day):
                day += _ONE_DAY
        return day


def business_calendar(
    country: str,
    subdivision: str | None = None,
    closed: Iterable[date] = (),
    working: Iterable[str] = (),
) -> BusinessCalendar:
    """Build a calendar from public holidays, as ("US", "IL"), and the county's own closings."""
    public = holidays.country_holidays(country, subdiv=subdivision)
    return BusinessCalendar(public, frozenset(closed), frozenset(working))


def known_holidays(country: str, subdivision: str | None = None) -> frozenset[str]:
    """List the names of a place's public holidays, as far as some years show them."""
    public = holidays.country_holidays(country, subdiv=subdivision, years=range(2015, 2031))
    return frozenset(name for day in public for name in public.get_list(day))


def months_begun(after: date, until: date) -> int:
    """Count months begun after one date up to another; none when not late."""
    if until <= after:
        return 0
    months = (until.year - after.year) * 12 + (until.month - after.month)
    return months + (until.day > after.day)


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last of its month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def effective_date(received_on: date, postmarked_on: date | None, test: Timeliness) -> date:
    """Choose the date a payment counts on; without a postmark it is the day it came in."""
    if test is Timeliness.POSTMARK and postmarked_on is not None:
        return min(postmarked_on, received_on)
    return received_on
