"""What a cashier may do by himself: limits for everybody, and a cashier's own where he has any."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")


class MayTake(StrEnum):
    """Bills of which collection type a cashier takes money for."""

    ALL = "all"
    SECURED = "secured"
    UNSECURED = "unsecured"


@dataclass(frozen=True, slots=True)
class LimitsSet:
    """What was set for a cashier, or for everybody, from a day on; None is not said."""

    # Empty: everybody.
    cashier: str
    effective_from: date
    max_interest_waiver_cents: int | None = None
    max_penalty_waiver_cents: int | None = None
    tolerance_cents: int | None = None
    overrides_allowed: bool | None = None
    may_take: MayTake | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one cashier may do on one day; by itself: what the law leaves to nobody's setting."""

    max_interest_waiver_cents: int = 0
    max_penalty_waiver_cents: int = 0
    # How far tenders may be short, and a line above the balance, without anybody's asking.
    tolerance_short_cents: int = 0
    tolerance_over_cents: int = 0
    overrides_allowed: bool = False
    may_take: MayTake = MayTake.ALL


def limits_of(cashier: str, on: date, settings: Sequence[LimitsSet], law: Limits) -> Limits:
    """Resolve a cashier's limits: his own value, else everybody's, else the law's (Q-42).

    Of what was set for the same day the last one counts; settings come in the order they were made.
    """
    if not settings:
        return law
    own, all_ = LimitsSet(cashier, date.min), LimitsSet("", date.min)
    for one in settings:
        if one.effective_from > on:
            continue
        if not one.cashier and one.effective_from >= all_.effective_from:
            all_ = one
        if one.cashier == cashier and one.effective_from >= own.effective_from:
            own = one
    tolerance = _first(own.tolerance_cents, all_.tolerance_cents)
    return Limits(
        _first(
            own.max_interest_waiver_cents,
            all_.max_interest_waiver_cents,
            law.max_interest_waiver_cents,
        )
        or 0,
        _first(
            own.max_penalty_waiver_cents,
            all_.max_penalty_waiver_cents,
            law.max_penalty_waiver_cents,
        )
        or 0,
        law.tolerance_short_cents if tolerance is None else tolerance,
        law.tolerance_over_cents if tolerance is None else tolerance,
        bool(_first(own.overrides_allowed, all_.overrides_allowed, law.overrides_allowed)),
        _first(own.may_take, all_.may_take) or law.may_take,
    )


def _first(*values: T | None) -> T | None:
    return next((value for value in values if value is not None), None)
