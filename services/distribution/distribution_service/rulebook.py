"""Reads a jurisdiction's distribution.yaml into the terms shares are made under."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from distribution_service.domain.terms import Terms
from taxkit.dated import Dated, NoTermInForce
from taxkit.errors import Permanent
from taxkit.lawpack import Section, Term, load_terms


class Weights(StrEnum):
    """By what tax is shared: the lines of the bill it pays."""

    BILL_COMPONENTS = "bill_components"


class Residual(StrEnum):
    """Who gets the odd cents."""

    LARGEST_REMAINDER = "largest_remainder"


@dataclass(frozen=True, slots=True)
class TaxLaw:
    weights: Weights
    residual: Residual


@dataclass(frozen=True, slots=True)
class InterestLaw:
    agency_code: str
    agency_name: str


@dataclass(frozen=True, slots=True)
class UnappliedLaw:
    shared: bool

    def __post_init__(self) -> None:
        if self.shared:
            raise ValueError("shared: true, but money not applied to a bill is no agency's yet")


SCHEMA = {
    "tax": Section("tax_year", TaxLaw),
    "interest": Section("tax_year", InterestLaw),
    "unapplied": Section("tax_year", UnappliedLaw),
}


@dataclass(frozen=True, slots=True)
class Rulebook:
    tax: Dated[int, Term[TaxLaw]]
    interest: Dated[int, Term[InterestLaw]]

    def at(self, tax_year: int) -> Terms:
        """Give a tax year's terms; a year the law on file does not know cannot be shared."""
        try:
            tax, interest = self.tax.at(tax_year), self.interest.at(tax_year)
        except NoTermInForce as error:
            raise Permanent("NO_LAW_FOR_TAX_YEAR", str(error)) from error
        return Terms(
            tax_rule_id=tax.rule_id,
            interest_rule_id=interest.rule_id,
            interest_agency=interest.value.agency_code,
            interest_agency_name=interest.value.agency_name,
        )


def load(directory: Path) -> Rulebook:
    """Load one jurisdiction's folder; anything unclear in it stops the start of the service."""
    law = load_terms(directory, "distribution.yaml", SCHEMA)
    return Rulebook(law.by_year("tax", TaxLaw), law.by_year("interest", InterestLaw))
