"""Reads cashiering's part of the jurisdiction's law."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cashiering_service.domain.tender import TenderKind
from taxkit.dated import Dated
from taxkit.lawpack import Section, Term, load_terms


@dataclass(frozen=True, slots=True)
class TenderTypes:
    types: tuple[TenderKind, ...]


@dataclass(frozen=True, slots=True)
class Tolerance:
    short_cents: int
    over_cents: int


@dataclass(frozen=True, slots=True)
class Timeliness:
    mail: str
    counter: str


@dataclass(frozen=True, slots=True)
class ParcelNumberForm:
    pattern: str
    printed_groups: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BillNumberForm:
    pattern: str


@dataclass(frozen=True, slots=True)
class CouponField:
    name: str
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Coupon:
    digits: int
    check: str
    fields: tuple[CouponField, ...]


_SCHEMA = {
    "tenders": Section("business_date", TenderTypes),
    "tolerance": Section("business_date", Tolerance),
    "timeliness": Section("received_on", Timeliness),
    "parcel_number": Section("tax_year", ParcelNumberForm),
    "bill_number": Section("tax_year", BillNumberForm),
    "coupon": Section("tax_year", Coupon),
}


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The counter's rules in force by date."""

    tenders: Dated[date, Term[TenderTypes]]
    pack_version: str

    def tender_kinds(self, business_date: date) -> Mapping[str, TenderKind]:
        return {kind.code: kind for kind in self.tenders.at(business_date).value.types}


def load(jurisdictions_dir: str, jurisdiction: str) -> Rulebook:
    law = load_terms(Path(jurisdictions_dir) / jurisdiction, "cashiering.yaml", _SCHEMA)
    return Rulebook(law.by_date("tenders", TenderTypes), law.pack_version)
