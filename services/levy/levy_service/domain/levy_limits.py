"""From levies asked for to rates within the law: growth, the kind's own rate, and area aggregates.

A levy may be limited three times over. First by what it could lawfully raise before, grown by a
factor and by what is new; then by the highest rate of its kind; then where the rates of an area
add up to more than the law lets them: the tiers the law names first give way, each pro rata.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from levy_service.domain.rates import RateUnit
from taxkit.money import Rounding, times, times_ratio


class Bound(StrEnum):
    """Which limit a levy ended on."""

    ASKED = "asked"
    GROWTH = "growth"
    STATUTORY_RATE = "statutory_rate"
    AGGREGATE = "aggregate"
    # The pack says that nobody computes one here.
    NOT_COMPUTED = "not_computed"


class LimitProblem(ValueError):
    """Levies that cannot be brought within the law as they are told."""


# Of a thousand dollars nobody takes a thousand.
_RATE_MAX: Final = 1000


@dataclass(frozen=True, slots=True)
class KindTerms:
    """What the law lets one kind of district levy."""

    # In the year's rate unit; none where no highest rate was read.
    highest_rate: Decimal | None = None
    grows_by_limit: bool = True

    def __post_init__(self) -> None:
        _check_rate(self.highest_rate)


@dataclass(frozen=True, slots=True)
class Tier:
    """Kinds whose rates are reduced together, pro rata."""

    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What the rates of an area may come to, and whose give way, first tier first."""

    name: str
    highest_rate: Decimal
    counted: tuple[str, ...]
    tiers: tuple[Tier, ...]
    # Whether the highest rate is of true value, so that the assessment ratio raises it.
    of_true_value: bool = False

    def __post_init__(self) -> None:
        _check_rate(self.highest_rate)
        named = [kind for tier in self.tiers for kind in tier.kinds]
        if len(named) != len(set(named)):
            raise ValueError(f"aggregate {self.name}: a kind is in two tiers")
        if missing := set(named) - set(self.counted):
            raise ValueError(f"aggregate {self.name}: {', '.join(sorted(missing))} is not counted")


_FACTOR_MAX: Final = 10


@dataclass(frozen=True, slots=True)
class LimitTerms:
    """The law of a tax year's levies; aggregates are kept in their order."""

    growth_factor: Decimal
    # Without the board's resolution to grow.
    growth_factor_without_ordinance: Decimal
    levy_rounding: Rounding
    rate_rounding: Rounding
    kinds: Mapping[str, KindTerms]
    aggregates: tuple[Aggregate, ...] = ()

    def __post_init__(self) -> None:
        for factor in (self.growth_factor, self.growth_factor_without_ordinance):
            if not 0 < factor < _FACTOR_MAX:
                raise ValueError(f"a growth factor of {factor}: 1.01 lets levies grow by a percent")
        known = set(self.kinds)
        for aggregate in self.aggregates:
            if unknown := set(aggregate.counted) - known:
                raise ValueError(
                    f"{aggregate.name} counts the unknown {', '.join(sorted(unknown))}"
                )


@dataclass(frozen=True, slots=True)
class NotComputed:
    """That a tax year's levies are taken as they are asked for, and in which words it is told."""

    said: str
    rate_rounding: Rounding

    def __post_init__(self) -> None:
        if not self.said.strip():
            raise ValueError("say why no limit is computed: it is told with every rate")


def _check_rate(rate: Decimal | None) -> None:
    if rate is not None and not 0 < rate < _RATE_MAX:
        raise ValueError(f"a highest rate of {rate}")


LevyKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class AskedLevy:
    """What an agency asks for one of its funds, and what its limit is computed from."""

    agency_code: str
    kind: str
    asked_cents: int
    taxable_dollars: int
    fund_code: str = ""
    highest_lawful_cents: int = 0
    has_ordinance: bool = False
    new_construction_dollars: int = 0
    state_assessed_increase_dollars: int = 0
    prior_rate_units: int = 0
    annexation_cents: int = 0
    refund_cents: int = 0

    @property
    def key(self) -> LevyKey:
        return self.agency_code, self.fund_code


@dataclass(frozen=True, slots=True)
class LimitedLevy:
    """A levy's rate, and the limit it ended on; aggregate and area only where those bound."""

    levy: AskedLevy
    rate_units: int
    growth_limit_cents: int | None
    bound: Bound
    aggregate: str = ""
    tax_code: str = ""

    def raises_cents(self, unit: RateUnit) -> int:
        """What the rate brings on the taxable value."""
        return unit.tax(self.levy.taxable_dollars, self.rate_units, Rounding.DOWN)


def growth_limit(levy: AskedLevy, terms: LimitTerms, unit: RateUnit) -> int | None:
    """The highest lawful levy, grown, and last year's rate on what is new; none without a limit."""
    if not terms.kinds[levy.kind].grows_by_limit:
        return None
    factor = terms.growth_factor if levy.has_ordinance else terms.growth_factor_without_ordinance
    rounding = terms.levy_rounding
    new_dollars = levy.new_construction_dollars + levy.state_assessed_increase_dollars
    return (
        times(levy.highest_lawful_cents, factor, rounding)
        + unit.tax(new_dollars, levy.prior_rate_units, rounding)
        + levy.annexation_cents
        + levy.refund_cents
    )


