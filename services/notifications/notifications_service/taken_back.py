"""Receipts taken back after they were posted, and what follows for a bill: who paid is told."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from notifications_service import projections
from notifications_service.seen import PersonSeen
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work


class _TakenBackSeen(ReaderSchema):
    """What both templates may name; none is written to who was not told of."""

    receipt_id = fields.UUID(required=True)
    receipt_number = fields.String(required=True)
    business_date = fields.Date(required=True)
    total_cents = fields.Integer(required=True, strict=True)
    payer = fields.Nested(PersonSeen, load_default=None)


class PaymentReturnedSeen(_TakenBackSeen):
    reason_code = fields.String(required=True)
    returned_on = fields.Date(required=True)
    nsf_fee_cents = fields.Integer(required=True, strict=True)


class PaymentCancelledSeen(_TakenBackSeen):
    reason = fields.String(required=True)


def on_taken_back(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Queue a word to the payer: the payment counts no more, and why."""
    named = [event for event in events if event.data["payer"] is not None]
    projections.queue(app, work, [(event, event.data["business_date"]) for event in named])


# A return is a stream of its own, of one event.
PAYMENT_RETURNED = Subscription(
    owner="receivables",
    event="PaymentReturned.v1",
    method="on_payment_returned",
    schema=PaymentReturnedSeen(),
    handle=on_taken_back,
    ordering=Ordering.ANY,
)
PAYMENT_CANCELLED = Subscription(
    owner="receivables",
    event="PaymentCancelled.v1",
    method="on_payment_cancelled",
    schema=PaymentCancelledSeen(),
    handle=on_taken_back,
    ordering=Ordering.ANY,
)
SUBSCRIPTIONS = (PAYMENT_RETURNED, PAYMENT_CANCELLED)
