"""A special assessment over its years: what each year's installment asks, to the cent.

Interest is that of one year on what is left, rounded half up to the cent, in either way of
amortising. What rounding leaves over is the last installment's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from taxkit.money import CENTS_MAX, Rounding, times, times_ratio

YEARS_MAX: Final = 50
_RATE = re.compile(r"[0-9]{1,2}(\.[0-9]{1,4})?")


class AmortizationMethod(StrEnum):
    # The same principal every year, and interest on what is left.
    LEVEL_PRINCIPAL = "level_principal"
    # The same installment every year; of it ever less is interest.
    LEVEL_PAYMENT = "level_payment"


class CannotAmortize(Exception):
    """Terms that no schedule can be made of."""

    def __init__(self, reason: str, message: str, field: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message
        self.field = field


@dataclass(frozen=True, slots=True)
class AmortizationTerms:
    """What the resolution that levied an assessment says of its years."""

    years: int
    # Of a year, in percent.
    rate_percent: Decimal
    method: AmortizationMethod
    # The tax year whose bill has the first installment.
    first_year: int
    # Since when principal bears interest; each installment bears that of the next whole year.
    interest_from: date

    def __post_init__(self) -> None:
        if not 1 <= self.years <= YEARS_MAX:
            raise CannotAmortize(
                "YEARS_OUT_OF_RANGE", f"{self.years} years: 1 to {YEARS_MAX}", "years"
            )

    @property
    def rate(self) -> Decimal:
        return self.rate_percent / 100


@dataclass(frozen=True, slots=True)
class SpecialInstallment:
    """One year's part: principal, and the interest of a stretch of time on what was left."""

    number: int
    tax_year: int
    principal_cents: int
    interest_cents: int
    interest_from: date
    interest_to: date

    @property
    def amount_cents(self) -> int:
        return self.principal_cents + self.interest_cents


def parse_rate_percent(text: str) -> Decimal:
    """Read a yearly rate, as "4.25"; none has more than two digits or four decimals."""
    if not _RATE.fullmatch(text):
        raise CannotAmortize(
            "RATE_INVALID", f"{text[:20]!r} is no rate in percent: as 4.25", "rate_percent"
        )
    return Decimal(text)


def schedule(
    principal_cents: int, terms: AmortizationTerms, arrears_cents: int = 0
) -> tuple[SpecialInstallment, ...]:
    """Every installment; interest that ran before goes with the first."""
    _check_principal(principal_cents)
    parts = list(_parts(principal_cents, terms))
    found = tuple(
        SpecialInstallment(
            number=number,
            tax_year=terms.first_year + number - 1,
            principal_cents=principal,
            interest_cents=interest + (arrears_cents if number == 1 else 0),
            interest_from=years_after(terms.interest_from, number - 1),
            interest_to=years_after(terms.interest_from, number),
        )
        for number, (principal, interest) in enumerate(parts, start=1)
    )
    assert sum(each.principal_cents for each in found) == principal_cents, found
    return found


def years_after(day: date, years: int) -> date:
    """The same day so many years on; of a leap day the last of February."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _check_principal(principal_cents: int) -> None:
    # Twice over and more: an assessment's interest may pass its principal.
    if not 0 < principal_cents <= CENTS_MAX // 100:
        raise CannotAmortize(
            "PRINCIPAL_OUT_OF_RANGE",
            f"{principal_cents} cents: above zero and at most {CENTS_MAX // 100}",
            "principal_cents",
        )


def _parts(principal_cents: int, terms: AmortizationTerms) -> Iterator[tuple[int, int]]:
    """(principal, interest) of each year."""
    left = principal_cents
    level = _level_cents(principal_cents, terms)
    for number in range(1, terms.years + 1):
        interest = times(left, terms.rate, Rounding.HALF_UP)
        if number == terms.years:
            principal = left
        elif terms.method is AmortizationMethod.LEVEL_PRINCIPAL:
            principal = level
        else:
            # Of a few cents over many years, rounding would pay more than there is.
            principal = min(level - interest, left)
        left -= principal
        yield principal, interest


def _level_cents(principal_cents: int, terms: AmortizationTerms) -> int:
    """What is the same every year: of principal alone rounded down, of a payment half up."""
    if terms.method is AmortizationMethod.LEVEL_PRINCIPAL:
        return principal_cents // terms.years
    rate = Fraction(terms.rate)
    if not rate:
        return principal_cents // terms.years
    grown = (1 + rate) ** terms.years
    factor = rate * grown / (grown - 1)
    return times_ratio(principal_cents, factor.numerator, factor.denominator, Rounding.HALF_UP)
