"""What taxsale keeps of receivables' facts, and what they do to a bill's standing."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from marshmallow import fields
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work

from taxsale_service import store
from taxsale_service.domain.standing import Debt, SaleTerms, Standing, standing_of
from taxsale_service.events import SALE_STANDING_CHANGED


class InstallmentSeen(ReaderSchema):
    due_on = fields.Date(required=True)


class BalanceChangedSeen(ReaderSchema):
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True)
    cause = fields.String(required=True)
    receipt_id = fields.UUID(required=True, allow_none=True)
    as_of = fields.Date(required=True)
    open_cents = fields.Integer(required=True, strict=True)
    installments = fields.List(fields.Nested(InstallmentSeen), required=True)


def on_balance_changed(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Re-assess each bill from its newest balance; tell who listens when its standing moved."""
    known = store.standings(work.connection, sorted({e.data["bill_id"] for e in events}))
    bills: dict[UUID, store.BillRow] = {}
    changes: list[store.ChangeRow] = []
    for event in events:
        bill, change = assess(event, known, app.sale_terms(event.data["tax_year"]))
        bills[bill.bill_id] = bill
        known[bill.bill_id] = bill.standing
        changes.append(change)
        if change.standing_before != change.standing_after:
            _tell(work, event, change)
    store.save(work.connection, list(bills.values()), changes)


def assess(
    event: IncomingEvent, known: dict[UUID, str], terms: SaleTerms
) -> tuple["store.BillRow", "store.ChangeRow"]:
    """Work out a bill's standing after an event. A bill not seen before was current."""
    given = event.data
    due_dates: list[date] = [one["due_on"] for one in given["installments"]]
    after = standing_of(Debt(given["open_cents"], due_dates), terms, given["as_of"])
    bill = store.BillRow(
        bill_id=given["bill_id"],
        bill_number=given["bill_number"],
        parcel_number=given["parcel_number"],
        tax_year=given["tax_year"],
        open_cents=given["open_cents"],
        last_due_on=max(due_dates),
        first_due_on=min(due_dates),
        standing=after.value,
        standing_on=given["as_of"],
    )
    change = store.ChangeRow(
        event_id=event.event_id,
        bill_id=bill.bill_id,
        receipt_id=given["receipt_id"],
        cause=given["cause"],
        standing_before=known.get(bill.bill_id, Standing.CURRENT.value),
        standing_after=after.value,
        as_of=given["as_of"],
        rule_id=terms.rule_id,
    )
    return bill, change


def _tell(work: Work, event: IncomingEvent, change: "store.ChangeRow") -> None:
    given = event.data
    work.emit(
        SALE_STANDING_CHANGED,
        f"bill/{change.bill_id}",
        event.sequence,
        {
            "bill_id": str(change.bill_id),
            "parcel_number": given["parcel_number"],
            "tax_year": given["tax_year"],
            "receipt_id": str(change.receipt_id) if change.receipt_id else None,
            "standing_before": change.standing_before,
            "standing_after": change.standing_after,
            "as_of": change.as_of.isoformat(),
            "rule_id": change.rule_id,
        },
        cause=event,
    )


BALANCE_CHANGED = Subscription(
    owner="receivables",
    event="BalanceChanged.v1",
    method="on_balance_changed",
    schema=BalanceChangedSeen(),
    handle=on_balance_changed,
    ordering=Ordering.NEWEST,
)
