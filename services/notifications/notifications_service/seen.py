"""What notifications reads of cashiering's events: what the templates may name."""

from marshmallow import fields

from taxkit.contracts import ReaderSchema


class PersonSeen(ReaderSchema):
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
    payer = fields.Nested(PersonSeen, required=True)
    total_cents = fields.Integer(required=True, strict=True)
    lines = fields.List(fields.Nested(LineSeen), required=True)


class PaymentPostedSeen(_ReceiptSeen):
    received_on = fields.Date(required=True)
    change_cents = fields.Integer(required=True, strict=True)
    # Absent where there is none, and in messages from before they were told.
    surplus_cents = fields.Integer(load_default=0, strict=True)
    receipt_print_suppressed = fields.Boolean(load_default=False)
    surplus_notice_suppressed = fields.Boolean(load_default=False)


class PaymentReversedSeen(_ReceiptSeen):
    reason = fields.String(required=True)


class InstallmentSeen(ReaderSchema):
    installment = fields.Integer(required=True, strict=True)
    due_on = fields.Date(required=True)
    amount_cents = fields.Integer(required=True, strict=True)


class DemandSeen(ReaderSchema):
    total_cents = fields.Integer(required=True, strict=True)


class BillCorrectedSeen(ReaderSchema):
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True)
    owner = fields.Nested(PersonSeen, required=True)
    corrected_on = fields.Date(required=True)
    reason = fields.String(required=True)
    total_cents = fields.Integer(required=True, strict=True)
    installments = fields.List(fields.Nested(InstallmentSeen), required=True)
    before = fields.Nested(DemandSeen, required=True)
