"""The worked cases of a pack's levy_limits.yaml: the rates that levies asked for come to."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from levy_service.domain.levy_aggregates import within_aggregates
from levy_service.domain.levy_growth import GrowthFrom, levied_before
from levy_service.domain.levy_limits import AskedLevy, LevyKey, LimitTerms, limited
from levy_service.domain.rates import RatePer, RateUnit, parse_rate
from levy_service.runs.limits_law import LIMITS_FILE, LIMITS_SCHEMA
from taxkit.lawpack import LawFile
from taxkit.packcases import Asked, CaseBook
from taxkit.packcover import Told
from taxkit.packmoves import Said, Untold, of_scalar, other_than

_UNIT: Final = RateUnit(RatePer.DOLLARS_PER_1000, 5)


def _if_it_grows(terms: Any, value: Any) -> Said:
    """Where the law lets levies grow: else there is nothing to tell."""
    return () if terms.growth_factor is None else of_scalar(value)


def _if_levied(terms: Any, value: Any) -> Said:
    """Where growth counts from what was levied: else there is nothing to tell."""
    counts = terms.growth_factor is not None and terms.growth_from is GrowthFrom.LEVIED
    return of_scalar(value) if counts else ()


_GROWTH: Final = ("growth_of", "growth_from", "new_value_at", "levy_rounding")
TOLD: Final = Told(
    cases="examples_limits.yaml",
    sections=("limits",),
    untold={"limits_not_computed": "a sentence that says what is not computed"},
    special=MappingProxyType(
        {
            "name": Untold("what a limit is called"),
            "grows_by_limit": other_than(default=True),
            "of_true_value": other_than(default=False),
            "growth_from_years": _if_levied,
            **dict.fromkeys(_GROWTH, _if_it_grows),
        }
    ),
)


def _rates(law: LawFile, tax_year: int, given: Mapping[str, Any]) -> Mapping[str, object]:
    """Each levy's rate and the limit it ended on, in one area in which all of them tax."""
    terms = law.by_year("limits", LimitTerms).at(tax_year).value.in_year(tax_year)
    unit = _unit(given.get("unit", {}))
    asked = [_asked(name, one, unit) for name, one in given["levies"].items()]
    if "levied_before" in given and terms.growth_from is GrowthFrom.LEVIED:
        before = _before(given["levied_before"], tax_year, terms.growth_from_years)
        asked = [
            replace(one, highest_lawful_cents=levied_before(one.key, before, tax_year))
            for one in asked
        ]
    levies = limited(asked, terms, unit)
    ratio = Decimal(given.get("assessment_ratio", "1"))
    area = {"area": [each.levy.key for each in levies]}
    found = within_aggregates(levies, area, terms, unit, ratio)
    return {
        "rates": {
            _name(key): f"{Decimal(one.rate_units).scaleb(-unit.decimals):f}"
            for key, one in found.items()
        },
        "bound": {_name(key): one.aggregate or one.bound.value for key, one in found.items()},
        "growth_limit_cents": {
            _name(each.levy.key): each.growth_limit_cents
            for each in levies
            if each.growth_limit_cents is not None
        },
    }


def _unit(told: Mapping[str, Any]) -> RateUnit:
    """The unit a case's rates are in, where it is not five decimals of dollars per 1,000."""
    return RateUnit(RatePer(told.get("per", _UNIT.per)), int(told.get("decimals", _UNIT.decimals)))


def _before(
    told: Mapping[str, Mapping[str, int]], tax_year: int, years: int
) -> dict[int, dict[LevyKey, int]]:
    """What was levied in the years that may count."""
    return {
        int(year): {_key(name): cents for name, cents in funds.items()}
        for year, funds in told.items()
        if tax_year - years <= int(year) < tax_year
    }


def _key(name: str) -> LevyKey:
    code, _, fund = name.partition("/")
    return code, fund


def _name(key: LevyKey) -> str:
    return "/".join(filter(None, key))


def _asked(name: str, told: Mapping[str, Any], unit: RateUnit) -> AskedLevy:
    code, fund = _key(name)
    prior = parse_rate(told["prior_rate"], unit) if "prior_rate" in told else 0
    rest = {name: value for name, value in told.items() if name != "prior_rate"}
    return AskedLevy(code, prior_rate_units=prior, fund_code=fund, **rest)


BOOK: Final = CaseBook(
    LIMITS_FILE,
    LIMITS_SCHEMA,
    {
        "limits": Asked(
            {
                "levies": {
                    "*": {
                        "kind": str, "asked_cents": int, "taxable_dollars": int,
                        "highest_lawful_cents?": int, "has_ordinance?": bool,
                        "new_construction_dollars?": int,
                        "state_assessed_increase_dollars?": int, "prior_rate?": str,
                        "annexation_cents?": int, "refund_cents?": int,
                    }
                },
                "assessment_ratio?": str,
                "levied_before?": {"*": {"*": int}},
                "unit?": {"per?": str, "decimals?": int},
            },
            {"rates?": {"*": str}, "bound?": {"*": str}, "growth_limit_cents?": {"*": int}},
            _rates,
        )
    },
    TOLD,
)  # fmt: skip
