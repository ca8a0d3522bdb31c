"""The event of a retired parcel."""

from marshmallow import fields

from taxkit.contracts import EventSchema, EventType


class ParcelRetiredV1(EventSchema):
    parcel_number = fields.String(required=True)
    successor_number = fields.String(required=True)
    retired_on = fields.Date(required=True)
    retired_by = fields.String(required=True)
    reason = fields.String(required=True)


PARCEL_RETIRED = EventType(
    owner="levy",
    name="ParcelRetired",
    subject="parcel/{parcel_number}",
    schema=ParcelRetiredV1,
    doc="A parcel number is used no more; another one takes its place. Told once of each number;"
    " bills stay where they are until they are moved.",
    example={
        "parcel_number": "13264290020000",
        "successor_number": "13264290021001",
        "retired_on": "2022-11-14",
        "retired_by": "assessor",
        "reason": "the building became condominiums",
    },
)

PUBLISHED = (PARCEL_RETIRED,)
