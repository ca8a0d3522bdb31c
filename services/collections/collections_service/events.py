"""The events collections owns."""

from marshmallow import fields

from collections_service import hold_events
from collections_service.notices import events as notice_events
from taxkit.contracts import EventSchema, EventType


class AgingBucketChangedV1(EventSchema):
    bill_id = fields.UUID(required=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True)
    receipt_id = fields.UUID(required=True, allow_none=True)
    # Codes of the jurisdiction's own buckets, so no list of them stands here.
    bucket_before = fields.String(required=True)
    bucket_after = fields.String(required=True)
    open_cents = fields.Integer(required=True, strict=True)
    as_of = fields.Date(required=True)


AGING_BUCKET_CHANGED = EventType(
    owner="collections",
    name="AgingBucketChanged",
    subject="bill/{bill_id}",
    schema=AgingBucketChangedV1,
    doc="A change of a bill's balance moved it to another aging bucket. Before and after are both"
    " as of the day of the change; a bill that grows older without one is not told of. One that is"
    " on another parcel now is told of, too, even in the same bucket.",
    mandatory=False,
    example={
        "bill_id": "01937c3e-0000-7000-8000-000000000001",
        "parcel_number": "13264290020000",
        "tax_year": 2021,
        "receipt_id": "01937c3e-0000-7000-8000-0000000000aa",
        "bucket_before": "61-90",
        "bucket_after": "settled",
        "open_cents": 0,
        "as_of": "2023-03-01",
    },
)

PUBLISHED = (AGING_BUCKET_CHANGED, *hold_events.PUBLISHED, *notice_events.PUBLISHED)
