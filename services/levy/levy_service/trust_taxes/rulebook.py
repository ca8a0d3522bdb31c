"""The trust taxes of a jurisdiction: their periods, who gets them, when they are due."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from taxkit.calendar import BusinessCalendar, Roll
from taxkit.dated import Dated
from taxkit.errors import not_found
from taxkit.lawpack import Section, Term, load_jurisdiction, load_terms

FILE: Final = "trust_taxes.yaml"


@dataclass(frozen=True, slots=True)
class TrustTaxType:
    """A tax that a business collects for the county; due at the end of a month after its period."""

    code: str
    name: str
    periods: int
    agency_code: str
    agency_name: str
    due_months_after: int = 1
    # The last period's return says the whole year's tax.
    last_period_recap: bool = False

    def __post_init__(self) -> None:
        if self.periods not in (1, 2, 3, 4, 6, 12):
            raise ValueError(f"{self.code}: {self.periods} periods do not divide a year's months")
        if not 0 <= self.due_months_after <= 12:
            raise ValueError(f"{self.code}: due_months_after {self.due_months_after}")

    def due_on(self, tax_year: int, period: int, days: BusinessCalendar) -> date:
        """Find a period's last day without penalty: the end of a month, off weekends."""
        month = period * (12 // self.periods) + self.due_months_after
        year, month = tax_year + (month - 1) // 12, (month - 1) % 12 + 1
        return days.roll(date(year, month, calendar.monthrange(year, month)[1]), Roll.FOLLOWING)


@dataclass(frozen=True, slots=True)
class TrustTaxesLaw:
    types: tuple[TrustTaxType, ...]

    def __post_init__(self) -> None:
        codes = [each.code for each in self.types]
        if len(set(codes)) < len(codes):
            raise ValueError(f"the types {', '.join(codes)}, one of them twice")


SCHEMA: Final[Mapping[str, Section]] = {"trust_taxes": Section("tax_year", TrustTaxesLaw)}


@dataclass(frozen=True, slots=True)
class TrustTaxes:
    """A pack's trust taxes by tax year; a pack without the file has none."""

    terms: Dated[int, Term[TrustTaxesLaw]]
    days: BusinessCalendar
    pack_version: str

    def find(self, code: str, tax_year: int) -> tuple[TrustTaxType, str]:
        """Give a type and the rule it stands in; Refusal where the law has no such tax."""
        if self.terms.keys:
            term = self.terms.at(tax_year)
            for each in term.value.types:
                if each.code == code:
                    return each, term.rule_id
        raise not_found("TRUST_TAX_TYPE_UNKNOWN", f"the law of {tax_year} has no trust tax {code}")


def load(directory: Path) -> TrustTaxes:
    """Load a jurisdiction's file, which may be missing."""
    jurisdiction = load_jurisdiction(directory)
    days = jurisdiction.business_calendar()
    if not (directory / FILE).is_file():
        return TrustTaxes(Dated(f"{directory.name}/trust_taxes", (), ()), days, "")
    law = load_terms(directory, FILE, SCHEMA)
    return TrustTaxes(law.by_year("trust_taxes", TrustTaxesLaw), days, law.pack_version)
