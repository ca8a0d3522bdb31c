"""Whether a pack's worked cases tell every boundary of its receivables.yaml."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from receivables_service.domain.interest_terms import InterestBase
from receivables_service.domain.penalty_schedules import PenaltyBase
from receivables_service.domain.terms import AllocationKey, ChargeType, InterestStart, Terms
from receivables_service.rates.interest_rulebook import InterestLaw
from receivables_service.rates.rulebook import BasisDecision, InterestBasisLaw, PenaltyLaw
from receivables_service.rulebook import SCHEMA, terms_of
from receivables_service.worked_examples import FILE, Example, differences, examples, shifted
from taxkit.errors import Refusal
from taxkit.lawpack import LawFile, load_terms
from taxkit.packcover import Told
from taxkit.packmoves import (
    Move,
    Said,
    Special,
    Untold,
    if_any,
    in_order,
    moves,
    named,
    off,
    other_than,
)
from taxkit.packproof import Moved, first_years, moved_laws, unproven
from taxkit.packvalues import PackError

_LAW: Final = "receivables.yaml"
_SECTIONS: Final = (
    "interest",
    "penalty",
    "interest_basis",
    "payment_terms",
    "default",
    "correction_grace",
    "unapplied",
    "allocation",
    "allocation_rules",
    "base_dates",
    "refunds",
    "returned_check",
)
_CARRIED: Final = AllocationKey.COLLECTION_TYPE
_A_DAY: Final = timedelta(days=1)


def _interest(law: InterestLaw | None) -> bool:
    return law is None or bool(law.monthly_rate or law.yearly_rate or law.rates)


def _where_any(law: InterestLaw, value: Any) -> Said:
    """Of an interest law whose rate is nothing, nothing else can be told."""
    if not _interest(law):
        return
    for one in moves(value, {}):
        yield one.said, one.value


def _rounding(law: Any, value: Any) -> Said:
    return _where_any(law, value) if isinstance(law, InterestLaw) else _all(law, value)


def _all(_: object, value: Any) -> Said:
    for one in moves(value, {}):
        yield one.said, one.value


def _base(law: Any, value: Any) -> Said:
    """Interest on interest, and a step of the whole bill: what a case of any bill can tell."""
    if isinstance(law, InterestLaw):
        if _interest(law) and value is not InterestBase.EVERYTHING:
            yield InterestBase.EVERYTHING.value, InterestBase.EVERYTHING
    elif value is not PenaltyBase.UNPAID_TAX:
        yield PenaltyBase.UNPAID_TAX.value, PenaltyBase.UNPAID_TAX


def _full(law: InterestBasisLaw, value: InterestLaw | None) -> Said:
    """Where a bill is paid in full by a day or not at all, no month of the full basis bears."""
    decided = law.decided_by is BasisDecision.PAID_BY_LAST_DAY
    for one in moves(value, _SPECIAL):
        if not decided or one.path == "due_roll":
            yield one


def _start(law: InterestLaw, value: InterestStart) -> Said:
    """That the last due date is another than the first only bills in parts can tell."""
    for other in (InterestStart.DUE, InterestStart.DEFAULT):
        if other is not value and _interest(law):
            yield other.value, other


def _others(_: object, value: tuple[int, ...]) -> Said:
    """Of which installments a step is: others than it names, for of the rest none may be late."""
    for one in moves(value, {}):
        if len(one.value) == len(value):
            yield one


def _of_several(law: PenaltyLaw, value: bool) -> Said:
    """One step is rounded by itself either way."""
    return _all(law, value) if len(law.steps) > 1 else ()


def _meets(law: LawFile) -> Special:
    """Charges next to each other in an order of payment, of those that this law charges at all."""
    known = charged(law)

    def said(_: object, value: tuple[ChargeType, ...]) -> Said:
        """In the order of payment there are no two charges that the law levies."""
        there = [place for place, each in enumerate(value) if each in known]
        for first, second in pairwise(there):
            other = list(value)
            other[first], other[second] = value[second], value[first]
            yield Move(f"[{first}]", f"after {value[second]}", tuple(other))

    return said


def charged(law: LawFile) -> set[ChargeType]:
    """Which charges a bill may bear under a law of any of its years."""
    found = {ChargeType.TAX, ChargeType.FEE}
    rates = [term.value for _, term in law.sections["interest"]]
    penalties = [term.value for _, term in law.sections["penalty"]]
    for _, term in law.sections["payment_terms"]:
        rules = [rule for group in term.value.groups for rule in group.rules]
        rates += [rule.interest for rule in rules if rule.interest]
        penalties += [rule.penalty for rule in rules if rule.penalty]
    if any(map(_interest, rates)):
        found.add(ChargeType.INTEREST)
    if any(each.levied for each in penalties) or any(each.monthly_penalty_rate for each in rates):
        found.add(ChargeType.PENALTY)
    return found


def _keys(_: object, value: tuple[AllocationKey, ...]) -> Said:
    """How the debt is carried is one and the same within a bill, but for a default's fees."""
    for one in in_order(_, tuple(each for each in value if each is not _CARRIED)):
        assert isinstance(one, Move), one
        rest = tuple(each for each in value if each is _CARRIED)
        yield Move(one.path, one.said, (*one.value, *rest))


