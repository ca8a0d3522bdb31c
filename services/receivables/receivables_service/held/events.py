"""The events of money held for somebody."""

from marshmallow import fields, validate

from receivables_service.domain.ledger import PostingKind
from taxkit.contracts import EventSchema, EventType

_NOT_NEGATIVE = validate.Range(min=0)
_CATEGORIES = validate.OneOf(["surplus", "suspense", "advance", "trust", "escrow"])
_REASONS = validate.OneOf([*(kind.value for kind in PostingKind), "procedure"])
_STATES = validate.OneOf(["open", "reserved", "in_workflow", "closed"])


class PayerV1(EventSchema):
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)


class SurplusChangedV1(EventSchema):
    surplus_item_id = fields.UUID(required=True)
    category = fields.String(required=True, validate=_CATEGORIES)
    subcode = fields.String(required=True)
    parcel_number = fields.String(required=True)
    owner = fields.String(required=True)
    open_cents = fields.Integer(required=True, strict=True, validate=_NOT_NEGATIVE)
    state = fields.String(required=True, validate=_STATES)
    # Not in messages from before they were told: why, and which receipt brought the money.
    reason = fields.String(validate=_REASONS)
    receipt_id = fields.UUID()
    tax_year = fields.Integer(strict=True, allow_none=True)
    # Only where money moved.
    business_date = fields.Date()
    receipt_number = fields.String()
    payer = fields.Nested(PayerV1)
    surplus_notice_suppressed = fields.Boolean()
    # What is held where nothing was before; zero otherwise.
    opened_cents = fields.Integer(strict=True, validate=_NOT_NEGATIVE)


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
        " sequence, drop the rest. Only what is open may be tendered. Where it is newly held,"
        " opened_cents says how much of whose receipt, and whether its payer wants no word of it."
    ),
    example={
        "surplus_item_id": "01937c3e-0000-7000-8000-0000000000d1",
        "category": "surplus",
        "subcode": "overpayment",
        "parcel_number": "13264290020000",
        "owner": "Dolores Park",
        "open_cents": 20000,
        "state": "open",
        "reason": "payment",
        "receipt_id": "01937c3e-0000-7000-8000-0000000000aa",
        "tax_year": 2021,
        "business_date": "2023-03-01",
        "receipt_number": "W1-2023-000017",
        "payer": {"name": "Ada Moore", "email": "ada@example.com"},
        "surplus_notice_suppressed": False,
        "opened_cents": 20000,
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
