"""By how much an index rose for a tax year, as the state publishes it year by year."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class YearRise:
    """By how much an index rose for a tax year."""

    year: int
    rise: Decimal

    def __post_init__(self) -> None:
        if not -1 < self.rise < 1:
            raise ValueError(f"a rise of {self.rise}: a share, as 0.014 of 1.4 percent")


def check_rises(rises: Sequence[YearRise], name: str) -> None:
    years = [each.year for each in rises]
    if years != sorted(set(years)):
        raise ValueError(f"the years of {name} are {years}: each once, in ascending order")


def rise_of(rises: Sequence[YearRise], tax_year: int) -> Decimal | None:
    return next((each.rise for each in rises if each.year == tax_year), None)


def missing(rises: Sequence[YearRise], tax_year: int | str, name: str) -> str:
    """Say that a year's rise is not on file, and what to do."""
    known = ", ".join(str(each.year) for each in rises)
    return (
        f"the rise of the index for {tax_year} is not in the pack, which has {known}:"
        f" add it to {name}"
    )
