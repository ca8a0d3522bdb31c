"""Levy's law in one jurisdiction, by tax year."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Final

from levy_service.domain.billing import BillingTerms
from levy_service.domain.correction import CorrectionTerms, Spread
from levy_service.domain.increment import IncrementTerms
from taxkit.dated import Dated
from taxkit.lawpack import Section, Term, load_terms
from taxkit.money import Rounding

LAW_FILE: Final = "levy.yaml"


class BillMethod(StrEnum):
    """Which figure is computed first and binds the others."""

    TOTAL_FIRST = "total_first"


class ShareOf(StrEnum):
    """What the first installment is a share of."""

    PRIOR_YEAR_TOTAL = "prior_year_total"


@dataclass(frozen=True, slots=True)
class DueDates:
    first_due_on: date
    second_due_on: date

    def __post_init__(self) -> None:
        if self.second_due_on <= self.first_due_on:
            raise ValueError(f"second due {self.second_due_on}, first due {self.first_due_on}")


@dataclass(frozen=True, slots=True)
class BillLaw:
    method: BillMethod
    total_rounding: Rounding
    line_rounding: Rounding
    residual_agency_code: str


@dataclass(frozen=True, slots=True)
class InstallmentLaw:
    first_share: Decimal
    first_share_of: ShareOf
    rounding: Rounding
    first_capped_at_bill: bool

    def __post_init__(self) -> None:
        if not 0 <= self.first_share <= 1:
            raise ValueError(f"first_share {self.first_share} is not from 0 to 1")
        if not self.first_capped_at_bill:
            raise ValueError("an estimate above the bill would make the second one negative")


@dataclass(frozen=True, slots=True)
class CorrectionLaw:
    spread: Spread


@dataclass(frozen=True, slots=True)
class ParcelNumberForm:
    pattern: str

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"pattern {self.pattern!r}: {error}") from error


SCHEMA: Final = MappingProxyType(
    {
        "due_dates": Section("tax_year", DueDates, exact=True),
        "bill": Section("tax_year", BillLaw),
        "installments": Section("tax_year", InstallmentLaw),
        "corrections": Section("tax_year", CorrectionLaw),
        "parcel_number": Section("tax_year", ParcelNumberForm),
        "increment": Section("tax_year", IncrementTerms),
    }
)


@dataclass(frozen=True, slots=True)
class YearLaw:
    """What a roll of one tax year is judged and billed by."""

    billing: BillingTerms
    parcel_number: re.Pattern[str]
    increment: IncrementTerms


@dataclass(frozen=True, slots=True)
class Rulebook:
    jurisdiction_id: str
    pack_version: str
    due_dates: Dated[int, Term[DueDates]]
    bill: Dated[int, Term[BillLaw]]
    installments: Dated[int, Term[InstallmentLaw]]
    corrections: Dated[int, Term[CorrectionLaw]]
    parcel_number: Dated[int, Term[ParcelNumberForm]]
    increment: Dated[int, Term[IncrementTerms]]

    def year(self, tax_year: int) -> YearLaw:
        """Gather all of a year's law; a year the law on file does not know is refused."""
        form = self.parcel_number.at(tax_year).value
        increment = self.increment.at(tax_year).value
        return YearLaw(self.terms(tax_year), re.compile(form.pattern), increment)

    def terms(self, tax_year: int) -> BillingTerms:
        """Gather what a year's bills need; a year the law on file does not know is refused."""
        dates = self.due_dates.at(tax_year)
        bill = self.bill.at(tax_year)
        parts = self.installments.at(tax_year)
        return BillingTerms(
            total_rounding=bill.value.total_rounding,
            line_rounding=bill.value.line_rounding,
            residual_agency_code=bill.value.residual_agency_code,
            first_share=parts.value.first_share,
            first_share_rounding=parts.value.rounding,
            due_on=(dates.value.first_due_on, dates.value.second_due_on),
            rule_ids=(bill.rule_id, parts.rule_id, dates.rule_id),
        )

    def correction(self, tax_year: int) -> CorrectionTerms:
        """Gather what a correction of a year's bills needs."""
        spread = self.corrections.at(tax_year)
        rule_ids = (self.bill.at(tax_year).rule_id, spread.rule_id)
        return CorrectionTerms(self.terms(tax_year), spread.value.spread, rule_ids)


def load(directory: Path) -> Rulebook:
    """Read levy's file of a jurisdiction's folder; PackError names file, line and field."""
    law = load_terms(directory, LAW_FILE, SCHEMA)
    return Rulebook(
        jurisdiction_id=law.jurisdiction.jurisdiction_id,
        pack_version=law.pack_version,
        due_dates=law.by_year("due_dates", DueDates),
        bill=law.by_year("bill", BillLaw),
        installments=law.by_year("installments", InstallmentLaw),
        corrections=law.by_year("corrections", CorrectionLaw),
        parcel_number=law.by_year("parcel_number", ParcelNumberForm),
        increment=law.by_year("increment", IncrementTerms),
    )