def _of_law(law: LawFile) -> Mapping[str, Special]:
    return {"charge_types": _meets(law)}


def _by_a_month(_: object, value: date) -> Said:
    """Rates count by months: a day more or less is the same month's."""
    yield "a month earlier", (value - 28 * _A_DAY).replace(day=value.day)
    yield "a month later", (value + 31 * _A_DAY).replace(day=value.day)


_OF_BILL: Final = Untold("which agency's part is exempt is a bill's own: no case tells its lines")
_NAME: Final = Untold("a name, by which nothing is counted")
_SPECIAL: Final[Mapping[str, Special]] = MappingProxyType(
    {
        "citation": Untold("where a single value is from"),
        "code": _NAME,
        "carried": Untold("how a debt is carried is no figure of a case; its tests tell it"),
        "exempt_agencies": _OF_BILL,
        "held_by_agency": _OF_BILL,
        "years_after": Untold("a day earlier and a day later tell the year, too"),
        "full": _full,
        "tax_year": Untold("which single bill an ordinance names: its last day is told"),
        "installment": Untold("which single bill an ordinance names: its last day is told"),
        "keys": _keys,
        "collection_types": Untold("a bill's debt is carried in one way: nothing comes before it"),
        "charge_codes": in_order,
        "charge_code": named,
        "services": Untold("which order a service starts from: its cases name the service"),
        "district": _NAME,
        "rounding": _rounding,
        "installments": _others,
        "rounds_steps": _of_several,
        "months": _where_any,
        # What a law does not say of a step is no boundary of it.
        "when_late": other_than(default=False),
        "every_year": other_than(default=False),
        "earlier_unpaid": other_than(default=False),
        "defaults": other_than(default=True),
        "start": _start,
        "base": _base,
        "charged_month_after": other_than(default=False),
        "due_roll": off,
        "month_end_roll": off,
        "roll": off,
        "minimum_cents": if_any,
        "minimum_rate": if_any,
        "grace_business_days": if_any,
        "unit_cents": lambda law, value: _where_any(law, value) if value > 1 else (),
        "free_months": if_any,
        "from_on": _by_a_month,
    }
)


TOLD: Final = Told(cases=FILE, sections=_SECTIONS, special=_SPECIAL, of_law=_of_law)


def check(directory: Path) -> Iterator[PackError]:
    """Move each boundary of the law: where no worked case notices is an error at its line."""
    law = load_terms(directory, _LAW, SCHEMA)
    cases = list(examples(directory))
    found = (*moved_laws(law, _SECTIONS, TOLD.specials(law)), *first_years(law, SCHEMA))
    yield from unproven(
        directory / _LAW, directory / FILE, found, lambda one: _is_noticed(one, cases)
    )
    yield from _last_days(directory / FILE, cases, terms_of(law))


def _is_noticed(moved: Moved, cases: Sequence[Example]) -> bool:
    terms = terms_of(moved.law)
    near = [each for each in cases if moved.counts_for(each.tax_year)]
    return any(_differs(each, terms) for each in near)


def _differs(case: Example, terms: Terms) -> bool:
    try:
        return next(differences(case, terms), None) is not None
    except Refusal:
        return True


def _last_days(file: Path, cases: Sequence[Example], terms: Terms) -> Iterator[PackError]:
    """A bill's own due dates are boundaries, too: of each regime, each class and installment."""
    for (_, group, number), some in _kinds(cases, terms).items():
        for days, said in ((-1, "a day earlier"), (1, "a day later")):
            if not any(_differs(shifted(case, number, days), terms) for case in some):
                of = f" of {group}" if group else ""
                yield PackError(
                    (file, some[0].line),
                    f"installment {number + 1}{of}, tax year {some[0].tax_year}",
                    f"no worked case that comes out otherwise when it is due {said}",
                    "a case on its last day and on the day after", f"add both to {file.name}",
                )  # fmt: skip


def _kinds(
    cases: Sequence[Example], terms: Terms
) -> dict[tuple[tuple[int | None, ...], str, int], list[Example]]:
    """Put cases together that one law holds for: by regime, group and installment."""
    found: dict[tuple[tuple[int | None, ...], str, int], list[Example]] = {}
    for case in cases:
        if case.tax_year is None or "refused" in case.told:
            continue
        bill = case.told["bill"]
        regime = tuple(_start_of(section, case.tax_year) for section in _by_year(terms))
        group = ""
        if terms.payment_terms.keys:
            of = (bill.get("bill_class", ""), bill.get("property_class", ""))
            group = terms.payment_terms.at(case.tax_year).group_of(*of).code
        for number in range(len(bill["installments"])):
            found.setdefault((regime, group, number), []).append(case)
    return found


def _by_year(terms: Terms) -> tuple[Any, ...]:
    return (terms.interest, terms.penalty, terms.interest_basis, terms.payment_terms)


def _start_of(section: Any, tax_year: int) -> int | None:
    return max((key for key in section.keys if key <= tax_year), default=None)
