"""The events distribution owns."""

from marshmallow import fields, validate

from distribution_service.accounts import gl_events
from taxkit.contracts import EventSchema, EventType

_KINDS = [
    "payment",
    "reversal",
    "reallocation",
    "correction",
    "default",
    "transfer",
    "waiver",
    "cancellation",
    "nsf",
]


class DistributionPostedV1(EventSchema):
    posting_id = fields.UUID(required=True)
    receipt_id = fields.UUID(required=True)
    bill_id = fields.UUID(required=True)
    # Why receivables moved the money: payment, reversal, reallocation and what else it names.
    kind = fields.String(required=True, validate=validate.OneOf(_KINDS))
    business_date = fields.Date(required=True)
    shared_cents = fields.Integer(required=True, strict=True)
    agency_count = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))


DISTRIBUTION_POSTED = EventType(
    owner="distribution",
    name="DistributionPosted",
    subject="posting/{posting_id}",
    schema=DistributionPostedV1,
    doc="An allocation was shared among the taxing agencies.",
    mandatory=False,
    example={
        "posting_id": "01937c3e-0000-7000-8000-0000000000dd",
        "receipt_id": "01937c3e-0000-7000-8000-0000000000aa",
        "bill_id": "01937c3e-0000-7000-8000-000000000001",
        "kind": "payment",
        "business_date": "2023-03-01",
        "shared_cents": 154230,
        "agency_count": 12,
    },
)

PUBLISHED = (DISTRIBUTION_POSTED, *gl_events.PUBLISHED)
