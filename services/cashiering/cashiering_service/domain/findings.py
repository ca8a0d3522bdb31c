"""What stands in the way of paying a basket, or has to be said first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from cashiering_service.domain import coded, on_hold, part_findings, retired
from cashiering_service.domain.basket import Basket, Line
from cashiering_service.domain.basket_terms import BasketTerms, FlagRule, FlagTerms, TaxType
from cashiering_service.domain.bill_face import UNKNOWN, Face
from cashiering_service.domain.finding import Finding, Severity
from cashiering_service.domain.limits import MayTake
from cashiering_service.domain.part_payments import ANY_PART, PartPayments
from cashiering_service.domain.parties import Parties
from cashiering_service.domain.paying import Charge
from taxkit.money import format_cents

DEFAULTED = "DS"
PENDING = "pending"
ACTIVE = "active"
DECAL = "decal_number"
DEFAULTED_SET_INCOMPLETE = "DEFAULTED_SET_INCOMPLETE"
RELATED_TAX_DELINQUENT = "RELATED_TAX_DELINQUENT"


@dataclass(frozen=True, slots=True)
class BillKnown:
    """A bill as the read copies have it."""

    bill_id: UUID
    bill_number: str
    parcel_number: str
    tax_year: int
    owner_name: str
    open_cents: int
    charges: tuple[Charge, ...]
    tax_type: TaxType | None = None
    plan_number: str = ""
    plan_status: str = ""
    tax_code: str = ""
    property_class: str = ""
    # Dates of payments made here: those that stand, and all of them.
    last_paid_on: date | None = None
    last_touched_on: date | None = None
    bill_version: int = 1
    face: Face = UNKNOWN
    codes: tuple[coded.CodeKnown, ...] = ()
    # What is in its parcel's place today, of one that was retired.
    successor_number: str = ""
    # Collections' holds on its parcel, on the day at the counter.
    holds: tuple[on_hold.HoldKnown, ...] = ()

    @property
    def defaulted(self) -> bool:
        """Whether it is to be redeemed, whole and with the others; a running plan says when."""
        in_plan = self.plan_status == ACTIVE
        return not in_plan and any(one.collection_type == DEFAULTED for one in self.charges)

    @property
    def secured(self) -> bool:
        return not self.charges or any(one.collection_type != "U" for one in self.charges)

    @property
    def subjects(self) -> frozenset[tuple[str, str]]:
        """What a flag may be set on that concerns the bill: (kind, subject) (CASH-023)."""
        plan = [("plan", self.plan_number)] if self.plan_number else []
        return frozenset(
            [
                ("parcel", self.parcel_number),
                ("bill", str(self.bill_id)),
                ("bill", self.bill_number),
                ("party", self.owner_name),
                *plan,
            ]
        )

    def overdue_cents(self, on: date) -> int:
        return sum(one.open_cents for one in self.charges if one.due_on < on)


@dataclass(frozen=True, slots=True)
class Book:
    """All that is known of the parcels in a basket, and the flags set on them (kind, subject)."""

    bills: Mapping[UUID, BillKnown]
    flags: Mapping[str, frozenset[tuple[str, str]]]
    # By parcel, where levy's register told of them.
    parties: Mapping[str, Parties] = field(default_factory=dict)

    def of_parcel(self, parcel_number: str) -> list[BillKnown]:
        found = [one for one in self.bills.values() if one.parcel_number == parcel_number]
        return sorted(found, key=lambda one: (one.tax_year, one.bill_number))


def findings(
    basket: Basket, book: Book, terms: BasketTerms, parts: PartPayments = ANY_PART
) -> tuple[Finding, ...]:
    """Everything to be said of a basket: first what refuses, then the rest, in the lines' order."""
    found: dict[Finding, None] = {}
    for line in basket.lines:
        bill = book.bills.get(line.subject.bill_id) if line.subject.bill_id else None
        if bill is not None:
            found.update(dict.fromkeys(_of_bill(line, bill, basket, book, terms)))
            found.update(dict.fromkeys(part_findings.of_part(line, bill, parts)))
    ranks = list(Severity)
    return tuple(sorted(found, key=lambda one: -ranks.index(one.severity)))


