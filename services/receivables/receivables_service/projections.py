"""What receivables takes from levy and cashiering, and how it becomes facts of the ledger."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from receivables_service import receipts
from receivables_service.accounts import KnownFact, Named
from receivables_service.allocation.allotments import AllocationSeen, allotment_of
from receivables_service.bills_seen import BillCreatedSeen
from receivables_service.books import Books
from receivables_service.changes import supplements, tolerance, waivers
from receivables_service.changes.waivers import WaivedSeen
from receivables_service.codes import agencies
from receivables_service.credits import kept as credits_kept
from receivables_service.discounts import incoming as discounts
from receivables_service.domain.by_fund import lines_of
from receivables_service.domain.facts import (
    BY_RULE,
    BillInstallment,
    BillIssued,
    PaymentReceived,
    PaymentReversed,
    TakenBackBy,
)
from receivables_service.held import advances, sweeping, tendering
from receivables_service.held import lines as held_lines
from receivables_service.held.lines import PayerSeen, TenderSeen
from receivables_service.plans import taken_back as plans_taken_back
from receivables_service.rates import interest_free, unpenalised
from receivables_service.tables import BillHead
from taxkit import ids
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.money import CENTS_MAX

_MONEY = validate.Range(min=1, max=CENTS_MAX)
_SIGNED = validate.Range(min=-CENTS_MAX, max=CENTS_MAX)
# What the columns hold: a number beyond it is no number of a line, installment or version.
_NUMBER = validate.Range(min=1, max=2**31 - 1)
_YEAR = validate.Range(min=1800, max=9999)


class LineSeen(ReaderSchema):
    line_number = fields.Integer(required=True, strict=True, validate=_NUMBER)
    kind = fields.String(
        required=True, validate=validate.OneOf(["bill", "suspense", "advance", "misc"])
    )
    bill_id = fields.UUID(required=True, allow_none=True)
    bill_number = fields.String(required=True, allow_none=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True, allow_none=True, validate=_YEAR)
    amount_cents = fields.Integer(required=True, strict=True, validate=_MONEY)
    suspense_reason = fields.String(load_default=None, allow_none=True)
    advance_type = fields.String(load_default=None, allow_none=True)
    escrow_account = fields.String(load_default=None, allow_none=True)
    tolerance_cents = fields.Integer(load_default=0, strict=True, validate=_SIGNED)
    allocation = fields.Nested(AllocationSeen, load_default=None, allow_none=True)
    waived = fields.Nested(WaivedSeen, load_default=None, allow_none=True)
    # The line's own date of payment; none where it is the receipt's.
    effective_on = fields.Date(load_default=None, allow_none=True)


class ReceiptSeen(ReaderSchema):
    """What a posted and a reversed receipt have in common."""

    receipt_id = fields.UUID(required=True)
    business_date = fields.Date(required=True)
    effective_on = fields.Date(required=True)
    recorded_at = fields.AwareDateTime(required=True)
    total_cents = fields.Integer(required=True, strict=True, validate=_MONEY)
    lines = fields.List(fields.Nested(LineSeen), required=True, validate=validate.Length(min=1))

    @validates_schema
    def check_lines(self, data: Mapping[str, Any], **_: object) -> None:
        """Refuse a receipt whose lines are not its total, or name no bill where they should."""
        lines = data["lines"]
        if sum(line["amount_cents"] for line in lines) != data["total_cents"]:
            raise ValidationError("they do not add up to total_cents", "lines")
        if len({line["line_number"] for line in lines}) < len(lines):
            raise ValidationError("a line number is there twice", "lines")
        if any(line["kind"] == "bill" and line["bill_id"] is None for line in lines):
            raise ValidationError("a line of kind bill names none", "lines")

    @post_load
    def leave_sources_out(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Money for miscellaneous sources is for their funds, and never the ledger's."""
        return data | {"lines": [line for line in data["lines"] if line["kind"] != "misc"]}


