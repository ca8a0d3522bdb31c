"""How far a value may rise in a year: last year's by a capped growth, and what was added since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from levy_service.domain.billing import BillingProblem, CannotBill
from levy_service.domain.index_rises import YearRise, check_rises, missing, rise_of
from taxkit.money import CENTS_MAX, Rounding, times_ratio

_GROWTH_MAX = 10


@dataclass(frozen=True, slots=True)
class ValueCap:
    """A value is at most last year's grown by the lower of an index and a share, each year's own.

    Without an index it grows by the share at most. What a parcel has been added to is not capped.
    `rises` are an index of several years; of a year that is not among them no parcel has the cap.
    """

    at_most: Decimal
    index: Decimal | None = None
    rounding: Rounding = Rounding.HALF_UP
    step_dollars: int = 1
    rises: tuple[YearRise, ...] = ()

    def __post_init__(self) -> None:
        check_rises(self.rises, "rises")
        if self.rises and self.index is not None:
            raise ValueError("an index, or its rises year by year: one of the two")
        for growth in (self.at_most, self.growth):
            if not -1 < growth < _GROWTH_MAX:
                raise ValueError(f"a growth of {growth}: a share of the value, as 0.02")
        if self.step_dollars < 1:
            raise ValueError("a step is at least one dollar")

    @property
    def growth(self) -> Decimal:
        return self.at_most if self.index is None else min(self.at_most, self.index)

    def in_year(self, tax_year: int) -> "ValueCap":
        """The cap with the year's rise; as it stands where that is not on file."""
        rise = rise_of(self.rises, tax_year)
        return self if rise is None else replace(self, index=rise, rises=())

    def limit_dollars(self, base_dollars: int, added_dollars: int) -> int:
        """What the value is at most."""
        numerator, denominator = (1 + self.growth).as_integer_ratio()
        step = self.step_dollars
        grown = step * times_ratio(base_dollars, numerator, denominator * step, self.rounding)
        return grown + added_dollars


@dataclass(frozen=True, slots=True)
class CapClaim:
    """A cap a parcel has: what its value was by it last year, and what was built since."""

    code: str
    base_dollars: int
    added_dollars: int = 0


def limits(claims: Sequence[CapClaim], caps: Mapping[str, ValueCap]) -> list[tuple[str, int]]:
    """Each cap's code and what it lets the value be at most, in the order of the claims."""
    found = list[tuple[str, int]]()
    for claim in claims:
        law = caps.get(claim.code)
        if law is None:
            known = ", ".join(sorted(caps)) or "none"
            raise _refused(f"cap {claim.code!r} is not of this law, which has {known}")
        if law.rises:
            raise _refused(f"cap {claim.code}: {missing(law.rises, 'the year', 'rises')}")
        if claim.code in dict(found):
            raise _refused(f"cap {claim.code} twice")
        if not 0 <= min(claim.base_dollars, claim.added_dollars) <= CENTS_MAX:
            raise _refused(f"cap {claim.code}: values below zero")
        if max(claim.base_dollars, claim.added_dollars) > CENTS_MAX:
            raise _refused(f"cap {claim.code}: values of at most {CENTS_MAX} dollars")
        found.append((claim.code, law.limit_dollars(claim.base_dollars, claim.added_dollars)))
    return found


def _refused(message: str) -> CannotBill:
    return CannotBill(BillingProblem.BAD_VALUE_CAP, message)
