"""What notifications reads of cashiering's events: what the templates may name."""

from marshmallow import fields

from taxkit.contracts import ReaderSchema


class PayerSeen(ReaderSchema):
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)


class LineSeen(ReaderSchema):
    kind = fields.String(required=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True, allow_none=True)
    amount_cents = fields.Integer(required=True, strict=True)


class _ReceiptSeen(ReaderSchema):
    receipt_id = fields.UUID(required=True)
    receipt_number = fields.String(required=True)
    business_date = fields.Date(required=True)
    effective_on = fields.Date(required=True)
    payer = fields.Nested(PayerSeen, required=True)
    total_cents = fields.Integer(required=True, strict=True)
    lines = fields.List(fields.Nested(LineSeen), required=True)


class PaymentPostedSeen(_ReceiptSeen):
    received_on = fields.Date(required=True)
    change_cents = fields.Integer(required=True, strict=True)


class PaymentReversedSeen(_ReceiptSeen):
    reason = fields.String(required=True)
