"""Whether a pack's worked supplements tell every boundary of its supplements.yaml."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from levy_service import rulebook
from levy_service.domain.supplement_refunds import RefundTerms
from levy_service.domain.supplements import KindCaps, SupplementKind, SupplementTerms
from levy_service.rulebook import Rulebook
from levy_service.supplements import worked
from levy_service.supplements.rulebook import FILE, SCHEMA, DueLaw, Supplements
from taxkit.errors import Refusal
from taxkit.lawpack import LawFile, load_terms
from taxkit.packcover import Told
from taxkit.packmoves import Move, Said, Untold, moves
from taxkit.packproof import Moved, moved_laws, unproven
from taxkit.packvalues import PackError


def _caps_of_kinds(law: SupplementTerms, value: tuple[SupplementKind, ...]) -> Said:
    """What becomes of a parcel's caps; the codes and texts are an office's own.

    Of the roll's next version the tests tell it: no case is of a bill that goes on.
    """
    for place, kind in enumerate(value if law.factors else ()):
        for other in KindCaps:
            if other is not kind.caps:
                moved = (*value[:place], replace(kind, caps=other), *value[place + 1 :])
                yield Move(f"[{place}].caps", other.value, moved)


def _of_own_bills(law: SupplementTerms, value: Any) -> Said:
    """Of the roll's next version nothing is prorated, in whichever month its year begins."""
    if law.factors:
        for one in moves(value, {}):
            yield one.said, one.value


TOLD: Final = Told(
    cases=worked.FILE,
    sections=("supplements", "supplement_due", "supplement_refunds"),
    special={
        "kinds": _caps_of_kinds,
        "method": Untold("a bill of its own or the next version: each asks for other terms"),
        "bill_class": Untold("which class of levy.yaml, by its name"),
        "raised_due_days": Untold("the time to pay what rises: the tests of next versions tell it"),
        "year_begins_month": _of_own_bills,
        "rounding": _of_own_bills,
        "years_after": Untold("a day earlier and a day later tell the year, too"),
    },
)


def check(directory: Path) -> Iterator[PackError]:
    """Work the supplements out; once they come out, ask for a case on each side of what moves."""
    wrong = list(worked.check(directory))
    yield from wrong
    if wrong or not (directory / FILE).is_file():
        return
    law, cases = load_terms(directory, FILE, SCHEMA), [one for _, one in worked.cases(directory)]
    billing = rulebook.load(directory) if cases else None
    found = moved_laws(law, TOLD.sections, TOLD.special)
    yield from unproven(
        directory / FILE, directory / worked.FILE, found,
        lambda one: billing is not None and _is_noticed(one, cases, billing),
    )  # fmt: skip


def _is_noticed(moved: Moved, cases: Sequence[Mapping[str, Any]], law: Rulebook) -> bool:
    supplements = _of(moved.law)
    return any(
        _differs(case, law, supplements) for case in cases if moved.counts_for(case["event_on"])
    )


def _of(law: LawFile) -> Supplements:
    due = law.by_date("supplement_due", DueLaw) if "supplement_due" in law.sections else None
    days = law.jurisdiction.business_calendar()
    refunds = None
    if "supplement_refunds" in law.sections:
        refunds = law.by_date("supplement_refunds", RefundTerms)
    return Supplements(law.by_date("supplements", SupplementTerms), due, days, refunds)


def _differs(case: Mapping[str, Any], law: Rulebook, supplements: Supplements) -> bool:
    try:
        owed = worked.refunds(case, law, supplements)
        bills = worked.bills(case, law, supplements)
        return (bills, owed) != (case["bills"], case.get("refunds", []))
    except (Refusal, ValueError, LookupError):
        return True
