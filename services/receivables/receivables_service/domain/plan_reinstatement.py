"""Whether a broken plan may go on, and since when its bills may have another (RECV-048)."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Reinstatement:
    """How a broken plan may go on: so soon, so often, and what was missed is paid by when."""

    within_days: int
    times: int = 1
    # Days for what was missed to be paid after it; with none it is paid before.
    arrears_days: int = 0

    def __post_init__(self) -> None:
        if self.within_days < 0 or self.times < 1 or self.arrears_days < 0:
            raise ValueError(
                f"reinstated within {self.within_days} days, {self.times} times, arrears paid in"
                f" {self.arrears_days} days: days are not below zero, times not below one"
            )


@dataclass(frozen=True, slots=True)
class Reprieve:
    """A plan that goes on: what was due by the day it was reinstated may be paid until another."""

    since: date
    until: date


def reprieve(law: Reinstatement | None, reinstated_on: date | None) -> Reprieve | None:
    """The time that a plan has had since it was reinstated; none where arrears come first."""
    if law is None or reinstated_on is None or not law.arrears_days:
        return None
    return Reprieve(reinstated_on, reinstated_on + timedelta(days=law.arrears_days))


class WhyNot(StrEnum):
    """Why a broken plan stays broken."""

    NEVER = "never"
    TOO_OFTEN = "too_often"
    TOO_LATE = "too_late"


def why_not(
    law: Reinstatement | None, defaulted_on: date, reinstatements: int, today: date
) -> WhyNot | None:
    """Say why a broken plan stays broken; None when it may go on."""
    if law is None:
        return WhyNot.NEVER
    if reinstatements >= law.times:
        return WhyNot.TOO_OFTEN
    return WhyNot.TOO_LATE if today > defaulted_on + timedelta(days=law.within_days) else None


def check_again_on(again_on: str) -> None:
    """Raise ValueError for what is no day of any year, as 07-01 is."""
    if not again_on:
        return
    try:
        # A year without a February 29.
        _day(again_on, 2001)
    except ValueError:
        words = f"again_on {again_on!r}: a month and a day of every year, as 07-01"
        raise ValueError(words) from None


def again_from(defaulted_on: date, again_on: str) -> date:
    """The first day on which a bill of a broken plan may have another of its kind."""
    if not again_on:
        return defaulted_on
    this_year = _day(again_on, defaulted_on.year)
    return this_year if this_year > defaulted_on else _day(again_on, defaulted_on.year + 1)


def _day(again_on: str, year: int) -> date:
    return date.fromisoformat(f"{year:04d}-{again_on}")
