"""The law's arithmetic as SQL: what taxkit.money does to one amount, on a column of them."""

from dataclasses import dataclass
from math import gcd
from typing import Final

from levy_service.domain.rates import RateUnit
from taxkit.money import Rounding

# What a bigint holds, less room for the additions of rounding.
_SAFE: Final = 2**62
_CENTS_A_DOLLAR: Final = 100


@dataclass(frozen=True, slots=True)
class Numbers:
    """How exact amounts are held: as bigint where they fit, which is four times as fast."""

    small: bool

    @classmethod
    def for_amounts(cls, value_max: int, rate_max: int, unit: RateUnit) -> "Numbers":
        """Choose by the largest value and rate of a batch."""
        largest = value_max * rate_max * _CENTS_A_DOLLAR
        return cls(small=2 * largest + unit.units_per_dollar * _CENTS_A_DOLLAR < _SAFE)

    def tax(
        self, value: str, rate: str, unit: RateUnit, rounding: Rounding, step_cents: int
    ) -> str:
        """Cents of a rate on whole dollars, rounded once to a multiple of a step."""
        divisor = unit.units_per_dollar * step_cents
        common = gcd(_CENTS_A_DOLLAR, divisor)
        exact = f"{self._held(value)} * {rate} * {_CENTS_A_DOLLAR // common}"
        return f"({self.quotient(exact, divisor // common, rounding)} * {step_cents})::bigint"

    def share(
        self, cents: str, numerator: str, denominator: str, rounding: Rounding, step: int
    ) -> str:
        """A fraction of cents, rounded once to a multiple of a step."""
        exact = f"{self._held(cents)} * {numerator}"
        part = self.quotient(exact, f"({denominator} * {step})", rounding)
        return f"({part} * {step})::bigint"

    def quotient(self, exact: str, divisor: int | str, rounding: Rounding) -> str:
        """A quotient of what is not negative, rounded once."""
        match rounding:
            case Rounding.DOWN:
                return self._whole(exact, divisor)
            case Rounding.UP:
                return self._whole(f"{exact} + {divisor} - 1", divisor)
        doubled = f"2 * {exact} + {divisor}"
        half_up = self._whole(doubled, f"(2 * {divisor})")
        if rounding is Rounding.HALF_UP:
            return half_up
        # Half to even: a tie that went up to an odd number goes down again.
        is_tie = f"mod({doubled}, 2 * {divisor}) = 0"
        return f"({half_up} - case when {is_tie} and mod({half_up}, 2) = 1 then 1 else 0 end)"

    def _held(self, value: str) -> str:
        return f"{value}::bigint" if self.small else f"{value}::numeric"

    def _whole(self, exact: str, divisor: int | str) -> str:
        return f"(({exact}) / {divisor})" if self.small else f"div({exact}, {divisor})"


ANY_SIZE: Final = Numbers(small=False)
