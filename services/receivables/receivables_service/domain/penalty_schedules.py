"""A penalty that comes in steps: on which days, how much of what, and up to which limit."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from taxkit.calendar import BusinessCalendar, Roll
from taxkit.money import Rounding

_A_DAY = timedelta(days=1)


class PenaltyBase(StrEnum):
    """What a step is a part of: unpaid tax, or all that is unpaid but fees."""

    UNPAID_TAX = "unpaid_tax"
    UNPAID_TAX_OF_BILL = "unpaid_tax_of_bill"
    UNPAID_DEBT = "unpaid_debt"


@dataclass(frozen=True, slots=True)
class YearDay:
    """A day of the calendar, so many years after the tax year; its year's, or each from then on."""

    month: int
    day: int
    years_after: int = 0
    every_year: bool = False
    # The step comes the day after it, once it has been moved off a weekend or holiday.
    day_after: bool = False
    calendar: BusinessCalendar | None = field(default=None, compare=False)

    def days(self, tax_year: int, until: date) -> Iterator[date]:
        year = tax_year + self.years_after
        while (found := self._in(year)) <= until:
            yield found
            if not self.every_year:
                return
            year += 1

    def _in(self, year: int) -> date:
        day = date(year, self.month, self.day)
        if self.calendar is not None:
            day = self.calendar.roll(day, Roll.FOLLOWING)
        return day + _A_DAY if self.day_after else day


@dataclass(frozen=True, slots=True)
class PenaltyStep:
    """So much more from a day on, or so much in all; the day is counted or of the calendar."""

    rate: Fraction
    # True: what has come so far and this step are the rate together.
    reaches: bool
    base: PenaltyBase = PenaltyBase.UNPAID_TAX
    # Of what was unpaid when it became late, whatever was paid since; nothing once all is paid.
    when_late: bool = False
    days_late: int | None = None
    # The first late day of the so-manieth calendar month in which it is late.
    months_late: int | None = None
    every_month: bool = False
    on: YearDay | None = None
    # Only these installments; none listed means each.
    installments: tuple[int, ...] = ()
    # Only while an earlier installment owes anything.
    earlier_unpaid: bool = False
    # What the penalties of the whole bill reach instead while nothing of any installment is paid,
    # and all are alike but for an odd cent.
    whole_bill_rate: Fraction | None = None
    # Of a step on debt: what is added to the debt later bears it too.
    follows: bool = False
    code: str = ""

    def days(self, tax_year: int, late_after: date, until: date) -> Iterator[date]:
        """Give its days up to one on which an installment late after some day is late."""
        if self.days_late is not None:
            if (day := late_after + timedelta(days=self.days_late)) <= until:
                yield day
        elif self.months_late is not None:
            yield from self._months(late_after, self.months_late, until)
        elif self.on is not None:
            for day in self.on.days(tax_year, until):
                if day > late_after:
                    yield day

    def _months(self, late_after: date, months: int, until: date) -> Iterator[date]:
        first = late_after + _A_DAY
        while True:
            years, month = divmod(first.month + months - 2, 12)
            day = max(first, date(first.year + years, month + 1, 1))
            if day > until:
                return
            yield day
            if not self.every_month:
                return
            months += 1


@dataclass(frozen=True, slots=True)
class PenaltySchedule:
    """The steps of one class of bills, in the order they come on one day."""

    rule_id: str
    steps: tuple[PenaltyStep, ...]
    rounding: Rounding
    # Each step is rounded by itself; otherwise all steps together, once.
    rounds_steps: bool = False
    # All steps on tax together bring no more than this.
    cap: Fraction | None = None
    # Agencies whose part of a bill bears none.
    exempt: tuple[str, ...] = ()

    @property
    def has_debt(self) -> bool:
        return any(step.base is PenaltyBase.UNPAID_DEBT for step in self.steps)

    def rule_of(self, step: PenaltyStep) -> str:
        return f"{self.rule_id}/{step.code}" if step.code else self.rule_id
