"""From levies asked for to rates within the law: growth, the kind's own rate, and area aggregates.

A levy may be limited three times over. First by what it could lawfully raise before, grown by a
factor and by what is new; then by the highest rate of its kind; then where the rates of an area
add up to more than the law lets them: the tiers the law names first give way, each pro rata.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from levy_service.domain.index_rises import missing, rise_of
from levy_service.domain.levy_growth import (
    Growing,
    Grown,
    GrowthOf,
    GrowthTerms,
    LimitProblem,
    check_growth,
    factor_of,
    grown,
    one_of,
    rate_of,
)
from levy_service.domain.rates import RateUnit
from taxkit.dated import NoTermInForce
from taxkit.money import Rounding


class Bound(StrEnum):
    """Which limit a levy ended on."""

    ASKED = "asked"
    GROWTH = "growth"
    STATUTORY_RATE = "statutory_rate"
    AGGREGATE = "aggregate"
    # The pack says that nobody computes one here.
    NOT_COMPUTED = "not_computed"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitTerms(GrowthTerms):
    """The law of a tax year's levies; aggregates are kept in their order."""

    rate_rounding: Rounding
    kinds: Mapping[str, KindTerms]
    # What the law limits besides and nobody checks here; told with every rate.
    not_checked: str
    aggregates: tuple[Aggregate, ...] = ()
    # Of grown levies.
    levy_rounding: Rounding = Rounding.DOWN

    def __post_init__(self) -> None:
        check_growth(self)
        if not self.not_checked.strip():
            raise ValueError("say what of the law is not checked, or that nothing is left of it")
        known = set(self.kinds)
        for aggregate in self.aggregates:
            if unknown := set(aggregate.counted) - known:
                raise ValueError(
                    f"{aggregate.name} counts the unknown {', '.join(sorted(unknown))}"
                )

    def in_year(self, tax_year: int) -> "LimitTerms":
        """The terms with the year's growth: the least of the factor and the rise of the index."""
        if self.growth_factor is None or not self.growth_index:
            return self
        rise = rise_of(self.growth_index, tax_year)
        if rise is None:
            raise NoTermInForce(missing(self.growth_index, tax_year, "growth_index"))
        factor = min(self.growth_factor, 1 + rise)
        return replace(self, growth_factor=factor, growth_index=())

    def grows(self, kind: str) -> bool:
        """Whether growth limits a kind of levy."""
        return self.growth_factor is not None and self.kinds[kind].grows_by_limit


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
    """The highest lawful levy, grown, with what is new; none without a limit of its own."""
    found = _grown([levy], terms, unit)
    return None if found is None else found.cents


def limited(levies: Sequence[AskedLevy], terms: LimitTerms, unit: RateUnit) -> list[LimitedLevy]:
    """The rate of each levy, before the rates of areas are looked at."""
    alone = [limited_levy(each, terms, unit) for each in levies]
    if terms.growth_of is GrowthOf.LEVY:
        return alone
    found = {each.levy.key: each for each in alone}
    for code in dict.fromkeys(each.agency_code for each in levies):
        funds = [each for each in alone if each.levy.agency_code == code]
        found |= _within_agency([one for one in funds if terms.grows(one.levy.kind)], terms, unit)
    return [found[each.key] for each in levies]


def limited_levy(levy: AskedLevy, terms: LimitTerms, unit: RateUnit) -> LimitedLevy:
    """The rate of a levy by itself: the least of what was asked, its growth and its kind's rate."""
    if levy.kind not in terms.kinds:
        known = ", ".join(terms.kinds)
        raise LimitProblem(
            f"{levy.agency_code} is told as {levy.kind!r}, which is no kind of district the law"
            f" on file knows; it knows {known}"
        )
    if levy.asked_cents and not levy.taxable_dollars:
        raise LimitProblem(f"{levy.agency_code} asks for a levy and has no taxable value")
    growth = _grown([levy], terms, unit) if terms.growth_of is GrowthOf.LEVY else None
    rate, bound = (
        rate_of(levy.asked_cents, levy.taxable_dollars, unit, terms.rate_rounding),
        (Bound.ASKED),
    )
    if growth is not None and growth.cents < levy.asked_cents:
        rate, bound = min(rate, growth.rate_units), Bound.GROWTH
    highest = terms.kinds[levy.kind].highest_rate
    if highest is not None and rate > units_of(highest, unit):
        rate, bound = units_of(highest, unit), Bound.STATUTORY_RATE
    return LimitedLevy(levy, rate, None if growth is None else growth.cents, bound)


def _grown(funds: Sequence[AskedLevy], terms: LimitTerms, unit: RateUnit) -> Grown | None:
    """What a levy, or an agency's funds in all, may raise by growth."""
    code = funds[0].agency_code
    if not terms.grows(funds[0].kind):
        return None
    base = sum(each.highest_lawful_cents for each in funds)
    if not base and any(each.asked_cents for each in funds):
        raise LimitProblem(
            f"{code} tells no levy of a year before and none is certified: growth has nothing to"
            " count from; tell it as highest_lawful, of a new district what it may levy at first"
        )
    new = [each.new_construction_dollars + each.state_assessed_increase_dollars for each in funds]
    return grown(
        Growing(
            base_cents=base,
            taxable_dollars=one_of([each.taxable_dollars for each in funds], code, "its value"),
            new_dollars=one_of(new, code, "its new value"),
            prior_rate_units=sum(each.prior_rate_units for each in funds),
            besides_cents=sum(each.annexation_cents + each.refund_cents for each in funds),
        ),
        factor_of(terms, has_ordinance=all(each.has_ordinance for each in funds)),
        terms.new_value_at, unit, terms.levy_rounding, terms.rate_rounding,
    )  # fmt: skip


def _within_agency(
    funds: Sequence[LimitedLevy], terms: LimitTerms, unit: RateUnit
) -> dict[LevyKey, LimitedLevy]:
    """Bring an agency's limited funds within what they may come to together, each pro rata."""
    growth = _grown([each.levy for each in funds], terms, unit) if funds else None
    if growth is None:
        return {}
    whole, left = sum(each.rate_units for each in funds), growth.rate_units
    found = {
        each.levy.key: replace(each, growth_limit_cents=growth.cents)
        for each in funds
    }  # fmt: skip
    if whole > left:
        for key, each in found.items():
            # Rounded down, so that the sum is never above what is left.
            rate = each.rate_units * left // whole
            found[key] = replace(each, rate_units=rate, bound=Bound.GROWTH)
    return found


def as_asked(levy: AskedLevy, terms: NotComputed, unit: RateUnit) -> LimitedLevy:
    """The rate that raises what was asked, whatever a law that is not modelled says of it."""
    if levy.asked_cents and not levy.taxable_dollars:
        raise LimitProblem(f"{levy.agency_code} asks for a levy and has no taxable value")
    rate = rate_of(levy.asked_cents, levy.taxable_dollars, unit, terms.rate_rounding)
    return LimitedLevy(levy, rate, None, Bound.NOT_COMPUTED)


def units_of(rate: Decimal, unit: RateUnit) -> int:
    """Whole units of a rate the law writes in the year's unit; never more than it says."""
    return int(rate * 10**unit.decimals)
