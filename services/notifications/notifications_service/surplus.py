"""Surplus as notifications hears of it: its payer is told once it is held (NOTI-003)."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from notifications_service import projections
from notifications_service.seen import PersonSeen
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work

_SURPLUS = "surplus"


class SurplusChangedSeen(ReaderSchema):
    """What the template may name; of a message from before it was told, nothing is written."""

    category = fields.String(required=True)
    parcel_number = fields.String(required=True)
    opened_cents = fields.Integer(load_default=0, strict=True)
    surplus_notice_suppressed = fields.Boolean(load_default=False)
    receipt_id = fields.UUID(load_default=None)
    receipt_number = fields.String(load_default="")
    tax_year = fields.Integer(load_default=None, strict=True, allow_none=True)
    business_date = fields.Date(load_default=None)
    reason = fields.String(load_default="")
    payer = fields.Nested(PersonSeen, load_default=None)


def on_surplus_changed(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Queue a word of surplus that is newly held; what is held ahead of a bill is none."""
    new = [(event, event.data["business_date"]) for event in events if _is_new(event)]
    if new:
        projections.queue(app, work, new)


def _is_new(event: IncomingEvent) -> bool:
    return bool(event.data["category"] == _SURPLUS and event.data["opened_cents"] > 0)


# Each change is whole: a notice waits for none before it.
SURPLUS_CHANGED = Subscription(
    owner="receivables",
    event="SurplusChanged.v1",
    method="on_surplus_changed",
    schema=SurplusChangedSeen(),
    handle=on_surplus_changed,
    ordering=Ordering.ANY,
)
