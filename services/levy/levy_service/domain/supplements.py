"""Supplements, value events after the roll: the bills they make, the part of a year those bear."""

import calendar
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from levy_service.domain.billing import (
    AgencyRate,
    BillingTerms,
    ComputedBill,
    compute_bill,
    share_of_total,
)
from levy_service.domain.installments import ComputedInstallment, Due, installments
from levy_service.domain.value_caps import CapClaim
from taxkit.money import Rounding, times

RollDay = Callable[[date], date]
_MONTHS = range(1, 13)


class Method(StrEnum):
    """What a supplement makes of a parcel."""

    # A bill of its own for what has been added, beside the roll's.
    OWN_BILL = "own_bill"
    # The next version of the roll's bill.
    NEXT_VERSION = "next_version"


class KindCaps(StrEnum):
    """What becomes of caps on the rise of a parcel's value that its roll, or an event, told."""

    # The value is within them as before.
    HOLD = "hold"
    # The parcel has a new base: what it is worth.
    END = "end"
    # What the value rises by has been built, which no cap limits: it is added to what was since.
    GROW = "grow"


@dataclass(frozen=True, slots=True)
class SupplementKind:
    """What may happen to a parcel; `adds_parcel`: it was on no roll until now."""

    code: str
    description: str
    adds_parcel: bool = False
    caps: KindCaps = KindCaps.HOLD

    def caps_after(self, caps: Sequence[CapClaim], risen_dollars: int) -> tuple[CapClaim, ...]:
        """The caps a parcel has from the event on, where that does not tell them."""
        if self.caps is KindCaps.END:
            return ()
        if self.caps is KindCaps.HOLD or risen_dollars <= 0:
            return tuple(caps)
        return tuple(
            replace(each, added_dollars=each.added_dollars + risen_dollars) for each in caps
        )


@dataclass(frozen=True, slots=True)
class MonthFactor:
    """How much of a year's tax a change bears that counts from the first of a month."""

    month: int
    factor: Decimal

    def __post_init__(self) -> None:
        if self.month not in _MONTHS or not 0 < self.factor <= 1:
            raise ValueError(f"month {self.month}, factor {self.factor}: 1 to 12, above 0 to 1")


@dataclass(frozen=True, slots=True)
class SupplementTerms:
    """The law of an event's day.

    Of bills of its own: their class, the month in which a tax year begins, the factor of each
    month, and in which months an event bills all of the next year, too. Of next versions:
    `raised_due_days`, the time an installment that is past due has when it rises.
    """

    method: Method
    kinds: tuple[SupplementKind, ...]
    bill_class: str = ""
    year_begins_month: int = 1
    factors: tuple[MonthFactor, ...] = ()
    next_year_months: tuple[int, ...] = ()
    rounding: Rounding = Rounding.HALF_UP
    raised_due_days: int | None = None

    def __post_init__(self) -> None:
        codes = [each.code for each in self.kinds]
        if not codes or len(set(codes)) < len(codes):
            raise ValueError(f"the kinds {', '.join(codes) or 'none'}: at least one, each once")
        own = self.method is Method.OWN_BILL
        if own is not bool(self.bill_class) or own is not bool(self.factors):
            raise ValueError("bills of their own have a class and factors, next versions neither")
        if own and [each.month for each in sorted(self.factors, key=_month)] != list(_MONTHS):
            raise ValueError("factors: one for each of the twelve months")
        if own and self.raised_due_days is not None:
            raise ValueError("raised_due_days is of next versions")
        if self.year_begins_month not in _MONTHS or not set(self.next_year_months) <= {*_MONTHS}:
            raise ValueError("months are from 1 to 12")

    def find(self, code: str) -> SupplementKind | None:
        return next((each for each in self.kinds if each.code == code), None)

    def year_of(self, day: date) -> int:
        """The tax year a day lies in, named for the year it begins in."""
        return day.year if day.month >= self.year_begins_month else day.year - 1


def _month(factor: MonthFactor) -> int:
    return factor.month


def shares_of_years(event_on: date, terms: SupplementTerms) -> tuple[tuple[int, Decimal], ...]:
    """Which years an event's own bills are of, each with the part of its tax.

    A change counts from the first of the month after the event.
    """
    first = _first_of_next_month(event_on)
    (factor,) = (each.factor for each in terms.factors if each.month == first.month)
    year = terms.year_of(first)
    if event_on.month in terms.next_year_months:
        return (year, factor), (year + 1, Decimal(1))
    return ((year, factor),)


def _first_of_next_month(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1]) + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MailedDueDay:
    """A last day without penalty, by the day of mailing.

    A month and day of the year of mailing or so many after it, or the end of a month so many
    after that of the mailing.
    """

    month: int | None = None
    day: int | None = None
    years_after: int = 0
    months_after: int | None = None

    def __post_init__(self) -> None:
        by_date = self.month is not None and self.day is not None
        if by_date is (self.months_after is not None):
            raise ValueError("a month and a day, or months_after: one of the two")
        if self.month is not None and self.month not in _MONTHS:
            raise ValueError(f"there is no month {self.month}")
        if self.day is not None and not 1 <= self.day <= 28:
            raise ValueError(f"day {self.day} is not in every month: 1 to 28")

    def of(self, mailed_on: date) -> date:
        if self.months_after is None:
            assert self.month is not None, self
            assert self.day is not None, self
            return date(mailed_on.year + self.years_after, self.month, self.day)
        years, month = divmod(mailed_on.month - 1 + self.months_after, 12)
        year = mailed_on.year + years
        return date(year, month + 1, calendar.monthrange(year, month + 1)[1])


@dataclass(frozen=True, slots=True)
class MailedDue:
    """When bills mailed in some months are due, first installment first."""

    mailed_months: tuple[int, ...]
    due: tuple[MailedDueDay, ...]


@dataclass(frozen=True, slots=True)
class SupplementDue:
    """The due dates of supplemental bills, whatever month they are mailed in."""

    rules: tuple[MailedDue, ...]

    def __post_init__(self) -> None:
        months = sorted(month for each in self.rules for month in each.mailed_months)
        if months != list(_MONTHS):
            raise ValueError(f"mailed_months {months}: each of the twelve months once")

    def of(self, mailed_on: date, roll: RollDay) -> tuple[Due, ...]:
        (rule,) = (each for each in self.rules if mailed_on.month in each.mailed_months)
        return tuple(Due(roll(each.of(mailed_on))) for each in rule.due)


def own_bill(
    added_dollars: int,
    factor: Decimal,
    rates: Sequence[AgencyRate],
    billing: BillingTerms,
    rounding: Rounding,
) -> ComputedBill:
    """Bill what has been added by the year's rates, for the part of the year it bears.

    The whole year's tax is computed as any bill's, then prorated and shared by the rates.
    """
    whole = compute_bill(added_dollars, 0, rates, billing)
    if factor == 1:
        return whole
    tax_cents = times(whole.total_cents, factor, rounding)
    return replace(
        whole,
        total_cents=tax_cents,
        lines=share_of_total(tax_cents, rates, billing),
        installments=installments(tax_cents, 0, billing.plan),
    )


def with_time_to_pay(
    before: Sequence[ComputedInstallment], after: ComputedBill, not_before: date
) -> ComputedBill:
    """Let nothing that rises be due before a day; what does not rise keeps its date."""
    was = {each.installment: each.amount_cents for each in before}
    return replace(
        after,
        installments=tuple(
            replace(each, due_on=max(each.due_on, not_before))
            if each.amount_cents > was.get(each.installment, 0)
            else each
            for each in after.installments
        ),
    )
