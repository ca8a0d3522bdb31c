"""Discount programs as the law of a tax year states them, and the days they hold on."""

from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from enum import StrEnum

from receivables_service.domain.discount_facts import Offer, PartialPay
from taxkit.calendar import months_later
from taxkit.money import Rounding

REMIND_DAYS_MAX = 60
ANY_HOLD = "any"


class DiscountType(StrEnum):
    EARLY = "early"
    SENIOR = "senior"
    HARDSHIP = "hardship"
    PROMOTIONAL = "promotional"


class Approval(StrEnum):
    """Whether a second person has to grant it: never, always, or above an amount."""

    NONE = "none"
    ALWAYS = "always"
    ABOVE = "above"


class WeekendRule(StrEnum):
    """Whether a last day on a weekend or holiday moves to the next working day, and for whom."""

    NONE = "none"
    DELIVERED = "delivered"
    ANY = "any"


class OnCorrection(StrEnum):
    """What becomes of a discount when its bill is lowered: somebody looks, or it follows."""

    REVIEW = "review"
    FOLLOW = "follow"


@dataclass(frozen=True, slots=True)
class YearDay:
    """A day some years after the tax year; one its month has not is the month's last."""

    month: int
    day: int
    years_after: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.month <= 12 or not 1 <= self.day <= 31:
            raise ValueError(f"month {self.month}, day {self.day} is no day")

    def of(self, tax_year: int) -> date:
        year = tax_year + self.years_after
        return date(year, self.month, min(self.day, monthrange(year, self.month)[1]))


@dataclass(frozen=True, slots=True)
class Period:
    """A rate and the days it holds: between days of the year, or so long after the notice."""

    rate: Decimal
    first: YearDay | None = None
    last: YearDay | None = None
    days_after_notice: int | None = None
    months_after_notice: int | None = None
    # The rate in force when a bill is corrected holds so long after that, whatever the calendar.
    days_after_correction: int | None = None

    def __post_init__(self) -> None:
        if not 0 < self.rate < 1:
            raise ValueError(f"a discount of {self.rate} is not between 0 and 1")
        if (self.first is None) is not (self.last is None):
            raise ValueError("a first day without a last one, or the other way round")
        if self.last is None and self.days_after_notice is None and not self.months_after_notice:
            raise ValueError("neither days of the year nor a time after the notice")

    def days(self, tax_year: int, issued_on: date) -> list[tuple[date, date]]:
        """Give the first and last days it holds on, corrections apart."""
        found = []
        if self.first is not None and self.last is not None:
            found.append((self.first.of(tax_year), self.last.of(tax_year)))
        if self.days_after_notice is not None:
            found.append((issued_on, issued_on + timedelta(days=self.days_after_notice)))
        if self.months_after_notice is not None:
            found.append((issued_on, months_later(issued_on, self.months_after_notice)))
        return found


@dataclass(frozen=True, slots=True)
class Program:
    """One discount program, whole."""

    code: str
    name: str
    discount_type: DiscountType
    periods: tuple[Period, ...]
    gl_account: str
    partial: PartialPay = PartialPay.NONE
    rounding: Rounding = Rounding.HALF_UP
    # Bill classes; every one where none is named.
    classes: tuple[str, ...] = ()
    fee_codes: tuple[str, ...] = ()
    specials: bool = False
    approval: Approval = Approval.NONE
    approval_above_cents: int | None = None
    # Whether a late one may be granted at all, by exception.
    late_exceptions: bool = True
    # Programs it may be taken together with.
    stacks_with: tuple[str, ...] = ()
    good_standing: bool = True
    excluded_flags: tuple[str, ...] = ()
    # Kinds of collection holds that bar it; `any` bars by each of them.
    excluded_holds: tuple[str, ...] = ()
    # Kinds of proof that have to be on file: age, income.
    proofs: tuple[str, ...] = ()
    # Until when on its last day money counts as received on it; empty for all day.
    cut_off: str = ""
    weekend: WeekendRule = WeekendRule.NONE
    # Granted by itself with the payment; otherwise when somebody asks.
    automatic: bool = True
    on_correction: OnCorrection = OnCorrection.REVIEW
    # How many days before its last day owners are reminded; none where they are not.
    remind_days: int | None = None

    def __post_init__(self) -> None:
        if not self.periods:
            raise ValueError(f"program {self.code} has no period")
        if (self.approval is Approval.ABOVE) is (self.approval_above_cents is None):
            raise ValueError(f"program {self.code}: approval above what amount?")
        if not self.gl_account:
            raise ValueError(f"program {self.code} names no account")
        if self.cut_off:
            time.fromisoformat(self.cut_off)
        if self.remind_days is not None and not 1 <= self.remind_days <= REMIND_DAYS_MAX:
            raise ValueError(f"program {self.code}: reminds 1 to {REMIND_DAYS_MAX} days before")

    @property
    def closes_at(self) -> time | None:
        return time.fromisoformat(self.cut_off) if self.cut_off else None

    def offer(self, rule_id: str, rate: Decimal) -> Offer:
        """Write down its terms for a grant."""
        return Offer(
            self.code,
            self.discount_type.value,
            f"{rule_id}/{self.code}",
            rate,
            self.rounding,
            self.partial,
            self.gl_account,
            self.fee_codes,
            self.specials,
            self.on_correction is OnCorrection.FOLLOW,
        )


