"""Reads penalties that come in steps, and what a missed installment does to the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from receivables_service.domain.acceleration import AccelerationTerm, Missed
from receivables_service.domain.penalty_schedules import (
    PenaltyBase,
    PenaltySchedule,
    PenaltyStep,
    YearDay,
)
from taxkit.calendar import BusinessCalendar, Roll
from taxkit.money import Rounding


@dataclass(frozen=True, slots=True)
class YearDayLaw:
    """A day so many years after the tax year, maybe each year from then on."""

    month: int
    day: int
    years_after: int = 0
    every_year: bool = False
    # The step comes the day after this one, once it has been moved as roll says.
    day_after: bool = False
    roll: Roll = Roll.NONE

    def __post_init__(self) -> None:
        # Any year but a leap year: the day has to be there in each.
        date(2001, self.month, self.day)
        if self.years_after < 0:
            raise ValueError(f"a step {-self.years_after} years before the tax year")


@dataclass(frozen=True, slots=True)
class PenaltyStepLaw:
    """One of days_late, months_late, year_day; and one of adds, reaches."""

    adds: Decimal | None = None
    reaches: Decimal | None = None
    days_late: int | None = None
    months_late: int | None = None
    year_day: YearDayLaw | None = None
    every_month: bool = False
    base: PenaltyBase = PenaltyBase.UNPAID_TAX
    when_late: bool = False
    installments: tuple[int, ...] = ()
    earlier_unpaid: bool = False
    whole_bill_reaches: Decimal | None = None
    follows: bool = False
    code: str = ""

    def __post_init__(self) -> None:
        _one_of(days_late=self.days_late, months_late=self.months_late, year_day=self.year_day)
        _one_of(adds=self.adds, reaches=self.reaches)
        for rate in (self.adds, self.reaches, self.whole_bill_reaches):
            if rate is not None and not 0 < rate < 1:
                raise ValueError(f"a rate of {rate}, which is not between 0 and 1")
        for count in (self.days_late, self.months_late, *self.installments):
            if count is not None and count < 1:
                raise ValueError(f"a count of {count}: days, months and installments are from 1")
        if self.every_month and self.months_late is None:
            raise ValueError("every_month without the months_late it begins with")
        if self.whole_bill_reaches is not None and self.reaches is None:
            raise ValueError("whole_bill_reaches beside what is added, not beside what is reached")
        is_debt = self.base is PenaltyBase.UNPAID_DEBT
        if is_debt and (self.adds is None or self.when_late):
            raise ValueError("a step on the debt is added, on what is owed when it comes")
        if self.follows and not is_debt:
            raise ValueError("only a step on the debt follows what is added to it later")


@dataclass(frozen=True, slots=True)
class AccelerationLaw:
    """Which missed installment makes all others late since the first was due."""

    missed: Missed
    ends_when_paid: bool = False


def check_steps(levied: bool, rate: Decimal | None, steps: Sequence[PenaltyStepLaw]) -> None:
    """Steps stand in place of a rate, where there is a penalty at all."""
    if not levied:
        raise ValueError("steps for what there is not")
    if rate is not None:
        raise ValueError(f"steps beside a rate of {rate}: one of them")
    if sum(each.base is PenaltyBase.UNPAID_DEBT for each in steps) > 1:
        raise ValueError("more than one step on the debt: the second would be on the first")


def acceleration(rule_id: str, law: AccelerationLaw | None) -> AccelerationTerm | None:
    return AccelerationTerm(rule_id, law.missed, law.ends_when_paid) if law else None


def schedule(
    rule_id: str,
    laws: Sequence[PenaltyStepLaw],
    rounding: Rounding,
    calendar: BusinessCalendar,
    *,
    rounds_steps: bool,
    cap: Decimal | None,
    exempt: tuple[str, ...],
) -> PenaltySchedule:
    steps = tuple(_step(each, calendar) for each in laws)
    limit = None if cap is None else Fraction(cap)
    return PenaltySchedule(rule_id, steps, rounding, rounds_steps, limit, exempt)


def _step(law: PenaltyStepLaw, calendar: BusinessCalendar) -> PenaltyStep:
    rate = law.adds if law.reaches is None else law.reaches
    assert rate is not None
    whole = law.whole_bill_reaches
    return PenaltyStep(
        Fraction(rate),
        reaches=law.reaches is not None,
        base=law.base,
        when_late=law.when_late,
        days_late=law.days_late,
        months_late=law.months_late,
        every_month=law.every_month,
        on=None if law.year_day is None else _year_day(law.year_day, calendar),
        installments=law.installments,
        earlier_unpaid=law.earlier_unpaid,
        whole_bill_rate=None if whole is None else Fraction(whole),
        follows=law.follows,
        code=law.code,
    )


def _year_day(law: YearDayLaw, calendar: BusinessCalendar) -> YearDay:
    return YearDay(
        law.month,
        law.day,
        law.years_after,
        law.every_year,
        law.day_after,
        calendar if law.roll is Roll.FOLLOWING else None,
    )


def _one_of(**values: object) -> None:
    given = [name for name, value in values.items() if value is not None]
    if len(given) != 1:
        said = " and ".join(given) or "none"
        raise ValueError(f"{said} of {', '.join(values)}, of which there has to be one")
