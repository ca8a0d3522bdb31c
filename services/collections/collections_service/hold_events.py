"""What is told of collection holds."""

from marshmallow import fields

from taxkit.contracts import EventSchema, EventType


class HoldPlacedV1(EventSchema):
    hold_id = fields.UUID(required=True)
    parcel_number = fields.String(required=True)
    kind = fields.String(required=True)
    reason = fields.String(required=True)
    authority = fields.String(required=True)
    begins_on = fields.Date(required=True)
    # The last day it holds by itself.
    ends_on = fields.Date(required=True, allow_none=True)


class HoldReleasedV1(EventSchema):
    hold_id = fields.UUID(required=True)
    parcel_number = fields.String(required=True)
    kind = fields.String(required=True)
    # From this day on it holds no more.
    released_on = fields.Date(required=True)
    reason = fields.String(required=True)


_HOLD = {
    "hold_id": "01937c3e-0000-7000-8000-0000000000f1",
    "parcel_number": "13264290020000",
    "kind": "bankruptcy",
    "reason": "chapter 13 was filed",
}
HOLD_PLACED = EventType(
    owner="collections",
    name="HoldPlaced",
    subject="hold/{hold_id}",
    schema=HoldPlacedV1,
    doc="Nobody pursues a parcel from a day on: a court or an officer says so. Sequence 1.",
    example={
        **_HOLD,
        "authority": "Bankr. N.D. Ill. 22-01234",
        "begins_on": "2022-01-10",
        "ends_on": None,
    },
)
HOLD_RELEASED = EventType(
    owner="collections",
    name="HoldReleased",
    subject="hold/{hold_id}",
    schema=HoldReleasedV1,
    doc="A hold ended before its last day, or had none. Sequence 2.",
    example={**_HOLD, "released_on": "2022-03-01", "reason": "the case was dismissed"},
)
PUBLISHED = (HOLD_PLACED, HOLD_RELEASED)
