"""What is told of a discount period that ends."""

from marshmallow import fields, validate

from receivables_service.discounts.events import DiscountOwnerV1
from taxkit.contracts import EventSchema, EventType

_CENTS = validate.Range(min=1)


class DiscountPeriodEndingV1(EventSchema):
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True)
    programs = fields.List(fields.String(), required=True)
    # What paying by the last day saves, and what then settles the bill.
    discount_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    settles_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    open_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    last_day = fields.Date(required=True)
    days_left = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))
    business_date = fields.Date(required=True)
    owner = fields.Nested(DiscountOwnerV1, required=True)


PERIOD_ENDING = EventType(
    owner="receivables",
    name="DiscountPeriodEnding",
    subject="discount-period/{bill_id}/{last_day}",
    schema=DiscountPeriodEndingV1,
    doc=(
        "A bill that owes can still be paid with a discount, for some days: told once for each last"
        " day, where the program reminds and the account qualifies as of the day it is told."
    ),
    example={
        "bill_id": "01937c3e-0000-7000-8000-000000000001",
        "bill_number": "2021-13264290020000",
        "parcel_number": "13264290020000",
        "tax_year": 2021,
        "programs": ["early"],
        "discount_cents": 15000,
        "settles_cents": 285000,
        "open_cents": 300000,
        "last_day": "2022-01-31",
        "days_left": 7,
        "business_date": "2022-01-25",
        "owner": {"name": "Dolores Park", "email": "dolores@example.org"},
    },
)