@dataclass(frozen=True, slots=True)
class Timing:
    """What decides whether a payment is in time."""

    tax_year: int
    issued_on: date
    corrected_on: tuple[date, ...]
    paid_on: date
    mailed: bool
    # When it was received by the county's clock, on the day it counts on; none where unknown.
    received_at: time | None = None


@dataclass(frozen=True, slots=True)
class InTime:
    """The rate of a day, and the last day it can be had."""

    rate: Decimal
    last_day: date


Roll = Callable[[date], date]
"""The first working day from a day on."""


def rate_on(program: Program, timing: Timing, roll: Roll) -> InTime | None:
    """Find the best rate that holds when a payment is made; none outside of every period."""
    found = [
        InTime(period.rate, last)
        for period in program.periods
        for first, last in _held(program, period, timing, roll)
        if first <= timing.paid_on <= last and not _after_cut_off(program, timing, last)
    ]
    return max(found, key=lambda each: (each.rate, each.last_day), default=None)


def calendar_of(
    program: Program, tax_year: int, issued_on: date | None, roll: Roll
) -> list[tuple[Decimal, date, date]]:
    """List a program's rates with their days; those after a notice only where it is known."""
    rolls = roll if program.weekend is not WeekendRule.NONE else _stay
    found = []
    for period in program.periods:
        days = period.days(tax_year, issued_on) if issued_on else _fixed(period, tax_year)
        found += [(period.rate, first, rolls(last)) for first, last in days]
    return sorted(found, key=lambda each: (each[2], each[1]))


def _held(
    program: Program, period: Period, timing: Timing, roll: Roll
) -> Iterable[tuple[date, date]]:
    rolls = program.weekend is WeekendRule.ANY
    rolls = rolls or (program.weekend is WeekendRule.DELIVERED and not timing.mailed)
    own = period.days(timing.tax_year, timing.issued_on)
    for first, last in own:
        yield first, roll(last) if rolls else last
    if period.days_after_correction is None:
        return
    for corrected in timing.corrected_on:
        if any(first <= corrected <= last for first, last in own):
            last = corrected + timedelta(days=period.days_after_correction)
            yield corrected, roll(last) if rolls else last


def _after_cut_off(program: Program, timing: Timing, last: date) -> bool:
    """On the last day, money handed in after the cut-off is late; mail goes by its postmark."""
    closes, came = program.closes_at, timing.received_at
    if closes is None or came is None or timing.mailed:
        return False
    return timing.paid_on == last and came > closes


def _fixed(period: Period, tax_year: int) -> list[tuple[date, date]]:
    if period.first is None or period.last is None:
        return []
    return [(period.first.of(tax_year), period.last.of(tax_year))]


def _stay(day: date) -> date:
    return day


def lapsed(program: Program, timing: Timing, roll: Roll) -> InTime:
    """The rate that ran out last before a payment, or the first to come: for exceptions alone."""
    days = [
        InTime(period.rate, last)
        for period in program.periods
        for _, last in _held(program, period, timing, roll)
    ]
    past = [each for each in days if each.last_day <= timing.paid_on]
    if past:
        return max(past, key=lambda each: (each.last_day, each.rate))
    return min(days, key=lambda each: (each.last_day, each.rate))
