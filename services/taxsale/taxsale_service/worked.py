"""The worked cases of a pack's taxsale.yaml: from which day a bill is late, and may be sold."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from taxkit.lawpack import LawFile
from taxkit.packcases import Asked, CaseBook
from taxkit.packcover import Told
from taxsale_service.domain.holds import Hold, Source
from taxsale_service.domain.specials import Special, block_of
from taxsale_service.domain.standing import Installment, debt_of, standing_of
from taxsale_service.rulebook import SCHEMA, rulebook_of

TOLD: Final = Told(
    cases="examples_taxsale.yaml",
    sections=("delinquency", "sale_eligibility", "annual_sale", "special_payoffs", "sale_holds"),
)


def _standing(law: LawFile, tax_year: int, given: Mapping[str, Any]) -> Mapping[str, object]:
    """How a bill of a tax year stands on a day, by what is open of each installment."""
    debt = debt_of(Installment(due_on, cents) for due_on, cents in given["installments"])
    found = standing_of(debt, rulebook_of(law).at(tax_year), given["as_of"])
    return {"standing": found.standing.value}


def _payoff(law: LawFile, tax_year: int, given: Mapping[str, Any]) -> Mapping[str, object]:
    """Whether a buyer waits for an assessment of which so much is left."""
    terms = rulebook_of(law).payoffs(tax_year)
    block = block_of(Special("active", given["left_cents"]), (), terms)
    return {"waits": block is not None}


def _held(law: LawFile, tax_year: int, given: Mapping[str, Any]) -> Mapping[str, object]:
    """Whether what is on a bill, in a word of the form source/kind, keeps it from a sale."""
    source, _, kind = given["by"].partition("/")
    hold = Hold(Source(source), kind, "", "", None, None, "")
    return {"is_kept": rulebook_of(law).holds(tax_year).counts(hold)}


_STANDING: Final = Asked(
    {"installments": [(date, int)], "as_of": date}, {"standing": str}, _standing
)

BOOK: Final = CaseBook(
    "taxsale.yaml",
    SCHEMA,
    {
        "delinquency": _STANDING,
        "sale_eligibility": _STANDING,
        "annual_sale": _STANDING,
        "special_payoffs": Asked({"left_cents": int}, {"waits": bool}, _payoff),
        "sale_holds": Asked({"by": str}, {"is_kept": bool}, _held),
    },
    TOLD,
)
