"""Rates from levies asked for, within the limits a jurisdiction's pack names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from sqlalchemy import Connection

from levy_service.bootstrap import LevyApp
from levy_service.domain.levy_aggregates import within_aggregates
from levy_service.domain.levy_growth import GrowthFrom, LimitProblem, levied_before
from levy_service.domain.levy_limits import (
    AskedLevy,
    Bound,
    LevyKey,
    LimitedLevy,
    LimitTerms,
    NotComputed,
    as_asked,
    limited,
)
from levy_service.domain.rates import BadRate, RateUnit, format_rate, parse_rate
from levy_service.levies import store
from levy_service.levies.store import Earlier
from levy_service.runs import reserving
from millage.levy.v1 import districts_pb2 as pb
from taxkit import requests
from taxkit.errors import Refusal, invalid
from taxkit.money import CENTS_MAX

_TEXT_MAX: Final = 200
_ROWS_MAX: Final = 20_000
_AMOUNTS: Final = (
    "asked_cents",
    "taxable_dollars",
    "highest_lawful_cents",
    "new_construction_dollars",
    "state_assessed_increase_dollars",
    "annexation_cents",
    "refund_cents",
)
BOUNDS: Final = {
    Bound.ASKED: pb.LEVY_BOUND_ASKED,
    Bound.GROWTH: pb.LEVY_BOUND_GROWTH,
    Bound.STATUTORY_RATE: pb.LEVY_BOUND_STATUTORY_RATE,
    Bound.AGGREGATE: pb.LEVY_BOUND_AGGREGATE,
    Bound.NOT_COMPUTED: pb.LEVY_BOUND_NOT_COMPUTED,
}


@dataclass(frozen=True, slots=True)
class Computed:
    """Levies within the law, in the order they were asked for."""

    unit: RateUnit
    rule_id: str
    limited: Sequence[LimitedLevy]
    areas: Mapping[str, tuple[LevyKey, ...]]
    # Why nothing was held against the law; empty where it was.
    not_computed: str = ""
    # What of the law nobody held the levies against.
    not_checked: str = ""
    growth_from: GrowthFrom = GrowthFrom.HIGHEST_LAWFUL


def computed(app: LevyApp, connection: Connection, request: Any) -> Computed:
    """Bring levies within growth, rates and aggregates; years before are read where not given."""
    tax_year = reserving.checked_year(request.tax_year)
    unit = reserving.year_law(app, tax_year, "").billing.rate_unit
    if app.levy_limits is None:
        raise Refusal(
            "NO_LAW_IN_FORCE",
            f"the pack of {app.law.jurisdiction_id} says nothing of levy limits, nor that none are"
            " computed: add levy_limits.yaml to it",
        )
    term = app.levy_limits.at(tax_year)
    law, ratio = term.value, _ratio(request.assessment_ratio)
    earlier = _earlier(connection, tax_year, unit, law)
    levies = [_after(each, earlier.get(each.key)) for each in _levies(request.levies, unit)]
    areas = _areas(request.areas, {each.key for each in levies})
    try:
        if isinstance(law, NotComputed):
            asked = [as_asked(each, law, unit) for each in levies]
            return Computed(unit, term.rule_id, asked, areas, law.said)
        alone = limited(levies, law, unit)
        found = within_aggregates(alone, areas, law, unit, ratio)
    except LimitProblem as problem:
        raise invalid("LEVIES_BEYOND_LIMIT", str(problem), "levies") from problem
    return Computed(
        unit, term.rule_id, [found[each.key] for each in levies], areas,
        not_checked=law.not_checked, growth_from=law.growth_from,
    )  # fmt: skip


def compute(
    app: LevyApp, connection: Connection, request: pb.ComputeLevyRatesRequest
) -> pb.ComputeLevyRatesResponse:
    """Give every levy the rate the law lets it have, and say which limit that was."""
    found = computed(app, connection, request)
    units = {each.levy.key: each.rate_units for each in found.limited}
    return pb.ComputeLevyRatesResponse(
        tax_year=request.tax_year,
        rate_unit=str(found.unit.per),
        rates=[_rate(each, found.unit) for each in found.limited],
        areas=[
            pb.AreaRate(
                tax_code=tax_code,
                rate=format_rate(sum(units[key] for key in keys), found.unit),
            )
            for tax_code, keys in found.areas.items()
        ],
        rule_ids=[found.rule_id],
        limits_not_computed=found.not_computed,
        limits_not_checked=found.not_checked,
    )


def _earlier(
    connection: Connection, tax_year: int, unit: RateUnit, law: LimitTerms | NotComputed
) -> Mapping[LevyKey, Earlier]:
    """What the years before leave: what could have been levied, or what was, as the law grows."""
    found = store.earlier(connection, tax_year, unit.name)
    if isinstance(law, NotComputed) or law.growth_from is GrowthFrom.HIGHEST_LAWFUL:
        return found
    levied = store.levied(connection, range(tax_year - law.growth_from_years, tax_year))
    return {
        key: replace(each, highest_lawful_cents=levied_before(key, levied, tax_year))
        for key, each in found.items()
    }


def _after(levy: AskedLevy, earlier: Earlier | None) -> AskedLevy:
    """A levy with what was certified in years before, where the request does not say it."""
    if earlier is None:
        return levy
    return replace(
        levy,
        highest_lawful_cents=levy.highest_lawful_cents or earlier.highest_lawful_cents,
        prior_rate_units=levy.prior_rate_units or earlier.rate_units or 0,
    )


def _rate(found: LimitedLevy, unit: RateUnit) -> pb.LevyRate:
    return pb.LevyRate(
        agency_code=found.levy.agency_code,
        fund_code=found.levy.fund_code,
        rate=format_rate(found.rate_units, unit),
        levy_cents=found.raises_cents(unit),
        growth_limit_cents=found.growth_limit_cents or 0,
        bound=BOUNDS[found.bound],
        aggregate=found.aggregate,
        tax_code=found.tax_code,
    )


def _levies(asked: Sequence[pb.LevyRequest], unit: RateUnit) -> list[AskedLevy]:
    if not 0 < len(asked) <= _ROWS_MAX:
        raise invalid("LEVIES_MISSING", f"send 1 to {_ROWS_MAX} levies, not {len(asked)}", "levies")
    levies = [_levy(f"levies[{row}]", one, unit) for row, one in enumerate(asked, start=1)]
    keys = [each.key for each in levies]
    if len(set(keys)) != len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise invalid("DUPLICATE_LEVY", f"{'/'.join(twice)} asks twice", "levies")
    return levies


def _levy(at: str, one: pb.LevyRequest, unit: RateUnit) -> AskedLevy:
    for name in ("agency_code", "fund_code", "kind"):
        requests.plain_text(getattr(one, name), f"{at}.{name}", _TEXT_MAX)
    if not one.agency_code.strip():
        raise invalid("TEXT_MISSING", "name the agency", f"{at}.agency_code")
    amounts = {name: getattr(one, name) for name in _AMOUNTS}
    for name, amount in amounts.items():
        if not 0 <= amount <= CENTS_MAX:
            raise invalid("BAD_VALUE", f"{amount} is not from 0 to {CENTS_MAX}", f"{at}.{name}")
    try:
        prior = parse_rate(one.prior_rate, unit) if one.prior_rate else 0
    except BadRate as problem:
        raise invalid("BAD_RATE", str(problem)[:300], f"{at}.prior_rate") from problem
    return AskedLevy(
        agency_code=one.agency_code,
        kind=one.kind,
        fund_code=one.fund_code,
        has_ordinance=one.has_ordinance,
        prior_rate_units=prior,
        **amounts,
    )


def _areas(asked: Sequence[pb.LevyArea], known: set[LevyKey]) -> Mapping[str, tuple[LevyKey, ...]]:
    if len(asked) > _ROWS_MAX:
        raise invalid("AREAS_TOO_MANY", f"{len(asked)} areas, at most {_ROWS_MAX}", "areas")
    areas: dict[str, tuple[LevyKey, ...]] = {}
    for row, one in enumerate(asked, start=1):
        at = f"areas[{row}]"
        requests.plain_text(one.tax_code, f"{at}.tax_code", _TEXT_MAX)
        keys = tuple(dict.fromkeys(_key(text) for text in one.levies))
        if not one.tax_code.strip() or one.tax_code in areas:
            raise invalid("TAX_CODE_INVALID", "name each tax code once", f"{at}.tax_code")
        if strange := [key for key in keys if key not in known]:
            raise invalid(
                "LEVY_UNKNOWN", f"{'/'.join(strange[0])[:200]} asks for no levy", f"{at}.levies"
            )
        areas[one.tax_code] = keys
    return areas


def _key(text: str) -> LevyKey:
    agency, _, fund = text.partition("/")
    return agency, fund


def _ratio(text: str) -> Decimal:
    """The assessment ratio, above zero and at most one."""
    try:
        ratio = Decimal(text or "1")
    except InvalidOperation:
        ratio = Decimal(0)
    if not (ratio.is_finite() and 0 < ratio <= 1) or len(text) > len("0.0000000000"):
        raise invalid(
            "RATIO_INVALID", f"{text[:40]!r} is not above 0 and at most 1", "assessment_ratio"
        )
    return ratio
