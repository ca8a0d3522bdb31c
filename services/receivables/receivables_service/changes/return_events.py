"""The events of receipts taken back after they were posted."""

from marshmallow import fields, validate

from receivables_service.held.events import PayerV1
from taxkit.contracts import EventSchema, EventType

_NOT_NEGATIVE = validate.Range(min=0)


class PaymentReturnedV1(EventSchema):
    receipt_id = fields.UUID(required=True)
    receipt_number = fields.String(required=True)
    # The bank's word for it, R01 for one.
    reason_code = fields.String(required=True)
    returned_on = fields.Date(required=True)
    business_date = fields.Date(required=True)
    total_cents = fields.Integer(required=True, strict=True, validate=_NOT_NEGATIVE)
    nsf_fee_cents = fields.Integer(required=True, strict=True, validate=_NOT_NEGATIVE)
    # The oldest bill the receipt paid: it alone bears the fee.
    fee_bill_id = fields.UUID(required=True, allow_none=True)
    bill_ids = fields.List(fields.UUID(), required=True)
    # Who paid; left out of a receipt that was kept before its payer was.
    payer = fields.Nested(PayerV1)


class PaymentCancelledV1(EventSchema):
    receipt_id = fields.UUID(required=True)
    receipt_number = fields.String(required=True)
    reason = fields.String(required=True)
    cancelled_by = fields.String(required=True)
    business_date = fields.Date(required=True)
    total_cents = fields.Integer(required=True, strict=True, validate=_NOT_NEGATIVE)
    bill_ids = fields.List(fields.UUID(), required=True)
    payer = fields.Nested(PayerV1)


_RECEIPT = {
    "receipt_id": "01937c3e-0000-7000-8000-0000000000aa",
    "receipt_number": "2022-000417",
    "business_date": "2022-04-20",
    "total_cents": 103000,
    "bill_ids": ["01937c3e-0000-7000-8000-000000000001"],
    "payer": {"name": "Imogen Vale", "email": "imogen.vale@example.org"},
}

PAYMENT_RETURNED = EventType(
    owner="receivables",
    name="PaymentReturned",
    subject="return/{receipt_id}",
    schema=PaymentReturnedV1,
    doc=(
        "A bank gave a receipt's money back: what it paid is open again from its own dates, and the"
        " oldest of its bills bears the fee."
    ),
    example={
        **_RECEIPT,
        "reason_code": "R01",
        "returned_on": "2022-04-19",
        "nsf_fee_cents": 2500,
        "fee_bill_id": "01937c3e-0000-7000-8000-000000000001",
    },
)

PAYMENT_CANCELLED = EventType(
    owner="receivables",
    name="PaymentCancelled",
    subject="return/{receipt_id}",
    schema=PaymentCancelledV1,
    doc="A receipt of a closed session was taken back by hand; what it paid is open again.",
    example={**_RECEIPT, "reason": "paid on the wrong parcel", "cancelled_by": "ana"},
)

PUBLISHED = (PAYMENT_RETURNED, PAYMENT_CANCELLED)
