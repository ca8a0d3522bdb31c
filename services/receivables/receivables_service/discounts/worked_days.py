"""The worked days of a pack's discounts: which rate is to be had when, worked out by hand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Final

from receivables_service.discounts.rulebook import FILE, SCHEMA, DiscountLaw
from receivables_service.domain.discount_terms import Program, Timing, rate_on
from taxkit.calendar import BusinessCalendar, Roll
from taxkit.lawpack import LawFile, load_terms
from taxkit.packcover import Told
from taxkit.packmoves import Special, Untold
from taxkit.packproof import NO_CASE, first_years, moved_laws, unproven
from taxkit.packvalues import NodeReader, PackError, compose, line_of

EXAMPLES: Final = "examples_discounts.yaml"
_SECTION: Final = "discounts"
_NAME: Final = Untold("a name, by which nothing is counted")
_WHO: Final = Untold("who may have it, not when or how much: the tests of discounts tell it")
_OF_WHAT: Final = Untold("of which charges it is taken: the tests of discounts tell it to the cent")
_AFTERWARDS: Final = Untold("what becomes of one granted already: the tests of discounts tell it")
_SPECIAL: Final[Mapping[str, Special]] = MappingProxyType(
    {
        **dict.fromkeys(("code", "name", "discount_type", "gl_account"), _NAME),
        **dict.fromkeys(
            (
                "classes", "approval", "approval_above_cents", "late_exceptions", "stacks_with",
                "good_standing", "excluded_flags", "excluded_holds", "proofs", "automatic",
            ),
            _WHO,
        ),
        **dict.fromkeys(
            ("partial", "rounding", "fee_codes", "specials", "special_agencies"), _OF_WHAT
        ),
        "on_correction": _AFTERWARDS,
        "remind_days": Untold("when owners are reminded: the tests of reminders tell it"),
        "years_after": Untold("a day earlier and a day later tell the year, too"),
    }
)  # fmt: skip
TOLD: Final = Told(cases=EXAMPLES, sections=(_SECTION,), special=_SPECIAL)


@dataclass(frozen=True, slots=True)
class WorkedDay:
    """What is to be had on a day; without a rate nothing is."""

    paid_on: date
    working: str
    rate: Decimal | None = None
    mailed: bool = False


@dataclass(frozen=True, slots=True)
class WorkedDiscount:
    """A bill's notice, and the days its money may come."""

    name: str
    citation: str
    program: str
    tax_year: int
    issued_on: date
    days: tuple[WorkedDay, ...]
    corrected_on: tuple[date, ...] = ()


def check(directory: Path) -> Iterator[PackError]:
    """Run the worked days; then move each boundary of the law, which one of them has to notice."""
    law = load_terms(directory, FILE, SCHEMA)
    file = directory / EXAMPLES
    offers_any = any(term.value.programs for _, term in law.by_year(_SECTION, DiscountLaw))
    if not offers_any and not file.exists():
        return
    cases = list(_read(file))
    wrong = False
    for line, case in cases:
        for difference in _differences(case, law):
            wrong = True
            yield PackError((file, line), case.name, difference, "what was worked out by hand")
    if wrong:
        return
    worked = [case for _, case in cases]
    found = (*moved_laws(law, [_SECTION], _SPECIAL), *first_years(law, SCHEMA))
    yield from unproven(
        directory / FILE,
        file,
        found,
        lambda one: any(
            next(_differences(case, one.law), None) is not None
            for case in worked
            if one.counts_for(case.tax_year)
        ),
    )


def _read(file: Path) -> Iterator[tuple[int, WorkedDiscount]]:
    reader = NodeReader(file)
    root = compose(file)
    entries = reader.entries(root, EXAMPLES)
    if _SECTION not in entries or entries.keys() - {_SECTION, NO_CASE}:
        raise reader.error(root, _SECTION, ", ".join(entries), f"{_SECTION}, a list of cases")
    for at, node in reader.items(entries[_SECTION], _SECTION):
        yield line_of(node), reader.record(node, WorkedDiscount, at)


def _differences(case: WorkedDiscount, law: LawFile) -> Iterator[str]:
    calendar = law.jurisdiction.business_calendar()
    terms = law.by_year(_SECTION, DiscountLaw)
    known = case.tax_year >= terms.keys[0]
    programs: Sequence[Program] = terms.at(case.tax_year).value.programs if known else ()
    program = next((each for each in programs if each.code == case.program), None)
    for day in case.days:
        found = None if program is None else _rate(case, day, program, calendar)
        if found != day.rate:
            seen, wanted = found or "none", day.rate or "none"
            yield f"paid on {day.paid_on}: {seen}, worked out by hand {wanted}"


def _rate(
    case: WorkedDiscount, day: WorkedDay, program: Program, calendar: BusinessCalendar
) -> Decimal | None:
    timing = Timing(case.tax_year, case.issued_on, case.corrected_on, day.paid_on, day.mailed)
    found = rate_on(program, timing, lambda each: calendar.roll(each, Roll.FOLLOWING))
    return found.rate if found else None