def limited_levy(levy: AskedLevy, terms: LimitTerms, unit: RateUnit) -> LimitedLevy:
    """The rate of a levy by itself: the least of what was asked, its growth and its kind's rate."""
    if levy.kind not in terms.kinds:
        raise LimitProblem(f"{levy.kind!r} is no kind of district the law on file knows")
    if levy.asked_cents and not levy.taxable_dollars:
        raise LimitProblem(f"{levy.agency_code} asks for a levy and has no taxable value")
    growth = growth_limit(levy, terms, unit)
    lawful, bound = levy.asked_cents, Bound.ASKED
    if growth is not None and growth < lawful:
        lawful, bound = growth, Bound.GROWTH
    rate = rate_of(lawful, levy.taxable_dollars, unit, terms.rate_rounding)
    highest = terms.kinds[levy.kind].highest_rate
    if highest is not None and rate > units_of(highest, unit):
        rate, bound = units_of(highest, unit), Bound.STATUTORY_RATE
    return LimitedLevy(levy, rate, growth, bound)


def as_asked(levy: AskedLevy, terms: NotComputed, unit: RateUnit) -> LimitedLevy:
    """The rate that raises what was asked, whatever a law that is not modelled says of it."""
    if levy.asked_cents and not levy.taxable_dollars:
        raise LimitProblem(f"{levy.agency_code} asks for a levy and has no taxable value")
    rate = rate_of(levy.asked_cents, levy.taxable_dollars, unit, terms.rate_rounding)
    return LimitedLevy(levy, rate, None, Bound.NOT_COMPUTED)


def rate_of(levy_cents: int, taxable_dollars: int, unit: RateUnit, rounding: Rounding) -> int:
    """Units of the rate that raises a levy; nothing on no value."""
    if not taxable_dollars:
        return 0
    return times_ratio(levy_cents, unit.units_per_dollar, 100 * taxable_dollars, rounding)


def units_of(rate: Decimal, unit: RateUnit) -> int:
    """Whole units of a rate the law writes in the year's unit; never more than it says."""
    return int(rate * 10**unit.decimals)


def within_aggregates(
    levies: Sequence[LimitedLevy],
    areas: Mapping[str, Sequence[LevyKey]],
    terms: LimitTerms,
    unit: RateUnit,
    assessment_ratio: Decimal = Decimal(1),
) -> dict[LevyKey, LimitedLevy]:
    """Bring every area within each aggregate, the area farthest above it first.

    A district's rate is the same in all of its area: what one tax code asks of it, it gives in all.
    """
    found = {each.levy.key: each for each in levies}
    for aggregate in terms.aggregates:
        highest = _highest_units(aggregate, assessment_ratio, unit)
        while above := _farthest_above(found, areas, aggregate, highest):
            tax_code, excess = above
            found |= _reduced(found, tax_code, areas[tax_code], aggregate, excess)
    return found


def _highest_units(aggregate: Aggregate, ratio: Decimal, unit: RateUnit) -> int:
    exact = Fraction(aggregate.highest_rate) * 10**unit.decimals
    return int(exact / Fraction(ratio) if aggregate.of_true_value else exact)


def _farthest_above(
    found: Mapping[LevyKey, LimitedLevy],
    areas: Mapping[str, Sequence[LevyKey]],
    aggregate: Aggregate,
    highest: int,
) -> tuple[str, int] | None:
    """The area with the most above the highest rate, of equal ones the first by its code."""
    excess = {
        tax_code: _counted(found, keys, aggregate) - highest for tax_code, keys in areas.items()
    }
    worst = min(excess, key=lambda tax_code: (-excess[tax_code], tax_code), default=None)
    return None if worst is None or excess[worst] <= 0 else (worst, excess[worst])


def _counted(
    found: Mapping[LevyKey, LimitedLevy], keys: Sequence[LevyKey], aggregate: Aggregate
) -> int:
    return sum(found[key].rate_units for key in keys if found[key].levy.kind in aggregate.counted)


def _reduced(
    found: Mapping[LevyKey, LimitedLevy],
    tax_code: str,
    keys: Sequence[LevyKey],
    aggregate: Aggregate,
    excess: int,
) -> dict[LevyKey, LimitedLevy]:
    """Take an excess off the tiers in their order: a tier gives all it has, or each pro rata."""
    given: dict[LevyKey, LimitedLevy] = {}
    for tier in aggregate.tiers:
        members = [found[key] for key in keys if found[key].levy.kind in tier.kinds]
        whole = sum(each.rate_units for each in members)
        left = max(whole - excess, 0)
        for each in members:
            # Rounded down, so that the sum is never above what is left.
            rate = each.rate_units * left // whole if whole else 0
            if rate < each.rate_units:
                given[each.levy.key] = replace(
                    each, rate_units=rate, bound=Bound.AGGREGATE, aggregate=aggregate.name,
                    tax_code=tax_code,
                )  # fmt: skip
        excess = max(excess - whole, 0)
        if not excess:
            return given
    raise LimitProblem(
        f"the rates of tax code {tax_code} pass {aggregate.name} by those that give way to none"
    )
