"""The worked cases of a pack's letters: which goes out on a day, and how long its reader has."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from collections_service.domain.stages import Debt, Fate, judged
from collections_service.notices.rulebook import FILE, SCHEMA, terms_of
from taxkit.lawpack import LawFile
from taxkit.packcases import Asked, CaseBook
from taxkit.packcover import Told

TOLD: Final = Told(cases="examples_delinquent_notices.yaml", sections=("delinquent_notices",))


def _letter(law: LawFile, today: date, given: Mapping[str, Any]) -> Mapping[str, object]:
    """Whether the letter of a stage goes out today about a debt that is late since a day."""
    terms = terms_of(law).at(today)
    stage = terms.stage(given["stage"])
    if stage is None:
        raise ValueError(f"no stage {given['stage']}")
    if terms.stays(given.get("said", ())) is not None:
        return {"goes_out": False}
    sent = {stage.after: given["before_on"]} if stage.after and "before_on" in given else {}
    exemptions = [given["exemption"]] if "exemption" in given else []
    exempt = terms.exempts(given.get("property_type", ""), exemptions)
    days = (today - given["unpaid_since"]).days
    debt = Debt(given["overdue_cents"], days, exempt=exempt, sent=sent)
    verdict = judged(debt, stage, stage.least_cents, today)
    if verdict is None or verdict.fate is not Fate.SELECTED:
        return {"goes_out": False}
    return {
        "goes_out": True,
        "answer_by": today + timedelta(days=stage.answer_days),
        "looked_at_on": today + timedelta(days=terms.stalled_days),
    }


BOOK: Final = CaseBook(
    FILE,
    SCHEMA,
    {
        "delinquent_notices": Asked(
            {
                "stage": str,
                "unpaid_since": date,
                "overdue_cents": int,
                "before_on?": date,
                "property_type?": str,
                "exemption?": str,
                # Of the bill: plans, and flags that are set.
                "said?": [str],
            },
            {"goes_out": bool, "answer_by?": date, "looked_at_on?": date},
            _letter,
        )
    },
    TOLD,
)