def _of_bill(
    line: Line, bill: BillKnown, basket: Basket, book: Book, terms: BasketTerms
) -> Iterator[Finding]:
    yield from of_account(bill, book, terms)
    if line.by_bill_number:
        yield from _other_years(bill, basket, book)
    if bill.defaulted and terms.defaulted_together:
        yield from _set_of_defaulted(bill, basket, book)
    if bill.defaulted and terms.defaulted_in_full:
        yield from _in_full(line, bill)
    yield from _related(bill, basket, book, terms)
    yield from _back_dated(line, bill)
    if bill.tax_type is not None and bill.tax_type.needs_decal:
        yield _decal(line, bill)
    if bill.open_cents == 0 and line.paying_cents:
        yield Finding(
            "BILL_PAID_MEANWHILE",
            Severity.WARN,
            f"bill {bill.bill_number} owes nothing any more: what is paid becomes surplus",
            bill.parcel_number,
            bill.bill_number,
        )


def of_account(bill: BillKnown, book: Book, terms: BasketTerms) -> Iterator[Finding]:
    """What plan, flags, codes and holds of a bill say, whoever pays what (CASH-023, 024, 073)."""
    yield from coded.alerts(bill)
    yield from retired.told(bill)
    yield from on_hold.told(bill)
    if bill.plan_status == PENDING:
        yield Finding(
            "PLAN_PENDING",
            Severity.REFUSE,
            f"bill {bill.bill_number} is in the pending plan {bill.plan_number}:"
            " activate or void the plan first",
            bill.parcel_number,
            bill.bill_number,
        )
    for flag in terms.flags:
        if book.flags.get(flag.flag, frozenset()) & bill.subjects:
            yield _of_flag(flag, bill)


def _of_flag(flag: FlagTerms, bill: BillKnown) -> Finding:
    holds = bill.plan_number or not flag.with_plan_only
    severity = _SEVERITIES[flag.rule] if holds else Severity.SHOW
    said = {
        Severity.REFUSE: "no payment is taken",
        Severity.CONFIRM: flag.action,
    }.get(severity, "")
    about = f"bill {bill.bill_number} is flagged {flag.name}"
    return Finding(
        f"FLAG_{flag.flag.upper()}",
        severity,
        f"{about}: {said}" if said else about,
        bill.parcel_number,
        bill.bill_number,
    )


_SEVERITIES = {
    FlagRule.SHOW: Severity.SHOW,
    FlagRule.WARN: Severity.WARN,
    FlagRule.ACTION: Severity.CONFIRM,
    FlagRule.REFUSE: Severity.REFUSE,
}


def _other_years(bill: BillKnown, basket: Basket, book: Book) -> Iterator[Finding]:
    """A payer who names one bill may not know of others (CASH-018)."""
    others = [one for one in book.of_parcel(bill.parcel_number) if one.open_cents > 0]
    left = [one for one in others if one.bill_id not in _held(basket)]
    if left:
        owed = ", ".join(f"{one.tax_year} {format_cents(one.open_cents)}" for one in left)
        yield Finding(
            "OTHER_YEARS_OWED",
            Severity.WARN,
            f"parcel {bill.parcel_number} owes other bills: {owed}",
            bill.parcel_number,
        )


def _set_of_defaulted(bill: BillKnown, basket: Basket, book: Book) -> Iterator[Finding]:
    """Defaulted bills of a parcel belong together (CASH-020)."""
    left = missing_of_set(bill.parcel_number, basket, book)
    if left:
        yield Finding(
            DEFAULTED_SET_INCOMPLETE,
            Severity.APPROVE,
            f"parcel {bill.parcel_number} has defaulted bills that are not in the basket: "
            + ", ".join(one.bill_number for one in left),
            bill.parcel_number,
        )


