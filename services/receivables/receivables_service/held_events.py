"""The events of money held for somebody."""

from marshmallow import fields, validate

from taxkit.contracts import EventSchema, EventType

_NOT_NEGATIVE = validate.Range(min=0)
_CATEGORIES = validate.OneOf(["surplus", "suspense", "advance", "trust", "escrow"])
_STATES = validate.OneOf(["open", "reserved", "in_workflow", "closed"])


class SurplusChangedV1(EventSchema):
    surplus_item_id = fields.UUID(required=True)
    category = fields.String(required=True, validate=_CATEGORIES)
    subcode = fields.String(required=True)
    parcel_number = fields.String(required=True)
    owner = fields.String(required=True)
    open_cents = fields.Integer(required=True, strict=True, validate=_NOT_NEGATIVE)
    state = fields.String(required=True, validate=_STATES)


SURPLUS_CHANGED = EventType(
    owner="receivables",
    name="SurplusChanged",
    subject="surplus/{surplus_item_id}",
    schema=SurplusChangedV1,
    mandatory=False,
    doc=(
        "Money held for somebody came, went, or changed its state. Whole state: keep the highest"
        " sequence, drop the rest. Only what is open may be tendered."
    ),
    example={
        "surplus_item_id": "01937c3e-0000-7000-8000-0000000000d1",
        "category": "surplus",
        "subcode": "overpayment",
        "parcel_number": "13264290020000",
        "owner": "Dolores Park",
        "open_cents": 20000,
        "state": "open",
    },
)

PUBLISHED = (SURPLUS_CHANGED,)
