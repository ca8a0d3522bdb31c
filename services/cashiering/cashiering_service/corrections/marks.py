"""Receipts that receivables took back are marked; the original stays as it is (CASH-062)."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields, validate

from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Subscription, Work
from taxkit.money import CENTS_MAX
from taxkit.rows import Columns

_MARKS = Columns(
    {
        "receipt_id": "uuid",
        "kind": "text",
        "reason": "text",
        "business_date": "date",
        "total_cents": "bigint",
    }
)


class TakenBackSeen(ReaderSchema):
    receipt_id = fields.UUID(required=True)
    business_date = fields.Date(required=True)
    total_cents = fields.Integer(required=True, strict=True, validate=validate.Range(0, CENTS_MAX))


class PaymentReturnedSeen(TakenBackSeen):
    reason_code = fields.String(required=True)


class PaymentCancelledSeen(TakenBackSeen):
    reason = fields.String(required=True)


def on_payment_returned(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    _mark(work, events, "returned", "reason_code")


def on_payment_cancelled(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    _mark(work, events, "cancelled", "reason")


def _mark(work: Work, events: Sequence[IncomingEvent], kind: str, why: str) -> None:
    """Mark each receipt once; it cannot be taken back twice."""
    rows = {
        event.data["receipt_id"]: (
            event.data["receipt_id"],
            kind,
            event.data[why],
            event.data["business_date"],
            event.data["total_cents"],
        )
        for event in events
    }
    _MARKS.insert(work.connection, "receipt_marks", sorted(rows.values()), "on conflict do nothing")


PAYMENT_RETURNED = Subscription(
    owner="receivables",
    event="PaymentReturned.v1",
    method="on_payment_returned",
    schema=PaymentReturnedSeen(),
    handle=on_payment_returned,
)
PAYMENT_CANCELLED = Subscription(
    owner="receivables",
    event="PaymentCancelled.v1",
    method="on_payment_cancelled",
    schema=PaymentCancelledSeen(),
    handle=on_payment_cancelled,
)
