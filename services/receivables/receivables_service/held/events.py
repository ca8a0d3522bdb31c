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


class EscrowChangedV1(EventSchema):
    escrow_account = fields.String(required=True)
    name = fields.String(required=True)
    available_cents = fields.Integer(required=True, strict=True, validate=_NOT_NEGATIVE)
    closed = fields.Boolean(required=True)


SURPLUS_CHANGED = EventType(
    owner="receivables",
    name="SurplusChanged",
    subject="surplus/{surplus_item_id}",
    schema=SurplusChangedV1,
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

ESCROW_CHANGED = EventType(
    owner="receivables",
    name="EscrowChanged",
    subject="escrow/{escrow_account}",
    schema=EscrowChangedV1,
    doc=(
        "What is free of an escrow account changed. Whole state: keep the highest sequence, drop"
        " the rest."
    ),
    example={
        "escrow_account": "E-1001",
        "name": "Harbor Title",
        "available_cents": 50000,
        "closed": False,
    },
)

PUBLISHED = (SURPLUS_CHANGED, ESCROW_CHANGED)
