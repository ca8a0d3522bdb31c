"""Whether a pack's worked bills tell every boundary of its levy.yaml."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from levy_service.domain.billing import BillMethod, CannotBill
from levy_service.domain.installments import ShareOf
from levy_service.domain.rates import BadRate, RatePer
from levy_service.law_rows import LAW_FILE, SCHEMA, BillLaw, InstallmentLaw
from levy_service.rulebook import rulebook_of
from levy_service.worked_examples import FILE, Example, differences, examples
from taxkit.errors import Refusal
from taxkit.lawpack import load_terms
from taxkit.packcover import Told
from taxkit.packmoves import Said, Special, Untold, form, hundredth, moves, named
from taxkit.packproof import Moved, first_years, moved_laws, unproven
from taxkit.packvalues import PackError

_SECTIONS: Final = (
    "due_dates",
    "due_rule",
    "rates",
    "bill",
    "installments",
    "value",
    "credits",
    "classes",
    "corrections",
    "parcel_number",
    "increment",
)
_OF_THOUSAND: Final = frozenset({RatePer.MILLS, RatePer.DOLLARS_PER_1000})


def _all(value: Any) -> Said:
    for one in moves(value, {}):
        yield one.said, one.value


def _per(_: object, value: RatePer) -> Said:
    """Dollars of a thousand, or of a hundred: each has several names for the same."""
    for other in RatePer:
        if (other in _OF_THOUSAND) is not (value in _OF_THOUSAND):
            yield other.value, other


def _beyond_one(_: object, value: int) -> Said:
    """A step of one, a cent or a dollar, is the ordinary and no boundary."""
    return _all(value) if value > 1 else ()


def _total_first(law: BillLaw, value: Any) -> Said:
    """Where lines come first nothing is left over, and the total is their sum."""
    return _all(value) if law.method is BillMethod.TOTAL_FIRST else ()


def _in_parts(law: Any, value: Any) -> Said:
    """A bill in one part has nothing to round; of estimates the last part takes the rest."""
    parts = not isinstance(law, InstallmentLaw) or len(law.shares) > 1
    return _all(value) if parts or law.share_of is not ShareOf.TOTAL else ()


def _rounding(law: Any, value: Any) -> Said:
    """An exemption in dollars has nothing to round."""
    if isinstance(law, InstallmentLaw):
        return _in_parts(law, value)
    is_share = getattr(law, "bands", True) and not getattr(law, "is_amount", False)
    return _all(value) if is_share else ()


_SPECIAL: Final[Mapping[str, Special]] = MappingProxyType(
    {
        "per": _per,
        "name": Untold("what a step is called"),
        "before": Untold("which step is meant, by its name"),
        "after": Untold("which credit is meant, by its code"),
        "grace_days": Untold("the ledger penalises by it, and its examples tell each day"),
        "in_district": Untold("no worked bill is of a district: a test parts credits there"),
        "from_roll": Untold("in which way the roll writes a claim"),
        "residual_agency_code": named,
        "years_after": Untold("a day earlier and a day later tell the year, too"),
        "pattern": form,
        "agency_code": form,
        "bill_suffix": Untold("how the number of a second bill ends: nothing is counted by it"),
        "total_rounding": _total_first,
        "residual_to": _total_first,
        "share_of": Untold("of which total: the shares' own moves tell it"),
        "odd_cents": _in_parts,
        "rounding": _rounding,
        "up_to_dollars": hundredth,
        "step_cents": _beyond_one,
        "total_step_cents": _beyond_one,
        "line_step_cents": _beyond_one,
        "step_dollars": _beyond_one,
    }
)


TOLD: Final = Told(cases=FILE, sections=_SECTIONS, special=_SPECIAL)


def check(directory: Path) -> Iterator[PackError]:
    """Move each boundary of the law: where no worked bill notices is an error at its line."""
    law = load_terms(directory, LAW_FILE, SCHEMA)
    cases = list(examples(directory))
    found = (*moved_laws(law, _SECTIONS, _SPECIAL), *first_years(law, SCHEMA))
    yield from unproven(
        directory / LAW_FILE, directory / FILE, found, lambda one: _is_noticed(one, cases)
    )


def _is_noticed(moved: Moved, cases: Sequence[Example]) -> bool:
    law = rulebook_of(moved.law)
    near = [each for each in cases if moved.counts_for(each.told["tax_year"])]
    return any(_differs(each, law) for each in near)


def _differs(case: Example, law: Any) -> bool:
    try:
        return next(differences(case, law), None) is not None
    except (Refusal, CannotBill, BadRate, ValueError):
        return True
