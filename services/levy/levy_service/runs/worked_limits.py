"""The worked cases of a pack's levy_limits.yaml: the rates that levies asked for come to."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from levy_service.domain.levy_limits import AskedLevy, LimitTerms, limited_levy, within_aggregates
from levy_service.domain.rates import RatePer, RateUnit, parse_rate
from levy_service.runs.limits_law import LIMITS_FILE, LIMITS_SCHEMA
from taxkit.lawpack import LawFile
from taxkit.packcases import Asked, CaseBook
from taxkit.packcover import Told
from taxkit.packmoves import Untold, other_than

# Limits are written in dollars per 1,000, with the five decimals that rates are computed to.
_UNIT: Final = RateUnit(RatePer.DOLLARS_PER_1000, 5)

TOLD: Final = Told(
    cases="examples_limits.yaml",
    sections=("limits",),
    untold={"limits_not_computed": "a sentence that says what is not computed"},
    special=MappingProxyType(
        {
            "name": Untold("what a limit is called"),
            "grows_by_limit": other_than(default=True),
            "of_true_value": other_than(default=False),
        }
    ),
)


def _rates(law: LawFile, tax_year: int, given: Mapping[str, Any]) -> Mapping[str, object]:
    """Each levy's rate and the limit it ended on, in one area in which all of them tax."""
    terms = law.by_year("limits", LimitTerms).at(tax_year).value
    levies = [
        limited_levy(_asked(code, one), terms, _UNIT) for code, one in given["levies"].items()
    ]
    ratio = Decimal(given.get("assessment_ratio", "1"))
    area = {"area": [each.levy.key for each in levies]}
    found = within_aggregates(levies, area, terms, _UNIT, ratio)
    return {
        "rates": {
            key[0]: f"{Decimal(one.rate_units).scaleb(-_UNIT.decimals):f}"
            for key, one in found.items()
        },
        "bound": {key[0]: one.aggregate or one.bound.value for key, one in found.items()},
        "growth_limit_cents": {
            each.levy.agency_code: each.growth_limit_cents
            for each in levies
            if each.growth_limit_cents is not None
        },
    }


def _asked(code: str, told: Mapping[str, Any]) -> AskedLevy:
    prior = parse_rate(told["prior_rate"], _UNIT) if "prior_rate" in told else 0
    rest = {name: value for name, value in told.items() if name != "prior_rate"}
    return AskedLevy(code, prior_rate_units=prior, **rest)


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
            },
            {"rates?": {"*": str}, "bound?": {"*": str}, "growth_limit_cents?": {"*": int}},
            _rates,
        )
    },
    TOLD,
)  # fmt: skip
