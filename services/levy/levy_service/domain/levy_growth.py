"""How far levies may grow: which year they grow from, by how much, and what is new besides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from levy_service.domain.index_rises import YearRise, check_rises
from levy_service.domain.rates import RateUnit
from taxkit.money import Rounding, times, times_ratio


class LimitProblem(ValueError):
    """Levies that cannot be brought within the law as they are told."""


class NewValueAt(StrEnum):
    """At which rate new value adds to a grown levy."""

    PRIOR_RATE = "prior_rate"
    # The rate at which the grown levy is raised by what is not new; it holds of all value.
    LIMITING_RATE = "limiting_rate"


class GrowthOf(StrEnum):
    """What grows: each levy by itself, or what an agency levies for all of its limited funds."""

    LEVY = "levy"
    AGENCY = "agency"


class GrowthFrom(StrEnum):
    """What a levy grows from."""

    # What it could have been, though less was levied.
    HIGHEST_LAWFUL = "highest_lawful"
    LEVIED = "levied"


_FACTOR_MAX: Final = 10


@dataclass(frozen=True, slots=True)
class GrowthTerms:
    """The law of a tax year's growth; without a factor no levy is limited by it."""

    growth_factor: Decimal | None = None
    # Without the board's resolution to grow; none where the law asks for no resolution.
    growth_factor_without_ordinance: Decimal | None = None
    # Where the factor is the most, and the rise of an index counts that is less.
    growth_index: tuple[YearRise, ...] = ()
    growth_of: GrowthOf = GrowthOf.LEVY
    growth_from: GrowthFrom = GrowthFrom.HIGHEST_LAWFUL
    # Of how many years before the highest counts.
    growth_from_years: int = 1
    new_value_at: NewValueAt = NewValueAt.PRIOR_RATE


def check_growth(terms: GrowthTerms) -> None:
    """Refuse terms that say nothing together."""
    for factor in (terms.growth_factor, terms.growth_factor_without_ordinance):
        if factor is not None and not 0 < factor < _FACTOR_MAX:
            raise ValueError(f"a growth factor of {factor}: 1.01 lets levies grow by a percent")
    if terms.growth_factor is None and (
        terms.growth_factor_without_ordinance is not None or terms.growth_index
    ):
        raise ValueError("growth without a growth_factor: say the most a levy grows by")
    check_rises(terms.growth_index, "growth_index")
    if terms.growth_from_years < 1:
        raise ValueError("growth_from_years is at least 1")
    if terms.growth_of is GrowthOf.AGENCY and terms.growth_from is GrowthFrom.HIGHEST_LAWFUL:
        raise ValueError("what an agency levies in all grows from what was levied: growth_from")


def factor_of(terms: GrowthTerms, *, has_ordinance: bool) -> Decimal:
    """By what a levy grows."""
    assert terms.growth_factor is not None
    lesser = terms.growth_factor_without_ordinance
    return terms.growth_factor if has_ordinance or lesser is None else lesser


@dataclass(frozen=True, slots=True)
class Grown:
    """What a levy, or an agency's in all, may raise, and at which rate."""

    cents: int
    rate_units: int


@dataclass(frozen=True, slots=True)
class Growing:
    """What growth is computed from."""

    base_cents: int
    taxable_dollars: int
    new_dollars: int
    prior_rate_units: int
    besides_cents: int


def grown(
    given: Growing, factor: Decimal, at: NewValueAt, unit: RateUnit,
    levy_rounding: Rounding, rate_rounding: Rounding,
) -> Grown:  # fmt: skip
    """The base grown, with what is new at last year's rate, or at the rate that follows from it."""
    cents = times(given.base_cents, factor, levy_rounding) + given.besides_cents
    if at is NewValueAt.PRIOR_RATE:
        cents += unit.tax(given.new_dollars, given.prior_rate_units, levy_rounding)
        return Grown(cents, rate_of(cents, given.taxable_dollars, unit, rate_rounding))
    old_dollars = given.taxable_dollars - given.new_dollars
    if old_dollars <= 0:
        raise LimitProblem(
            f"of {given.taxable_dollars} dollars of value {given.new_dollars} are told as new:"
            " nothing is left to compute the rate from"
        )
    rate = rate_of(cents, old_dollars, unit, rate_rounding)
    return Grown(unit.tax(given.taxable_dollars, rate, levy_rounding), rate)


def rate_of(levy_cents: int, taxable_dollars: int, unit: RateUnit, rounding: Rounding) -> int:
    """Units of the rate that raises a levy; nothing on no value."""
    if not taxable_dollars:
        return 0
    return times_ratio(levy_cents, unit.units_per_dollar, 100 * taxable_dollars, rounding)


def one_of(values: Sequence[int], agency_code: str, what: str) -> int:
    """What all funds of an agency say alike."""
    if len(set(values)) != 1:
        told = ", ".join(str(each) for each in sorted(set(values)))
        raise LimitProblem(f"{agency_code} tells {what} as {told}: tell it alike for each fund")
    return values[0]


def levied_before(
    key: tuple[str, str], levied: Mapping[int, Mapping[tuple[str, str], int]], tax_year: int
) -> int:
    """What a fund levied in the year that counts: last year, or the agency's highest of some.

    The highest counts where last year's was less than that of the year before it; `levied` holds
    the years that may count.
    """
    agency, _ = key
    totals = {
        year: sum(cents for (of, _), cents in funds.items() if of == agency)
        for year, funds in levied.items()
    }
    counts, before = tax_year - 1, tax_year - 2
    if totals.get(counts, 0) < totals.get(before, 0):
        counts = max(totals, key=lambda year: (totals[year], year))
    return levied.get(counts, {}).get(key, 0)
