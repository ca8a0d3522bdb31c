"""When installments fall due, by rule: month and day, off weekends, later when mailed late."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from levy_service.domain.installments import Due

_ONE_DAY = timedelta(days=1)

# Moves a day off weekends and holidays.
RollDay = Callable[[date], date]


@dataclass(frozen=True, slots=True)
class YearDay:
    """A day of a year counted from the tax year; day 31 is the last day of any month."""

    month: int
    day: int
    years_after: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.month <= 12 or not 1 <= self.day <= 31:
            raise ValueError(f"month {self.month}, day {self.day} is no day of a year")
        if not 0 <= self.years_after <= 2:
            raise ValueError(f"years_after {self.years_after} is not from 0 to 2")

    def of(self, tax_year: int) -> date:
        return _in_month(tax_year + self.years_after, self.month, self.day)


@dataclass(frozen=True, slots=True)
class DueDay:
    """An installment's last day without penalty; `payable` is the day it falls due before that."""

    last: YearDay
    payable: YearDay | None = None


@dataclass(frozen=True, slots=True)
class LateMailing:
    """Bills mailed after a day are late only from the first of a month that leaves time enough."""

    mailed_by: YearDay
    days_at_least: int


@dataclass(frozen=True, slots=True)
class DueRule:
    """Days of every year, first installment first; `single` is for bills paid in one.

    With `months_after_mailing` a bill paid in one falls due so long after the day it was mailed.
    """

    days: tuple[DueDay, ...]
    single: DueDay | None = None
    late_mailing: LateMailing | None = None
    months_after_mailing: int | None = None

    def __post_init__(self) -> None:
        if not self.days:
            raise ValueError("a rule needs a day")
        if self.months_after_mailing is not None and len(self.days) > 1:
            raise ValueError("months_after_mailing is for one installment")

    def due(self, tax_year: int, roll: RollDay, mailed_on: date | None) -> tuple[Due, ...]:
        return tuple(self._one(day, tax_year, roll, mailed_on) for day in self.days)

    def single_due(self, tax_year: int, roll: RollDay, mailed_on: date | None) -> Due | None:
        return None if self.single is None else self._one(self.single, tax_year, roll, mailed_on)

    def _one(self, day: DueDay, tax_year: int, roll: RollDay, mailed_on: date | None) -> Due:
        last = day.last.of(tax_year)
        if self.months_after_mailing is not None and mailed_on is not None:
            last = _months_after(mailed_on, self.months_after_mailing)
        late = self.late_mailing
        if late is not None and mailed_on is not None and mailed_on > late.mailed_by.of(tax_year):
            last = max(last, _last_day_in_time(mailed_on, late.days_at_least))
        # The day a bill is payable from is a date like any other: nobody is late on it.
        return Due(roll(last), None if day.payable is None else day.payable.of(tax_year))


def _last_day_in_time(mailed_on: date, days_at_least: int) -> date:
    """The end of the first month that leaves the days the law asks for after the mailing."""
    needed = mailed_on + timedelta(days=days_at_least)
    return _in_month(needed.year, needed.month, 31)


def _months_after(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return _in_month(day.year + years, month + 1, day.day)


def _in_month(year: int, month: int, day: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, 1) + timedelta(days=day - 1), following - _ONE_DAY)
