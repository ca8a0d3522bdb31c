"""The worked cases of a pack's trust_taxes.yaml: when a period's tax is due, and whose it is."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from levy_service.trust_taxes.rulebook import FILE, SCHEMA, TrustTaxes, TrustTaxesLaw
from taxkit.lawpack import LawFile
from taxkit.packcases import Asked, CaseBook
from taxkit.packcover import Told
from taxkit.packmoves import Untold, named

TOLD: Final = Told(
    cases="examples_trust_taxes.yaml",
    sections=("trust_taxes",),
    special={
        "code": Untold("a name, by which nothing is counted"),
        "agency_code": named,
        "agency_name": Untold("what the agency is called: its code decides"),
    },
)


def _due(law: LawFile, tax_year: int, given: Mapping[str, Any]) -> Mapping[str, object]:
    """The last day of a period's tax, and what is said of it besides."""
    terms = law.by_year("trust_taxes", TrustTaxesLaw)
    days = law.jurisdiction.business_calendar()
    one, _ = TrustTaxes(terms, days, law.pack_version).find(given["code"], tax_year)
    return {
        "due_on": one.due_on(tax_year, given["period"], days),
        "agency_code": one.agency_code,
        "recaps_the_year": one.last_period_recap and given["period"] == one.periods,
    }


BOOK: Final = CaseBook(
    FILE,
    SCHEMA,
    {
        "trust_taxes": Asked(
            {"code": str, "period": int},
            {"due_on?": date, "agency_code?": str, "recaps_the_year?": bool},
            _due,
        )
    },
    TOLD,
)
