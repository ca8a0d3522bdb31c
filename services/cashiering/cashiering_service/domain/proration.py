"""A line's share of a bill, by days of the year or by percent (CASH-027)."""

from calendar import isleap
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from taxkit.errors import invalid
from taxkit.money import Rounding, times_ratio

_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Share:
    """A part of an amount, or what another's part leaves of it.

    A part is rounded half up; the rest is the amount less that part, so that buyer and seller
    together pay every cent, and the residual cent is the rest's.
    """

    numerator: int
    denominator: int
    is_rest: bool = False

    def __post_init__(self) -> None:
        assert 0 < self.numerator <= self.denominator, self

    def of(self, cents: int) -> int:
        part = times_ratio(cents, self.numerator, self.denominator, Rounding.HALF_UP)
        return cents - part if self.is_rest else part


def by_days(days: int, tax_year: int, *, is_rest: bool = False, year_days: int = 0) -> Share:
    """Days of a tax year: of as many as it has, unless the county counts every year alike."""
    whole = year_days or (366 if isleap(tax_year) else 365)
    if not 0 < days <= whole:
        raise invalid("SHARE_INVALID", f"{days} days of a year of {whole}", "prorate.days")
    return Share(days, whole, is_rest)


def by_percent(percent: str, *, is_rest: bool = False) -> Share:
    """A percentage as text, to any number of places: "40", "33.3333"."""
    digits = percent.replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 12):
        raise invalid(
            "SHARE_INVALID", f"{percent!r} is no percentage: write 40 or 33.3333", "prorate.percent"
        )
    exact = Fraction(Decimal(percent)) / _HUNDRED
    if not 0 < exact <= 1:
        raise invalid("SHARE_INVALID", f"{percent} percent of a bill", "prorate.percent")
    return Share(exact.numerator, exact.denominator, is_rest)
