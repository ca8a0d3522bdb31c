"""Reads a jurisdiction's distribution.yaml into the terms shares are made under."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from distribution_service.domain.terms import ChargeType, SharingRule, Terms
from taxkit.dated import Dated, NoTermInForce
from taxkit.errors import Permanent
from taxkit.lawpack import LawFile, Section, Term, load_terms


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
class OtherLaw:
    """Of a penalty or a fee: by the lines of its bill, or all of it one agency's."""

    weights: Weights | None = None
    agency_code: str | None = None
    agency_name: str | None = None

    def __post_init__(self) -> None:
        one_agency = self.agency_code is not None and self.agency_name is not None
        if one_agency == (self.weights is not None):
            raise ValueError("either weights, or agency_code with agency_name")


@dataclass(frozen=True, slots=True)
class UnappliedLaw:
    shared: bool

    def __post_init__(self) -> None:
        if self.shared:
            raise ValueError("shared: true, but money not applied to a bill is no agency's yet")


SCHEMA = {
    "tax": Section("tax_year", TaxLaw),
    "interest": Section("tax_year", InterestLaw),
    "penalty": Section("tax_year", OtherLaw),
    "fee": Section("tax_year", OtherLaw),
    "unapplied": Section("tax_year", UnappliedLaw),
}


@dataclass(frozen=True, slots=True)
class Rulebook:
    tax: Dated[int, Term[TaxLaw]]
    interest: Dated[int, Term[InterestLaw]]
    penalty: Dated[int, Term[OtherLaw]]
    fee: Dated[int, Term[OtherLaw]]

    def at(self, tax_year: int) -> Terms:
        """Give a tax year's terms; a year the law on file does not know cannot be shared."""
        try:
            tax, interest = self.tax.at(tax_year), self.interest.at(tax_year)
            penalty, fee = self.penalty.at(tax_year), self.fee.at(tax_year)
        except NoTermInForce as error:
            raise Permanent("NO_LAW_FOR_TAX_YEAR", str(error)) from error
        return Terms(
            tax_rule_id=tax.rule_id,
            interest_rule_id=interest.rule_id,
            interest_agency=interest.value.agency_code,
            interest_agency_name=interest.value.agency_name,
            others={ChargeType.PENALTY: _sharing(penalty), ChargeType.FEE: _sharing(fee)},
        )


def load(directory: Path) -> Rulebook:
    """Load one jurisdiction's folder; anything unclear in it stops the start of the service."""
    return rulebook_of(load_terms(directory, "distribution.yaml", SCHEMA))


def rulebook_of(law: LawFile) -> Rulebook:
    """Turn the law as written into the terms shares are made under."""
    return Rulebook(
        law.by_year("tax", TaxLaw),
        law.by_year("interest", InterestLaw),
        law.by_year("penalty", OtherLaw),
        law.by_year("fee", OtherLaw),
    )


def _sharing(term: Term[OtherLaw]) -> SharingRule:
    return SharingRule(term.rule_id, term.value.agency_code, term.value.agency_name or "")
