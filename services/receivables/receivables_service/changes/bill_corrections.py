"""Levy's corrections of a bill, as facts of the ledger."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from receivables_service.accounts import KnownFact
from receivables_service.bills_seen import InstallmentSeen, OwnerSeen
from receivables_service.books import Books
from receivables_service.changes import supplements
from receivables_service.codes import agencies
from receivables_service.credits import kept as credits_kept
from receivables_service.credits.kept import CreditSeen
from receivables_service.domain.by_fund import lines_of
from receivables_service.domain.facts import BillCorrected, InstallmentTarget
from receivables_service.domain.ledger import PostingKind
from receivables_service.held import sweeping
from receivables_service.plans import days as plan_days
from receivables_service.tables import BillHead
from taxkit import ids
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.errors import Permanent
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.money import CENTS_MAX

# Ten years and some days: beyond it a grace is a slip of the pen.
_GRACE_DAYS_MAX = 3_660


class BillCorrectedSeen(ReaderSchema):
    bill_id = fields.UUID(required=True)
    bill_version = fields.Integer(
        required=True, strict=True, validate=validate.Range(min=2, max=2**31 - 1)
    )
    corrected_on = fields.Date(required=True)
    owner = fields.Nested(OwnerSeen, load_default=None, allow_none=True)
    total_cents = fields.Integer(
        required=True, strict=True, validate=validate.Range(min=0, max=CENTS_MAX)
    )
    installments = fields.List(
        fields.Nested(InstallmentSeen), required=True, validate=validate.Length(min=1)
    )

    to_amount_paid = fields.Boolean(load_default=False)
    before_payments = fields.Boolean(load_default=False)
    grace_ends_on = fields.Date(load_default=None, allow_none=True)
    # Of a bill that a supplement made or changed: the last one's.
    supplement_number = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 2**31 - 1)
    )
    components = fields.Raw(load_default=())
    credits = fields.List(fields.Nested(CreditSeen), load_default=())

    @validates_schema
    def check_installments(self, data: Mapping[str, Any], **_: object) -> None:
        """Refuse targets whose parts are not their whole."""
        parts = data["installments"]
        if len({part["installment"] for part in parts}) < len(parts):
            raise ValidationError("an installment is there twice", "installments")
        if sum(part["amount_cents"] for part in parts) != data["total_cents"]:
            raise ValidationError("they do not add up to total_cents", "installments")
        last_day = data["grace_ends_on"] or data["corrected_on"]
        if not 0 <= (last_day - data["corrected_on"]).days <= _GRACE_DAYS_MAX:
            raise ValidationError("a grace of no such length is known", "grace_ends_on")


def on_bill_corrected(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Bring each bill to what its newest version demands; the ledger posts the difference."""
    books = Books(work, app.terms)
    corrected_bills = [event.data["bill_id"] for event in events]
    beside = sweeping.bills_beside_corrected(app, work, corrected_bills, work.clock.today())
    books.open({*corrected_bills, *beside})
    swept = []
    for event in events:
        _check_installments(books, event)
        head = books.head(event.data["bill_id"])
        if head.bill_number is not None and event.data["bill_version"] > (head.bill_version or 0):
            books.rename(_corrected_head(head, event.data))
        corrected = correction_of(event, work.clock.date_of(event.time))
        before = books.account(head.bill_id).state
        moved = books.change(head.bill_id, corrected, PostingKind.CORRECTION, event)
        if moved and beside:
            swept += sweeping.sweep_freed(work, books, head.bill_id, before, event, beside)
    books.close()
    supplements.note(work, events)
    credits_kept.keep(work, events)
    sweeping.keep(work, swept)
    agencies.keep(work, events)
    plan_days.note_corrections(app, work, events)


def correction_of(event: IncomingEvent, told_on: date) -> KnownFact:
    given = event.data
    targets = tuple(
        InstallmentTarget(one["installment"], one["amount_cents"], one["due_on"])
        for one in given["installments"]
    )
    fact = BillCorrected(
        fact_id=ids.derived_id(given["bill_id"], "correction", str(given["bill_version"])),
        effective_on=given["corrected_on"],
        recorded_at=event.time,
        targets=targets,
        bill_version=given["bill_version"],
        to_amount_paid=given["to_amount_paid"],
        funds=lines_of(given["components"]),
        before_payments=given["before_payments"],
        grace_ends_on=given["grace_ends_on"],
    )
    return KnownFact(fact, told_on)


def _check_installments(books: Books, event: IncomingEvent) -> None:
    """A bill on the books keeps its installments: others cannot be folded, by any retry."""
    known = [each.number for each in books.account(event.data["bill_id"]).state.installments]
    told = sorted(one["installment"] for one in event.data["installments"])
    if known and known != told:
        raise Permanent(
            "INSTALLMENTS_DIFFER",
            f"bill {event.data['bill_id']} has installments {known}, its correction {told}",
        )


def _corrected_head(head: BillHead, given: Mapping[str, Any]) -> BillHead:
    owner = given["owner"] or {"name": head.owner_name, "email": head.owner_email}
    return head._replace(
        bill_version=given["bill_version"], owner_name=owner["name"], owner_email=owner["email"]
    )


BILL_CORRECTED = Subscription(
    owner="levy",
    event="BillCorrected.v1",
    method="on_bill_corrected",
    schema=BillCorrectedSeen(),
    handle=on_bill_corrected,
    ordering=Ordering.ANY,
)
