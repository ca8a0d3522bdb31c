"""Whether a payment qualifies for a program: every check by itself, with what it found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from receivables_service.domain.discount_terms import (
    ANY_HOLD,
    InTime,
    Program,
    Roll,
    Timing,
    rate_on,
)


@dataclass(frozen=True, slots=True)
class Check:
    """One condition, whether it is met, and what was seen."""

    name: str
    passed: bool
    seen: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof on file: what of, and from when until when it counts."""

    kind: str
    reference: str
    valid_from: date
    valid_through: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_through is None or day <= self.valid_through)


@dataclass(frozen=True, slots=True)
class Standing:
    """What else is known of the account when a payment is judged."""

    bill_class: str = ""
    # Earlier tax years of the parcel with something late and unpaid.
    delinquent_years: tuple[int, ...] = ()
    flags: tuple[str, ...] = ()
    proofs: tuple[Proof, ...] = ()
    # Kinds of collection holds on the account.
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """All checks of one program, and the rate where the payment is in time."""

    program: Program
    checks: tuple[Check, ...]
    in_time: InTime | None

    @property
    def eligible(self) -> bool:
        return all(each.passed for each in self.checks)

    @property
    def failing(self) -> tuple[Check, ...]:
        return tuple(each for each in self.checks if not each.passed)


def judge(program: Program, timing: Timing, standing: Standing, roll: Roll) -> Verdict:
    """Try every condition of a program; none is left out because another failed (RECV-024)."""
    in_time = rate_on(program, timing, roll)
    checks = [
        _in_period(timing, in_time),
        _tax_class(program, standing),
        _no_late_year(program, standing),
        _no_flag(program, standing),
        *([_no_hold(program, standing)] if program.excluded_holds else []),
        *(_proof(kind, timing.paid_on, standing.proofs) for kind in program.proofs),
    ]
    return Verdict(program, tuple(checks), in_time)


def together(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Choose the eligible programs that may be taken together, the best rate first (RECV-021)."""
    chosen: list[Verdict] = []
    for each in sorted(verdicts, key=_best_first):
        stacks = all(
            each.program.code in other.program.stacks_with
            and other.program.code in each.program.stacks_with
            for other in chosen
        )
        if each.eligible and stacks:
            chosen.append(each)
    return chosen


def _best_first(verdict: Verdict) -> tuple[object, ...]:
    rate = verdict.in_time.rate if verdict.in_time else 0
    return (-rate, verdict.program.code)


def _in_period(timing: Timing, in_time: InTime | None) -> Check:
    how = "postmarked" if timing.mailed else "received"
    came = f" at {timing.received_at:%H:%M}" if timing.received_at and not timing.mailed else ""
    until = (
        f"the rate {in_time.rate} holds through {in_time.last_day}" if in_time else "in no period"
    )
    return Check("timely", in_time is not None, f"{how} {timing.paid_on}{came}: {until}")


def _tax_class(program: Program, standing: Standing) -> Check:
    asked = ", ".join(program.classes) or "any"
    passed = not program.classes or standing.bill_class in program.classes
    return Check("tax_class", passed, f"class {standing.bill_class or '-'} of {asked}")


def _no_late_year(program: Program, standing: Standing) -> Check:
    years = ", ".join(map(str, standing.delinquent_years)) or "none"
    passed = not program.good_standing or not standing.delinquent_years
    return Check("prior_years", passed, f"delinquent years: {years}")


def _no_flag(program: Program, standing: Standing) -> Check:
    barring = sorted({*program.excluded_flags} & {*standing.flags})
    return Check("flags", not barring, f"barring flags: {', '.join(barring) or 'none'}")


def _no_hold(program: Program, standing: Standing) -> Check:
    every = ANY_HOLD in program.excluded_holds
    barring = [each for each in sorted(standing.holds) if every or each in program.excluded_holds]
    return Check("holds", not barring, f"barring holds: {', '.join(barring) or 'none'}")


def _proof(kind: str, on: date, proofs: Sequence[Proof]) -> Check:
    held = [each for each in proofs if each.kind == kind]
    valid = next((each for each in held if each.holds_on(on)), None)
    said = f"{valid.reference}" if valid else ("out of date" if held else "none on file")
    return Check(f"proof_{kind}", valid is not None, f"proof of {kind}: {said}")
