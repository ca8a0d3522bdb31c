"""What paying a bill now would let off, by the programs receivables told of: for its absence."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal

from taxkit.calendar import months_later
from taxkit.money import Rounding, split, times, times_ratio


@dataclass(frozen=True, slots=True)
class Period:
    """A rate and the days it holds: of the year, or after the bill's notice or a correction."""

    rate: Decimal
    first_day: date | None
    last_day: date | None
    days_after_notice: int | None = None
    months_after_notice: int | None = None
    days_after_correction: int | None = None

    def days(self, issued_on: date) -> Iterator[tuple[date, date]]:
        if self.first_day is not None and self.last_day is not None:
            yield self.first_day, self.last_day
        if self.days_after_notice is not None:
            yield issued_on, issued_on + timedelta(days=self.days_after_notice)
        if self.months_after_notice is not None:
            yield issued_on, months_later(issued_on, self.months_after_notice)


@dataclass(frozen=True, slots=True)
class Program:
    """A program of a tax year, as it was told."""

    code: str
    periods: tuple[Period, ...]
    rounding: Rounding
    weekend: str = "none"
    cut_off: str = ""
    classes: frozenset[str] = frozenset()
    fee_codes: frozenset[str] = frozenset()
    specials: bool = False
    good_standing: bool = True
    excluded_flags: frozenset[str] = frozenset()
    proofs: frozenset[str] = frozenset()
    stacks_with: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Payable:
    """What a bill has open that a discount may be taken from, and what decides on it."""

    issued_on: date
    bill_class: str
    corrected_on: tuple[date, ...]
    # Of each installment's tax the part that is no special assessment: specials of billed.
    billed_cents: int
    specials_cents: int
    tax_cents: tuple[int, ...]
    # Open fees by their codes.
    fee_cents: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known here of the account on that day."""

    owes_earlier_years: bool = False
    flags: frozenset[str] = frozenset()
    proofs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class At:
    """When a payment over the counter would be made; the time only if that is today."""

    day: date
    time: time | None


@dataclass(frozen=True, slots=True)
class Offer:
    programs: tuple[str, ...]
    discount_cents: int
    until: date


Roll = Callable[[date], date]


def offer(
    programs: Iterable[Program], bill: Payable, standing: Standing, at: At, roll: Roll
) -> Offer | None:
    """Find what all programs that are taken together let off a payment of the whole bill."""
    held = [
        (found[0], found[1], program)
        for program in programs
        if _qualifies(program, bill, standing) and (found := _rate_at(program, bill, at, roll))
    ]
    chosen: list[tuple[Decimal, date, Program]] = []
    for each in sorted(held, key=lambda one: (-one[0], one[2].code)):
        if all(_stack(each[2], other) for _, _, other in chosen):
            chosen.append(each)
    cents = _whole([(rate, program) for rate, _, program in chosen], bill)
    if not cents:
        return None
    codes = tuple(program.code for _, _, program in chosen)
    return Offer(codes, cents, min(last for _, last, _ in chosen))


def _qualifies(program: Program, bill: Payable, standing: Standing) -> bool:
    return (
        (not program.classes or bill.bill_class in program.classes)
        and not (program.good_standing and standing.owes_earlier_years)
        and not program.excluded_flags & standing.flags
        and program.proofs <= standing.proofs
    )


def _stack(one: Program, other: Program) -> bool:
    return one.code in other.stacks_with and other.code in one.stacks_with


def _rate_at(program: Program, bill: Payable, at: At, roll: Roll) -> tuple[Decimal, date] | None:
    rolls = program.weekend != "none"
    closes_at = time.fromisoformat(program.cut_off) if program.cut_off else None
    found = [
        (period.rate, last)
        for period in program.periods
        for first, last in _held(period, bill, roll if rolls else _stay)
        if first <= at.day <= last and not (at.day == last and _is_past(at.time, closes_at))
    ]
    return max(found, default=None)


def _is_past(at: time | None, closes_at: time | None) -> bool:
    return at is not None and closes_at is not None and at > closes_at


def _held(period: Period, bill: Payable, roll: Roll) -> Iterator[tuple[date, date]]:
    own = list(period.days(bill.issued_on))
    for first, last in own:
        yield first, roll(last)
    if period.days_after_correction is not None:
        for corrected in bill.corrected_on:
            if any(first <= corrected <= last for first, last in own):
                yield corrected, roll(corrected + timedelta(days=period.days_after_correction))


def _stay(day: date) -> date:
    return day


def _whole(chosen: Sequence[tuple[Decimal, Program]], bill: Payable) -> int:
    """Take one program after another off what those before have left."""
    whole = 0
    taken: dict[int, int] = {}
    for rate, program in chosen:
        bases = {
            place: max(0, cents - taken.get(place, 0))
            for place, cents in enumerate(_bases(program, bill))
        }
        base = sum(bases.values())
        cents = min(base, times(base, rate, program.rounding))
        for place, part in split(cents, bases).items():
            taken[place] = taken.get(place, 0) + part
        whole += cents
    return whole


def _bases(program: Program, bill: Payable) -> Iterator[int]:
    for cents in bill.tax_cents:
        if program.specials or not bill.specials_cents or not bill.billed_cents:
            yield cents
        else:
            out = times_ratio(cents, bill.specials_cents, bill.billed_cents, Rounding.HALF_UP)
            yield cents - out
    for code, cents in sorted(bill.fee_cents.items()):
        yield cents if code in program.fee_codes else 0
