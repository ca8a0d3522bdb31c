"""Paying off a special assessment: what is left of it, and its interest up to a day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from levy_service.domain.amortization import CannotAmortize
from levy_service.domain.billing import Charge, ComputedBill, ComputedLine
from taxkit.money import CENTS_MAX, Rounding, times_ratio

DAYS_AHEAD_MAX: Final = 366


class SpecialStatus(StrEnum):
    NOT_POSTED = "not_posted"
    POSTED = "posted"
    DEFERRED = "deferred"
    PAID_IN_FULL = "paid_in_full"
    CLOSED = "closed"


ENDED: Final = (SpecialStatus.PAID_IN_FULL, SpecialStatus.CLOSED)


@dataclass(frozen=True, slots=True)
class TractState:
    """A tract's part of an assessment as it stands; one that is no ditch is a single tract."""

    tract: str
    principal_cents: int
    # Neither on a bill yet, nor in a payoff.
    left_cents: int
    # Up to which day interest was billed.
    interest_to: date
    paid_off: bool = False


@dataclass(frozen=True, slots=True)
class TractPayoff:
    tract: str
    principal_cents: int
    interest_cents: int
    days: int

    @property
    def amount_cents(self) -> int:
        return self.principal_cents + self.interest_cents


@dataclass(frozen=True, slots=True)
class Payoff:
    """What pays tracts off on a day."""

    payoff_on: date
    tracts: tuple[TractPayoff, ...]

    @property
    def principal_cents(self) -> int:
        return sum(each.principal_cents for each in self.tracts)

    @property
    def interest_cents(self) -> int:
        return sum(each.interest_cents for each in self.tracts)

    @property
    def amount_cents(self) -> int:
        return self.principal_cents + self.interest_cents


class CannotPayOff(Exception):
    """An assessment that is not to be paid off so."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message


def accrued_cents(left_cents: int, rate_percent: Decimal, days: int, days_in_year: int) -> int:
    """Interest of some days on what is left, rounded half up to the cent."""
    numerator, denominator = (rate_percent / 100).as_integer_ratio()
    return times_ratio(left_cents, numerator * days, denominator * days_in_year, Rounding.HALF_UP)


def quote(
    tracts: Sequence[TractState],
    chosen: Sequence[str],
    payoff_on: date,
    rate_percent: Decimal,
    days_in_year: int,
) -> Payoff:
    """Say what pays the chosen tracts off, all that are left where none is named.

    Interest that was billed up to a later day is not given back.
    """
    wanted = _chosen(tracts, chosen)
    parts = []
    for each in wanted:
        days = max((payoff_on - each.interest_to).days, 0)
        interest = accrued_cents(each.left_cents, rate_percent, days, days_in_year)
        parts.append(TractPayoff(each.tract, each.left_cents, interest, days))
    found = Payoff(payoff_on, tuple(parts))
    if not found.principal_cents:
        raise CannotPayOff("NOTHING_TO_PAY_OFF", "all of its principal is on bills already")
    if found.amount_cents > CENTS_MAX:
        raise CannotPayOff("PAYOFF_OUT_OF_RANGE", f"at most {CENTS_MAX} cents can be asked for")
    return found


def _chosen(tracts: Sequence[TractState], chosen: Sequence[str]) -> list[TractState]:
    by_name = {each.tract: each for each in tracts}
    if unknown := [name for name in chosen if name not in by_name]:
        raise CannotPayOff("TRACT_UNKNOWN", f"the assessment has no tract {unknown[0][:60]!r}")
    if len(set(chosen)) < len(chosen):
        raise CannotPayOff("TRACT_TWICE", "a tract is named twice")
    if done := [name for name in chosen if by_name[name].paid_off]:
        raise CannotPayOff("TRACT_PAID_OFF", f"tract {done[0]} is paid off already")
    left = [each for each in tracts if not each.paid_off and (not chosen or each.tract in chosen)]
    if not left:
        raise CannotPayOff("ALREADY_PAID_OFF", "every part of the assessment is paid off already")
    return left


def check_day(payoff_on: date, today: date) -> None:
    """A payoff is for today or a day ahead, up to a year: interest is known up to it."""
    if payoff_on < today:
        raise CannotAmortize(
            "PAYOFF_ON_IN_PAST", f"{payoff_on} is before today, {today}", "payoff_on"
        )
    if payoff_on > today + timedelta(days=DAYS_AHEAD_MAX):
        raise CannotAmortize(
            "PAYOFF_ON_TOO_FAR", f"{payoff_on} is more than a year ahead", "payoff_on"
        )


def with_charge(issued: ComputedBill, charge: Charge) -> ComputedBill:
    """A bill that asks for more in a direct charge, on its last installment (LEVY-004, LEVY-017).

    Every other line stays to the cent: no value and no rate has changed.
    """
    lines = list(issued.lines)
    place = _line_of(lines, charge.agency_code)
    if place is None:
        lines.append(
            ComputedLine(
                charge.agency_code, charge.agency_name, 0, charge.amount_cents, 0, is_charge=True
            )
        )
    else:
        more = lines[place].amount_cents + charge.amount_cents
        lines[place] = replace(lines[place], amount_cents=more)
    *first, last = issued.installments
    changed = replace(last, amount_cents=last.amount_cents + charge.amount_cents)
    return replace(
        issued,
        total_cents=issued.total_cents + charge.amount_cents,
        lines=tuple(lines),
        installments=(*first, changed),
    )


def without_charge(issued: ComputedBill, agency_code: str, amount_cents: int) -> ComputedBill:
    """A bill that asks for less in a direct charge; which installments that lowers is left open.

    A line of which nothing is left goes, unless it is the bill's only one.
    """
    lines = list(issued.lines)
    place = _line_of(lines, agency_code)
    if place is None or lines[place].amount_cents < amount_cents:
        raise CannotPayOff(
            "PAYOFF_NOT_ON_BILL",
            "the bill was changed since and asks for less than the payoff on its agency's line:"
            " change it by a modification",
        )
    lines[place] = replace(lines[place], amount_cents=lines[place].amount_cents - amount_cents)
    if not lines[place].amount_cents and len(lines) > 1:
        del lines[place]
    return replace(issued, total_cents=issued.total_cents - amount_cents, lines=tuple(lines))


def _line_of(lines: Iterable[ComputedLine], agency_code: str) -> int | None:
    """The agency's line that is no rate's."""
    for place, each in enumerate(lines):
        if each.agency_code == agency_code and not each.rate_units:
            return place
    return None
