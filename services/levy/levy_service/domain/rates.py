"""Rates as their jurisdiction writes them, kept as whole numbers of its smallest step."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from taxkit.money import Rounding, times_ratio

_RATE = re.compile(r"([0-9]{1,5})(?:\.([0-9]{1,9}?)0*)?")
DECIMALS_MAX: Final = 9
# As PostgreSQL's integer holds it.
RATE_UNITS_MAX: Final = 2**31 - 1


class RatePer(StrEnum):
    """What a rate is a share of."""

    PERCENT = "percent"
    # Of tax capacity, a small part of the value: such rates pass a hundred.
    PERCENT_OF_CAPACITY = "percent_of_capacity"
    DOLLARS_PER_100 = "dollars_per_100"
    MILLS = "mills"
    DOLLARS_PER_1000 = "dollars_per_1000"


_DIGITS_PER_DOLLAR: Final = {
    RatePer.PERCENT: 2,
    RatePer.PERCENT_OF_CAPACITY: 2,
    RatePer.DOLLARS_PER_100: 2,
    RatePer.MILLS: 3,
    RatePer.DOLLARS_PER_1000: 3,
}


class BadRate(ValueError):
    """A text that is no rate in the unit asked for."""


@dataclass(frozen=True, slots=True)
class RateUnit:
    """What one step of a stored rate is: 396 is 0.396 where rates are percent, 3 decimals."""

    per: RatePer
    decimals: int

    def __post_init__(self) -> None:
        if not 0 <= self.decimals <= DECIMALS_MAX:
            raise ValueError(f"decimals {self.decimals} is not from 0 to {DECIMALS_MAX}")

    @property
    def units_per_dollar(self) -> int:
        """A rate of this many units takes all of the value."""
        return int(10 ** (_DIGITS_PER_DOLLAR[self.per] + self.decimals))

    @property
    def name(self) -> str:
        """How it is stored beside the rates: "percent/3"."""
        return f"{self.per}/{self.decimals}"

    @property
    def units_max(self) -> int:
        """The largest rate: all of the value, or ten times the capacity."""
        times = 10 if self.per is RatePer.PERCENT_OF_CAPACITY else 1
        return min(times * self.units_per_dollar, RATE_UNITS_MAX)

    def tax(self, dollars: int, units: int, rounding: Rounding, step_cents: int = 1) -> int:
        """Cents of a rate on whole dollars, rounded once to a multiple of `step_cents`."""
        # A dollar has a hundred cents.
        divisor = self.units_per_dollar * step_cents
        return times_ratio(dollars, 100 * units, divisor, rounding) * step_cents


THOUSANDTHS_OF_PERCENT: Final = RateUnit(RatePer.PERCENT, 3)


def unit_named(name: str) -> RateUnit:
    """Read what `name` wrote."""
    per, _, decimals = name.partition("/")
    return RateUnit(RatePer(per), int(decimals))


def parse_rate(text: str, unit: RateUnit = THOUSANDTHS_OF_PERCENT) -> int:
    """Read a rate, "0.396", as whole units; one decimal too many is refused, not rounded."""
    found = _RATE.fullmatch(text)
    fraction = (found[2] or "") if found else ""
    if found and len(fraction) <= unit.decimals:
        units = int(found[1] + fraction.ljust(unit.decimals, "0"))
        if units <= unit.units_max:
            return units
    raise BadRate(
        f"{text!r} is not a rate: {unit.per} from 0 to"
        f" {format_rate(unit.units_max, unit)}, {unit.decimals} decimals at most"
    )


def format_rate(units: int, unit: RateUnit = THOUSANDTHS_OF_PERCENT) -> str:
    """Write units with all their decimals: 396 is "0.396"."""
    if not unit.decimals:
        return str(units)
    whole, fraction = divmod(units, 10**unit.decimals)
    return f"{whole}.{fraction:0{unit.decimals}d}"


def as_percent(units: int, unit: RateUnit) -> str:
    """Write a rate of any unit in percent, exactly; three decimals at least."""
    decimals = _DIGITS_PER_DOLLAR[unit.per] + unit.decimals - 2
    whole, fraction = divmod(units, 10**decimals)
    text = f"{fraction:0{decimals}d}" if decimals else ""
    return f"{whole}.{text[:3].ljust(3, '0')}{text[3:].rstrip('0')}"
