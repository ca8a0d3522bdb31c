"""Reads what a law says of interest."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from receivables_service.domain.interest_terms import (
    ORDINARY,
    DatedRate,
    DayOfYear,
    InterestBase,
    InterestWays,
    WaivedInterest,
)
from receivables_service.domain.terms import InterestStart, InterestTerm, MonthCounting
from taxkit.calendar import BusinessCalendar, Roll
from taxkit.money import Rounding

_MONTHS = 12


class RateOf(StrEnum):
    """Which of several rates counts: that of each month, or that of the day of payment for all."""

    MONTH = "month"
    PAYMENT = "payment"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedRateLaw:
    """A rate of a table, in force from a day on; where it is from stands beside it."""

    from_on: date
    citation: str
    monthly_rate: Decimal | None = None
    yearly_rate: Decimal | None = None

    def __post_init__(self) -> None:
        _ratio(self.monthly_rate, self.yearly_rate)


@dataclass(frozen=True, slots=True)
class WaiverLaw:
    """An ordinance that keeps one installment free of interest through a day."""

    tax_year: int
    installment: int
    through: date
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestLaw:
    """One of monthly_rate, yearly_rate and rates; a year's rate is twelve equal months."""

    months: MonthCounting
    base: InterestBase
    rounding: Rounding
    start: InterestStart
    monthly_rate: Decimal | None = None
    yearly_rate: Decimal | None = None
    rates: tuple[DatedRateLaw, ...] = ()
    rate_of: RateOf = RateOf.MONTH
    free_months: int = 0
    # Interest is whole units, and at least the minimum: so many cents, or a part of the tax.
    unit_cents: int = 1
    minimum_cents: int = 0
    minimum_rate: Decimal = Decimal(0)
    # A due date that is no business day; and a month whose last day is none.
    due_roll: Roll = Roll.NONE
    month_end_roll: Roll = Roll.NONE
    grace_business_days: int = 0
    # Charged beside the interest of each month, as a penalty.
    monthly_penalty_rate: Decimal | None = None
    charged_on: tuple[DayOfYear, ...] = ()
    # Interest is added on the first of the month after the day it starts from, too, every year.
    charged_month_after: bool = False
    waivers: tuple[WaiverLaw, ...] = ()
    exempt_agencies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.rates:
            _check_table(self)
        else:
            _ratio(self.monthly_rate, self.yearly_rate)
        for name, count in (
            ("free_months", self.free_months),
            ("minimum_cents", self.minimum_cents),
            ("unit_cents", self.unit_cents - 1),
            ("grace_business_days", self.grace_business_days),
        ):
            if count < 0:
                raise ValueError(f"{name} is too small")
        for rate in (self.minimum_rate, self.monthly_penalty_rate or Decimal(0)):
            if not 0 <= rate < 1:
                raise ValueError(f"a rate of {rate}, which is not in [0, 1)")
        if self.rate_of is RateOf.PAYMENT and not self.rates:
            raise ValueError("the rate of the payment, but no rates to choose from")
        if self.month_end_roll is not Roll.NONE and self.months is MonthCounting.BEGUN:
            raise ValueError("months that begin on the due day have no month end to move")


def term_of(rule_id: str, law: InterestLaw, calendar: BusinessCalendar) -> InterestTerm:
    """Turn the law as written into what the domain counts by."""
    first = law.rates[0] if law.rates else law
    numerator, denominator = _ratio(first.monthly_rate, first.yearly_rate)
    return InterestTerm(
        rule_id,
        numerator,
        denominator,
        law.rounding,
        law.months,
        law.start,
        law.free_months,
        _ways(law, calendar),
        tuple(
            WaivedInterest(each.tax_year, each.installment, each.through) for each in law.waivers
        ),
    )


def _ways(law: InterestLaw, calendar: BusinessCalendar) -> InterestWays:
    penalty = law.monthly_penalty_rate
    ways = InterestWays(
        base=law.base,
        unit_cents=law.unit_cents,
        minimum_cents=law.minimum_cents,
        minimum_part=law.minimum_rate.as_integer_ratio(),
        due_rolls=law.due_roll is Roll.FOLLOWING,
        month_ends_roll=law.month_end_roll is Roll.FOLLOWING,
        grace_business_days=law.grace_business_days,
        penalty=None if penalty is None else penalty.as_integer_ratio(),
        charged_on=law.charged_on,
        charged_month_after=law.charged_month_after,
        rates=tuple(
            DatedRate(each.from_on, *_ratio(each.monthly_rate, each.yearly_rate))
            for each in law.rates
        ),
        rate_when_paid=law.rate_of is RateOf.PAYMENT,
        exempt=law.exempt_agencies,
        calendar=calendar,
    )
    # The plain law is told by identity: nothing more is asked of it.
    return ORDINARY if ways == ORDINARY else ways


def _check_table(law: InterestLaw) -> None:
    if law.monthly_rate is not None or law.yearly_rate is not None:
        raise ValueError("rates by date beside one rate: one of them")
    days = [each.from_on for each in law.rates]
    if days != sorted(set(days)):
        raise ValueError(f"rates not in ascending order: {', '.join(map(str, days))}")


def _ratio(monthly: Decimal | None, yearly: Decimal | None) -> tuple[int, int]:
    if monthly is not None and yearly is None:
        kind, stated, months = "monthly", monthly, 1
    elif yearly is not None and monthly is None:
        kind, stated, months = "yearly", yearly, _MONTHS
    else:
        raise ValueError("one of monthly_rate and yearly_rate has to be stated")
    if not 0 <= stated < 1:
        raise ValueError(f"a {kind} rate of {stated}, which is not in [0, 1)")
    rate = Fraction(stated) / months
    return rate.numerator, rate.denominator
