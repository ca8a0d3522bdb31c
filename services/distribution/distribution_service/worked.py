"""The worked cases of a pack's distribution.yaml: who gets what of a payment."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from distribution_service.domain.sharing import Posting, Row, in_order, share, unpaid
from distribution_service.domain.terms import ChargeType
from distribution_service.rulebook import SCHEMA, rulebook_of
from taxkit.lawpack import LawFile
from taxkit.packcases import Asked, CaseBook
from taxkit.packcover import Told
from taxkit.packmoves import Untold, named

_NOBODY: Final = UUID(int=0)
TOLD: Final = Told(
    cases="examples_distribution.yaml",
    sections=("tax", "interest", "penalty", "fee"),
    untold={
        "unapplied": "the file may only say that it is not shared: another word is refused",
    },
    special={
        "agency_code": named,
        "agency_name": Untold("what the agency is called in reports: its code decides"),
    },
)


def _shares(law: LawFile, tax_year: int, given: Mapping[str, Any]) -> Mapping[str, object]:
    """What each agency gets of a payment on a bill of these lines, by kind of charge."""
    paid = [Row(_NOBODY, ChargeType(name), cents) for name, cents in given["paid"].items()]
    ids, day = (_NOBODY, _NOBODY, _NOBODY), date.min
    posting = Posting(*ids, 1, "payment", day, tax_year, in_order(paid))
    _, shares = share(unpaid(given["lines"]), posting, {}, rulebook_of(law).at(tax_year))
    found: Counter[str] = Counter()
    for each in shares:
        found.update(dict(zip(each.agencies, each.cents, strict=True)))
    return {"agencies": {code: cents for code, cents in found.items() if cents}}


_SHARES: Final = Asked(
    {"lines": {"*": int}, "paid": {"tax?": int, "interest?": int, "penalty?": int, "fee?": int}},
    {"agencies": {"*": int}},
    _shares,
)

BOOK: Final = CaseBook("distribution.yaml", SCHEMA, dict.fromkeys(TOLD.sections, _SHARES), TOLD)
