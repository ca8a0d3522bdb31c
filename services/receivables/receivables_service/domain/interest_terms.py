"""What a law says of interest beside its rate: from when, in which steps, of what, rounded how."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from taxkit.calendar import BusinessCalendar, Roll
from taxkit.dated import NoTermInForce

_A_DAY = timedelta(days=1)


class InterestBase(StrEnum):
    """What bears interest, each time as it is unpaid when a month begins."""

    UNPAID_TAX = "unpaid_tax"
    TAX_AND_PENALTY = "unpaid_tax_and_penalty"
    EVERYTHING = "unpaid_tax_penalty_and_interest"


@dataclass(frozen=True, slots=True)
class DayOfYear:
    """A day of any year."""

    month: int
    day: int

    def __post_init__(self) -> None:
        # Any year but a leap year: the day has to be there in each.
        date(2001, self.month, self.day)

    def of(self, year: int) -> date:
        return date(year, self.month, self.day)

    def last_by(self, day: date) -> date:
        """Find the last of them up to a date."""
        this = self.of(day.year)
        return this if this <= day else self.of(day.year - 1)


@dataclass(frozen=True, slots=True)
class WaivedInterest:
    """An ordinance: an installment of one tax year bears none through a day."""

    tax_year: int
    installment: int
    through: date


@dataclass(frozen=True, slots=True)
class DatedRate:
    """A monthly rate from a day on."""

    from_on: date
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class InterestWays:
    """Everything of an interest law that the simplest one does without."""

    base: InterestBase = InterestBase.UNPAID_TAX
    # Amounts are rounded to whole units; what is not nothing is at least the minimum.
    unit_cents: int = 1
    minimum_cents: int = 0
    # At least this part of the tax unpaid when the first month began.
    minimum_part: tuple[int, int] = (0, 1)
    # A last day without interest that is no business day moves to the next.
    due_rolls: bool = False
    # A month that ends on no business day lasts through the next one.
    month_ends_roll: bool = False
    # Working days after the due date on which it is still in time; later they count as late.
    grace_business_days: int = 0
    # A part for each month that is charged as a penalty beside the interest.
    penalty: tuple[int, int] | None = None
    # Interest is added on these days only, for the months gone by then; empty for as they come.
    charged_on: tuple[DayOfYear, ...] = ()
    # And on the first of the month after the day it starts from, every year.
    charged_month_after: bool = False
    # Rates that change with time; then the term's own is the one in force.
    rates: tuple[DatedRate, ...] = ()
    # What is unpaid bears for all its months the rate of the day it is paid.
    rate_when_paid: bool = False
    # Agencies whose part of a bill bears none.
    exempt: tuple[str, ...] = ()
    calendar: BusinessCalendar | None = field(default=None, compare=False)

    def rolled(self, day: date) -> date:
        """Move a due date to where the law has it."""
        if not self.due_rolls or self.calendar is None:
            return day
        return self.calendar.roll(day, Roll.FOLLOWING)

    def in_time_until(self, due_on: date) -> date:
        """Tell the last day of grace."""
        day = due_on
        for _ in range(self.grace_business_days if self.calendar else 0):
            assert self.calendar is not None
            day = self.calendar.next_business_day(day)
        return day

    def rate_on(self, day: date) -> DatedRate:
        """Find the rate in force on a day."""
        known = [each for each in self.rates if each.from_on <= day]
        if not known:
            raise NoTermInForce(f"interest: no rate for {day}; the table begins later")
        return known[-1]

    def rate_ends_before(self, after: date, day: date) -> date | None:
        """Tell the last day of the rate of one day, if it is over on a later one."""
        ends = [each.from_on for each in self.rates if after < each.from_on <= day]
        return min(ends) - _A_DAY if ends else None


ORDINARY = InterestWays()
