"""Discounts as notifications hears of them: saved, owed again, or about to end (NOTI-004)."""

from marshmallow import fields

from notifications_service.projections import on_receipt_event
from notifications_service.seen import PersonSeen
from taxkit.contracts import ReaderSchema
from taxkit.inbox import Ordering, Subscription


class DiscountSeen(ReaderSchema):
    """What the templates may name."""

    receipt_id = fields.UUID(required=True)
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True)
    program = fields.String(required=True)
    discount_type = fields.String(required=True)
    rate = fields.String(required=True)
    business_date = fields.Date(required=True)
    amount_cents = fields.Integer(required=True, strict=True)
    open_cents = fields.Integer(required=True, strict=True)
    owner = fields.Nested(PersonSeen, required=True)


class DiscountPeriodEndingSeen(ReaderSchema):
    """What a reminder may name."""

    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True)
    discount_cents = fields.Integer(required=True, strict=True)
    settles_cents = fields.Integer(required=True, strict=True)
    open_cents = fields.Integer(required=True, strict=True)
    last_day = fields.Date(required=True)
    days_left = fields.Integer(required=True, strict=True)
    business_date = fields.Date(required=True)
    owner = fields.Nested(PersonSeen, required=True)


# In a bill's stream most events are no discount: nothing waits for them.
DISCOUNT_APPLIED = Subscription(
    owner="receivables",
    event="DiscountApplied.v1",
    method="on_discount_applied",
    schema=DiscountSeen(),
    handle=on_receipt_event,
    ordering=Ordering.ANY,
)
DISCOUNT_REVERSED = Subscription(
    owner="receivables",
    event="DiscountReversed.v1",
    method="on_discount_reversed",
    schema=DiscountSeen(),
    handle=on_receipt_event,
    ordering=Ordering.ANY,
)
DISCOUNT_PERIOD_ENDING = Subscription(
    owner="receivables",
    event="DiscountPeriodEnding.v1",
    method="on_discount_period_ending",
    schema=DiscountPeriodEndingSeen(),
    handle=on_receipt_event,
    ordering=Ordering.ANY,
)
