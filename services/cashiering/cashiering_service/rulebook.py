"""Reads cashiering's part of the jurisdiction's law."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path

from cashiering_service.domain import counter_settings
from cashiering_service.domain.allotment import AllocationRule
from cashiering_service.domain.counter_settings import SettingSet
from cashiering_service.domain.custom_receipts import CustomReceipt
from cashiering_service.domain.intake import AT_COUNTER, Intake, Timeliness, counts_on
from cashiering_service.domain.limits import Limits
from cashiering_service.domain.payment_source import PaymentSource
from cashiering_service.domain.remittance import ReferenceFormat
from cashiering_service.domain.remittance.reference import YEAR_DIGITS
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

    def __post_init__(self) -> None:
        if min(self.short_cents, self.over_cents) < 0:
            raise ValueError(f"{self.short_cents} short, {self.over_cents} over")


@dataclass(frozen=True, slots=True)
class AllocationRules:
    """The rules a counter may choose from; the first is the law's own."""

    rules: tuple[AllocationRule, ...]

    def __post_init__(self) -> None:
        codes = [rule.code for rule in self.rules]
        if not codes or len(set(codes)) < len(codes):
            raise ValueError(f"rules {', '.join(codes) or 'none'}: each once, one at least")
        services = [service for rule in self.rules for service in rule.services]
        if len(set(services)) < len(services):
            raise ValueError(f"services {', '.join(services)}: each starts from one rule")


@dataclass(frozen=True, slots=True)
class PaymentSources:
    sources: tuple[PaymentSource, ...]


@dataclass(frozen=True, slots=True)
class CouponField:
    name: str
    start: int
    length: int


class CheckDigit(StrEnum):
    LUHN = "luhn"


@dataclass(frozen=True, slots=True)
class Coupon:
    """How a coupon's number is made up: parcel number, tax year, check digit over both."""

    digits: int
    check: CheckDigit
    fields: tuple[CouponField, ...]

    def __post_init__(self) -> None:
        names = [field.name for field in self.fields]
        if names != ["parcel_number", "tax_year", "check_digit"]:
            raise ValueError(f"fields {names}: parcel_number, tax_year, check_digit in this order")
        end = 0
        for field in self.fields:
            if field.start != end or field.length < 1:
                raise ValueError(f"field {field.name} has to start at {end}, where the last ended")
            end += field.length
        if (self.fields[1].length, self.fields[2].length, end) != (YEAR_DIGITS, 1, self.digits):
            raise ValueError(
                f"{YEAR_DIGITS} digits of tax year, one of check, {self.digits} in all"
            )

    @property
    def reference_format(self) -> ReferenceFormat:
        return ReferenceFormat(parcel_digits=self.fields[0].length)


@dataclass(frozen=True, slots=True)
class SourceRules:
    """What may be made up while money waits."""

    create_at_capture: bool
    free_form_funds: bool


@dataclass(frozen=True, slots=True)
class Specials:
    """Which agencies' lines on a bill are special assessments; a form nothing fits: none."""

    agency_code: str

    def __post_init__(self) -> None:
        try:
            re.compile(self.agency_code)
        except re.error as error:
            raise ValueError(f"agency_code {self.agency_code!r}: {error}") from error


@dataclass(frozen=True, slots=True)
class HeldTenders:
    """Which sorts of surplus may be tendered."""

    surplus_categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReceiptMessage:
    """What a receipt says while back taxes remain unpaid, if anything."""

    is_shown: bool
    # {parcels} stands for the parcels that are late.
    text: str

    def __post_init__(self) -> None:
        if "{parcels}" not in self.text:
            raise ValueError("the text names the parcels: {parcels}")


@dataclass(frozen=True, slots=True)
class CustomReceipts:
    """Papers of the county's own words."""

    types: tuple[CustomReceipt, ...] = ()