class PaymentPostedSeen(ReceiptSeen):
    receipt_number = fields.String(load_default="")
    source = fields.String(load_default="")
    session_id = fields.UUID(load_default=None, allow_none=True)
    postmarked_on = fields.Date(load_default=None)
    surplus_notice_suppressed = fields.Boolean(load_default=False)
    payer = fields.Nested(PayerSeen, required=True)
    tenders = fields.List(fields.Nested(TenderSeen), required=True)


def on_bill_created(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Open each bill's charges; money that came before them is placed (RECV-038)."""
    books = Books(work, app.terms)
    waiting = advances.accounts_waiting(work, events)
    books.open([event.data["bill_id"] for event in events], waiting.receipt_ids)
    granting = discounts.for_bills(app, work, books, events)
    for event in events:
        given = event.data
        issued_on = work.clock.date_of(event.time)
        fact = _issued(app, event, issued_on)
        head = BillHead(
            bill_id=given["bill_id"],
            sequence=0,
            bill_number=given["bill_number"],
            bill_version=given["bill_version"],
            parcel_number=given["parcel_number"],
            tax_year=given["tax_year"],
            owner_name=given["owner"]["name"],
            owner_email=given["owner"]["email"],
            issued_on=issued_on,
            last_due_on=max(one["due_on"] for one in given["installments"]),
        )
        granted = discounts.to_waiting(granting, books, head, issued_on)
        books.issue(head, KnownFact(fact, issued_on), event, granted)
    advances.apply(app, work, books, events, waiting)
    supplements.note(work, events)
    credits_kept.keep(work, events)
    granting.close()
    books.close()
    agencies.keep(work, events)


def _issued(app: Any, event: IncomingEvent, issued_on: date) -> BillIssued:
    given = event.data
    return BillIssued(
        fact_id=ids.derived_id(given["bill_id"], "issue"),
        effective_on=issued_on,
        recorded_at=event.time,
        tax_year=given["tax_year"],
        installments=tuple(
            BillInstallment(one["installment"], one["due_on"], one["amount_cents"])
            for one in given["installments"]
        ),
        district=given["tax_code"],
        bill_class=given["bill_class"],
        specials_cents=discounts.specials(app, given),
        property_class=given["property_class"],
        unpenalised_cents=unpenalised.cents(app.terms, given),
        interest_free_cents=interest_free.cents(app.terms, given),
        funds=lines_of(given["components"]),
    )


def on_payment_posted(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Allocate each receipt's lines, once each (RECV-012), and draw the held money tendered."""
    beside = sweeping.bills_beside(app, work, events)
    held_elsewhere = tendering.accounts_tendered(work, events)
    overtaken = advances.bills_overtaken(work, events)
    held_elsewhere.bill_ids.update(beside, overtaken)
    books = _open(app, work, events, held_elsewhere)
    books.labels |= held_lines.labels(app, events)
    granting = discounts.for_payments(app, work, books, events, _payment)
    for event in events:
        receipt_id: UUID = event.data["receipt_id"]
        for bill_id, lines in discounts.in_order(app, books, _lines_by_bill(event)):
            paid = [_payment(event, line) for line in lines]
            if bill_id is None:
                held = list(zip(paid, map(_named, lines), strict=True))
                books.hold(receipt_id, held, event)
            else:
                granted = granting.to(books.head(bill_id), books.account(bill_id), paid)
                books.pay(bill_id, receipt_id, paid, _named(lines[0]), event, granted)
                waivers.take(books, bill_id, lines, event)
    swept = sweeping.sweep(app, books, events, beside)
    tendering.draw(app, work, books, events)
    granting.close()
    # Before the postings: who paid is told with the surplus they leave (NOTI-003).
    receipts.keep(work, events)
    books.close()
    sweeping.keep(work, swept)
    tolerance.post(work, events, app.terms.pack_version)
    advances.catch_up(app, work, events, overtaken)


def on_payment_reversed(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Undo each receipt's lines by compensating postings; held money it drew comes back."""
    books = _open(app, work, events, tendering.accounts_drawn(work, events))
    tendering.give_back(work, books, events)
    books.find_postings(
        held_lines.payment_id(event.data["receipt_id"], line["line_number"])
        for event in events
        for line in event.data["lines"]
    )
    for event in events:
        receipt_id: UUID = event.data["receipt_id"]
        for bill_id, lines in _lines_by_bill(event).items():
            if bill_id is None:
                held = [(_reversal(event, line["line_number"]), _named(line)) for line in lines]
                books.hold(receipt_id, held, event)
            else:
                undone = _reversal(event, bill_id)
                books.reverse(bill_id, receipt_id, undone, _named(lines[0]), event)
    books.close()
    tolerance.take_back(work, events, app.terms.pack_version)
    receipts_back = [event.data["receipt_id"] for event in events]
    bills_back = [line["bill_id"] for event in events for line in event.data["lines"]]
    bills = [each for each in bills_back if each is not None]
    plans_taken_back.lower(app, work, receipts_back, bills, events[0])


def _open(app: Any, work: Work, events: Sequence[IncomingEvent], held: tendering.Accounts) -> Books:
    books = Books(work, app.terms)
    lines = [(event.data["receipt_id"], line) for event in events for line in event.data["lines"]]
    books.open(
        held.bill_ids | {line["bill_id"] for _, line in lines if line["kind"] == "bill"},
        held.receipt_ids | {receipt for receipt, line in lines if line["kind"] != "bill"},
    )
    return books


def _lines_by_bill(event: IncomingEvent) -> dict[UUID | None, list[Mapping[str, Any]]]:
    """Group a receipt's lines by the bill they name, or by None."""
    grouped: dict[UUID | None, list[Mapping[str, Any]]] = {}
    for line in event.data["lines"]:
        bill_id = line["bill_id"] if line["kind"] == "bill" else None
        grouped.setdefault(bill_id, []).append(line)
    return grouped


def _payment(event: IncomingEvent, line: Mapping[str, Any]) -> KnownFact:
    given = event.data
    fact = PaymentReceived(
        fact_id=held_lines.payment_id(given["receipt_id"], line["line_number"]),
        effective_on=line["effective_on"] or given["effective_on"],
        recorded_at=given["recorded_at"],
        receipt_id=given["receipt_id"],
        amount_cents=line["amount_cents"],
        allotment=allotment_of(line) if line["kind"] == "bill" else BY_RULE,
    )
    return KnownFact(fact, given["business_date"], line["line_number"])


def _reversal(event: IncomingEvent, what: UUID | int) -> KnownFact:
    """A receipt's money taken back, on one bill or of one line on none."""
    given = event.data
    fact = PaymentReversed(
        fact_id=ids.derived_id(given["receipt_id"], "reversal", str(what)),
        effective_on=given["effective_on"],
        recorded_at=given["recorded_at"],
        receipt_id=given["receipt_id"],
        by=given.get("taken_back_by", TakenBackBy.REVERSAL),
    )
    return KnownFact(fact, given["business_date"], what if isinstance(what, int) else None)


def _named(line: Mapping[str, Any]) -> Named:
    return Named(line["bill_number"], line["parcel_number"], line["tax_year"])


BILL_CREATED = Subscription(
    owner="levy",
    event="BillCreated.v1",
    method="on_bill_created",
    schema=BillCreatedSeen(),
    handle=on_bill_created,
    ordering=Ordering.ANY,
)
PAYMENT_POSTED = Subscription(
    owner="cashiering",
    event="PaymentPosted.v1",
    method="on_payment_posted",
    schema=PaymentPostedSeen(),
    handle=on_payment_posted,
    ordering=Ordering.ANY,
)
# A reversal may overtake its payment: the facts of a bill commute.
PAYMENT_REVERSED = Subscription(
    owner="cashiering",
    event="PaymentReversed.v1",
    method="on_payment_reversed",
    schema=ReceiptSeen(),
    handle=on_payment_reversed,
    ordering=Ordering.ANY,
)