def missing_of_set(parcel_number: str, basket: Basket, book: Book) -> list[BillKnown]:
    """The parcel's unpaid defaulted bills that a basket leaves out."""
    return [
        one
        for one in book.of_parcel(parcel_number)
        if one.defaulted and one.open_cents > 0 and one.bill_id not in _held(basket)
    ]


def _in_full(line: Line, bill: BillKnown) -> Iterator[Finding]:
    due_cents = line.quoted.settles_cents if line.quoted else bill.open_cents
    if line.paying_cents < due_cents:
        yield Finding(
            "DEFAULTED_NOT_IN_FULL",
            Severity.REFUSE,
            f"bill {bill.bill_number} is in default and paid in full only:"
            f" {format_cents(due_cents)}, not {format_cents(line.paying_cents)}",
            bill.parcel_number,
            bill.bill_number,
        )


def _decal(line: Line, bill: BillKnown) -> Finding:
    """A mobile home is paid once its decal is on record and confirmed (CASH-076)."""
    number = line.details.get(DECAL, "")
    about = f"bill {bill.bill_number} is a mobile home's"
    return Finding(
        "DECAL_CONFIRM" if number else "DECAL_MISSING",
        Severity.CONFIRM if number else Severity.REFUSE,
        f"{about} with decal {number}" if number else f"{about}: give the number of its decal",
        bill.parcel_number,
        bill.bill_number,
    )


def _back_dated(line: Line, bill: BillKnown) -> Iterator[Finding]:
    """Nothing is applied before a later payment; if that one was taken back, warn (CASH-032)."""
    on = line.wish.effective_on
    later = bill.last_touched_on
    if later is None or on >= later:
        return
    stands = bill.last_paid_on is not None and on < bill.last_paid_on and line.paying_cents > 0
    yield Finding(
        "BACK_DATED",
        Severity.REFUSE if stands else Severity.WARN,
        f"bill {bill.bill_number} has a payment of {later}, after {on}",
        bill.parcel_number,
        bill.bill_number,
    )


def _related(bill: BillKnown, basket: Basket, book: Book, terms: BasketTerms) -> Iterator[Finding]:
    """A delinquent tax that has to be settled before others, unless this basket does (CASH-022)."""
    paying = {line.subject.bill_id: line.paying_cents for line in basket.lines}
    for rule in terms.related:
        for other in book.of_parcel(bill.parcel_number):
            if other.tax_type is None or other.tax_type.code != rule.tax_type:
                continue
            overdue_cents = other.overdue_cents(basket.effective_on)
            if overdue_cents and paying.get(other.bill_id, 0) < overdue_cents:
                yield Finding(
                    RELATED_TAX_DELINQUENT,
                    Severity.APPROVE if rule.may_override else Severity.REFUSE,
                    f"parcel {bill.parcel_number} is delinquent in {other.tax_type.name}"
                    f" (bill {other.bill_number}, {format_cents(overdue_cents)}): pay that first",
                    bill.parcel_number,
                    other.bill_number,
                )


def _held(basket: Basket) -> set[UUID]:
    return {line.subject.bill_id for line in basket.lines if line.subject.bill_id}


def blocking(
    bill: BillKnown, book: Book, terms: BasketTerms, may_take: MayTake = MayTake.ALL
) -> Finding | None:
    """Why a bill does not even get into a basket; None when nothing keeps it out."""
    carried = MayTake.SECURED if bill.secured else MayTake.UNSECURED
    if may_take not in (MayTake.ALL, carried):
        return Finding(
            "COLLECTION_TYPE_NOT_ALLOWED",
            Severity.REFUSE,
            f"bill {bill.bill_number} is {carried}, you take {may_take} only",
            bill.parcel_number,
            bill.bill_number,
        )
    for one in of_account(bill, book, terms):
        if one.severity is Severity.REFUSE:
            return one
    return None