SCHEMA = {
    "custom_receipts": Section("business_date", CustomReceipts),
    "tenders": Section("business_date", TenderTypes),
    "tolerance": Section("business_date", Tolerance),
    "allocation_rules": Section("business_date", AllocationRules),
    "held_tenders": Section("business_date", HeldTenders),
    "receipt_message": Section("business_date", ReceiptMessage),
    "timeliness": Section("received_on", Timeliness),
    "coupon": Section("tax_year", Coupon),
    "payment_sources": Section("business_date", PaymentSources),
    "misc_sources": Section("business_date", SourceRules),
    "specials": Section("tax_year", Specials),
}


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The counter's rules in force by date."""

    tenders: Dated[date, Term[TenderTypes]]
    coupons: Dated[int, Term[Coupon]]
    sources: Dated[date, Term[PaymentSources]]
    pack_version: str
    tolerances: Dated[date, Term[Tolerance]]
    rules: Dated[date, Term[AllocationRules]]
    held: Dated[date, Term[HeldTenders]]
    messages: Dated[date, Term[ReceiptMessage]]
    misc_sources: Dated[date, Term[SourceRules]]
    specials: Dated[int, Term[Specials]]
    timeliness: Dated[date, Term[Timeliness]]
    papers: Dated[date, Term[CustomReceipts]]
    # What the office has set for its counters, over what follows.
    set_here: Callable[[], Sequence[SettingSet]] = tuple

    @property
    def as_written(self) -> "Rulebook":
        """The law without what is set."""
        return replace(self, set_here=tuple)

    def custom_receipts_on(self, business_date: date) -> bool:
        """Whether receipts of other forms may be chosen: where the law has any, unless set off."""
        by_law = bool(self.papers.at(business_date).value.types)
        return self._is_on(counter_settings.CUSTOM_RECEIPTS, business_date, by_law=by_law)

    def _is_on(self, name: str, on: date, *, by_law: bool) -> bool:
        return counter_settings.is_on(name, on, self.set_here(), by_law=by_law)

    def limits(self, business_date: date) -> Limits:
        """What a cashier may do of whom nothing was set."""
        given = self.tolerances.at(business_date).value
        return Limits(
            tolerance_short_cents=given.short_cents, tolerance_over_cents=given.over_cents
        )

    def allocation_rules(self, business_date: date) -> tuple[AllocationRule, ...]:
        return self.rules.at(business_date).value.rules

    def receipt_message(self, business_date: date) -> ReceiptMessage:
        law = self.messages.at(business_date).value
        name = counter_settings.DELINQUENCY_MESSAGE
        return replace(law, is_shown=self._is_on(name, business_date, by_law=law.is_shown))

    def tenderable(self, business_date: date) -> tuple[str, ...]:
        """The sorts of surplus that may pay bills."""
        return self.held.at(business_date).value.surplus_categories

    def tender_kinds(self, business_date: date) -> Mapping[str, TenderKind]:
        return {kind.code: kind for kind in self.tenders.at(business_date).value.types}

    def payment_sources(self, business_date: date) -> Mapping[str, PaymentSource]:
        return {one.code: one for one in self.sources.at(business_date).value.sources}

    def custom_receipts(self, business_date: date) -> tuple[CustomReceipt, ...]:
        """The papers that may be chosen on a day (CASH-058)."""
        law = self.papers.at(business_date).value.types
        return law if self.custom_receipts_on(business_date) else ()

    def counts_on(self, intake: Intake, business_date: date) -> date | None:
        """The law's date of payment for the way money came; None is the session's."""
        if intake == AT_COUNTER:
            return None
        timely = self.timeliness.at(intake.received_on or business_date).value
        return counts_on(intake, self.payment_sources(business_date), timely, business_date)

    def source_rules(self, business_date: date) -> SourceRules:
        law = self.misc_sources.at(business_date).value
        create, funds = counter_settings.CREATE_SOURCE, counter_settings.FREE_FORM_FUNDS
        return SourceRules(
            self._is_on(create, business_date, by_law=law.create_at_capture),
            self._is_on(funds, business_date, by_law=law.free_form_funds),
        )

    def special_agency(self, tax_year: int) -> Callable[[str], object]:
        """Tell the codes of agencies whose lines are specials: None for any other."""
        return re.compile(self.specials.at(tax_year).value.agency_code).fullmatch

    def reference_format(self, business_date: date) -> ReferenceFormat:
        """How the bill references of a day's files are read: as coupons of its year are printed."""
        return self.coupons.at(business_date.year).value.reference_format


def load(jurisdictions_dir: str, jurisdiction: str) -> Rulebook:
    directory = Path(jurisdictions_dir) / jurisdiction
    law = load_terms(directory, "cashiering.yaml", SCHEMA)
    return Rulebook(
        law.by_date("tenders", TenderTypes),
        law.by_year("coupon", Coupon),
        law.by_date("payment_sources", PaymentSources),
        law.pack_version,
        law.by_date("tolerance", Tolerance),
        law.by_date("allocation_rules", AllocationRules),
        law.by_date("held_tenders", HeldTenders),
        law.by_date("receipt_message", ReceiptMessage),
        law.by_date("misc_sources", SourceRules),
        law.by_year("specials", Specials),
        law.by_date("timeliness", Timeliness),
        law.by_date("custom_receipts", CustomReceipts),
    )
