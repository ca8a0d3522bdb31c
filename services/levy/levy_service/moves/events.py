"""The event of a moved bill."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from taxkit.contracts import EventSchema, EventType


class PartyV1(EventSchema):
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)


class PlaceV1(EventSchema):
    """Where a bill was before."""

    bill_version = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    parcel_number = fields.String(required=True)
    owner = fields.Nested(PartyV1, required=True)


class BillMovedV1(EventSchema):
    bill_id = fields.UUID(required=True)
    # It keeps its number, which may name the parcel it was issued for.
    bill_number = fields.String(required=True)
    bill_version = fields.Integer(required=True, strict=True, validate=validate.Range(min=2))
    tax_year = fields.Integer(required=True, strict=True)
    parcel_number = fields.String(required=True)
    owner = fields.Nested(PartyV1, required=True)
    moved_on = fields.Date(required=True)
    moved_by = fields.String(required=True)
    reason = fields.String(required=True)
    before = fields.Nested(PlaceV1, required=True)


BILL_MOVED = EventType(
    owner="levy",
    name="BillMoved",
    subject="bill/{bill_id}",
    schema=BillMovedV1,
    doc="A bill goes over to another parcel, another taxpayer, or both, as a further version of it."
    " Its number, its amounts and what was paid of it stay.",
    example={
        "bill_id": "01937c3e-0000-7000-8000-000000000001",
        "bill_number": "2021-13264290020000",
        "bill_version": 2,
        "tax_year": 2021,
        "parcel_number": "18032000510000",
        "owner": {"name": "Dolores Park", "email": None},
        "moved_on": "2022-11-14",
        "moved_by": "assessor",
        "reason": "the home was moved",
        "before": {
            "bill_version": 1,
            "parcel_number": "13264290020000",
            "owner": {"name": "Imogen Vale", "email": "imogen.vale@example.org"},
        },
    },
)


def bill_moved(head: Any, after: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of a move, from the bill's row before and what is another after it."""
    return {
        "bill_id": str(head.bill_id),
        "bill_number": head.bill_number,
        "tax_year": head.tax_year,
        **after,
        "before": {
            "bill_version": head.bill_version,
            "parcel_number": head.parcel_number,
            "owner": {"name": head.owner_name, "email": head.owner_email},
        },
    }
