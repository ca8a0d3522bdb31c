"""Brings what the rates of an area come to within the law: the tiers it names first give way."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from levy_service.domain.levy_growth import LimitProblem
from levy_service.domain.levy_limits import Aggregate, Bound, LevyKey, LimitedLevy, LimitTerms
from levy_service.domain.rates import RateUnit


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
