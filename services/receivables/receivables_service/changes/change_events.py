"""The events that tell why a bill changed beside money; its amounts are in BalanceChanged."""

from marshmallow import fields, validate

from taxkit.contracts import EventSchema, EventType

_COLLECTION_TYPES = validate.OneOf(["S", "DS", "U"])
_CHARGE_TYPES = validate.OneOf(["tax", "interest", "penalty", "fee"])
BILL_EXAMPLE = {
    "bill_id": "01937c3e-0000-7000-8000-000000000001",
    "bill_number": "2019-13264290020000",
    "parcel_number": "13264290020000",
    "tax_year": 2019,
}


class OfBill(EventSchema):
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True)


class TransferredRowV1(EventSchema):
    installment = fields.Integer(required=True, strict=True)
    charge_type = fields.String(required=True, validate=_CHARGE_TYPES)
    charge_code = fields.String(required=True)
    amount_cents = fields.Integer(required=True, strict=True)


class CollectionTypeTransferredV1(OfBill):
    from_type = fields.String(required=True, validate=_COLLECTION_TYPES)
    to_type = fields.String(required=True, validate=_COLLECTION_TYPES)
    effective_on = fields.Date(required=True)
    reason = fields.String(required=True)
    amount_cents = fields.Integer(required=True, strict=True)
    rows = fields.List(fields.Nested(TransferredRowV1), required=True)


class WaivedRowV1(EventSchema):
    installment = fields.Integer(required=True, strict=True)
    charge_type = fields.String(required=True, validate=validate.OneOf(["interest", "penalty"]))
    amount_cents = fields.Integer(required=True, strict=True)


class PenaltyInterestWaivedV1(OfBill):
    effective_on = fields.Date(required=True)
    # The day it counts on in the books; not in messages from before it was told.
    business_date = fields.Date()
    # The receipt at whose till it was waived; none when it was done to the bill itself.
    receipt_id = fields.UUID(required=True, allow_none=True)
    waived_by = fields.String(required=True)
    amount_cents = fields.Integer(required=True, strict=True)
    rows = fields.List(fields.Nested(WaivedRowV1), required=True)


class GraceOwnerV1(EventSchema):
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)


class GraceExpiredV1(OfBill):
    grace_ended_on = fields.Date(required=True)
    penalty_cents = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))
    open_cents = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))
    owner = fields.Nested(GraceOwnerV1)


COLLECTION_TYPE_TRANSFERRED = EventType(
    owner="receivables",
    name="CollectionTypeTransferred",
    subject="bill/{bill_id}",
    schema=CollectionTypeTransferredV1,
    doc=(
        "Charges of a bill are carried another way from a day on: in default, or unsecured, or"
        " secured again. Amounts are charges as they stood, paid parts that went along included."
    ),
    mandatory=False,
    example={
        **BILL_EXAMPLE,
        "from_type": "S",
        "to_type": "DS",
        "effective_on": "2020-06-30",
        "reason": "default",
        "amount_cents": 55000,
        "rows": [
            {"installment": 2, "charge_type": "tax", "charge_code": "", "amount_cents": 50000},
            {"installment": 2, "charge_type": "penalty", "charge_code": "", "amount_cents": 5000},
        ],
    },
)

GRACE_EXPIRED = EventType(
    owner="receivables",
    name="GraceExpired",
    subject="bill/{bill_id}",
    schema=GraceExpiredV1,
    doc="The days a correction left free of penalty are over; the penalty is what they brought.",
    example={
        **BILL_EXAMPLE,
        "grace_ended_on": "2020-07-30",
        "penalty_cents": 800,
        "open_cents": 8800,
        "owner": {"name": "Imogen Vale", "email": "imogen.vale@example.org"},
    },
)

PENALTY_INTEREST_WAIVED = EventType(
    owner="receivables",
    name="PenaltyInterestWaived",
    subject="bill/{bill_id}",
    schema=PenaltyInterestWaivedV1,
    doc=(
        "Interest and penalty need not be paid; what is left of them stands still until unlocked."
        " With a minus: what was waived is owed again, as the lock was lifted or as later facts"
        " leave less of it to waive. All that was told of a bill adds up to what is waived on it."
    ),
    example={
        **BILL_EXAMPLE,
        "effective_on": "2020-05-01",
        "business_date": "2020-05-01",
        "receipt_id": "01937c3e-0000-7000-8000-0000000000aa",
        "waived_by": "",
        "amount_cents": 3000,
        "rows": [{"installment": 1, "charge_type": "interest", "amount_cents": 3000}],
    },
)

PUBLISHED = (COLLECTION_TYPE_TRANSFERRED, GRACE_EXPIRED, PENALTY_INTEREST_WAIVED)
