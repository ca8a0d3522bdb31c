"""What distribution reads of its neighbours' events."""

from marshmallow import fields, validate

from distribution_service.credits.claims import CreditSeen
from distribution_service.domain.terms import ChargeType
from taxkit.contracts import ReaderSchema
from taxkit.money import CENTS_MAX

_AMOUNT = validate.Range(min=0, max=CENTS_MAX)
_SIGNED = validate.Range(min=-CENTS_MAX, max=CENTS_MAX)
_CODE = validate.Regexp(r"[A-Za-z0-9._-]{1,40}\Z")
_FUND = validate.Regexp(r"[A-Za-z0-9._-]{0,40}\Z")
# An agency's fund, "010010000/debt"; "/": the lines of no fund; empty: of any.
_LINE = validate.Regexp(r"(?:[A-Za-z0-9._-]{0,40}/[A-Za-z0-9._-]{0,40})?\Z")


class ComponentSeen(ReaderSchema):
    agency_code = fields.String(required=True, validate=_CODE)
    agency_name = fields.String(required=True)
    fund = fields.String(load_default="", validate=_FUND)
    amount_cents = fields.Integer(required=True, strict=True, validate=_AMOUNT)
    # What credits took off it before.
    credited_cents = fields.Integer(load_default=0, strict=True, validate=_SIGNED)


class BillCreatedSeen(ReaderSchema):
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    bill_version = fields.Integer(load_default=1, strict=True, validate=validate.Range(min=1))
    tax_year = fields.Integer(required=True, strict=True)
    total_cents = fields.Integer(required=True, strict=True, validate=_AMOUNT)
    components = fields.List(fields.Nested(ComponentSeen), required=True)
    credits = fields.List(fields.Nested(CreditSeen), load_default=())


class BillCorrectedSeen(ReaderSchema):
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    bill_version = fields.Integer(required=True, strict=True, validate=validate.Range(min=2))
    tax_year = fields.Integer(required=True, strict=True)
    total_cents = fields.Integer(required=True, strict=True, validate=_AMOUNT)
    components = fields.List(fields.Nested(ComponentSeen), required=True)
    credits = fields.List(fields.Nested(CreditSeen), load_default=())


class ReceiptLineSeen(ReaderSchema):
    line_number = fields.Integer(load_default=1, strict=True)
    kind = fields.String(load_default="bill")
    amount_cents = fields.Integer(load_default=0, strict=True, validate=_AMOUNT)
    # Of kind misc.
    source_code = fields.String(load_default="")
    credit_fund = fields.String(load_default="")
    credit_account = fields.String(load_default="")


class PaymentPostedSeen(ReaderSchema):
    receipt_id = fields.UUID(required=True)
    session_id = fields.UUID(required=True)
    business_date = fields.Date(required=True)
    total_cents = fields.Integer(required=True, strict=True, validate=_AMOUNT)
    lines = fields.List(fields.Nested(ReceiptLineSeen), load_default=list)


class PaymentReversedSeen(ReaderSchema):
    receipt_id = fields.UUID(required=True)
    business_date = fields.Date(required=True)
    total_cents = fields.Integer(required=True, strict=True, validate=_AMOUNT)


class SessionClosedSeen(ReaderSchema):
    session_id = fields.UUID(required=True)
    business_date = fields.Date(required=True)
    total_cents = fields.Integer(required=True, strict=True, validate=_SIGNED)


class DepositedSessionSeen(ReaderSchema):
    session_id = fields.UUID(required=True)


class DepositMadeSeen(ReaderSchema):
    deposit_id = fields.UUID(required=True)
    deposited_on = fields.Date(required=True)
    sessions = fields.List(fields.Nested(DepositedSessionSeen), required=True)


class AllocationRowSeen(ReaderSchema):
    receipt_id = fields.UUID(required=True)
    charge_type = fields.Enum(ChargeType, by_value=True, required=True)
    amount_cents = fields.Integer(required=True, strict=True, validate=_SIGNED)
    fund = fields.String(load_default="", validate=_LINE)


class PaymentAllocatedSeen(ReaderSchema):
    posting_id = fields.UUID(required=True)
    # Why it moved is receivables' word: shares follow from the rows alone.
    kind = fields.String(required=True, validate=validate.Regexp(r"[a-z_]{1,40}\Z"))
    receipt_id = fields.UUID(required=True)
    bill_id = fields.UUID(required=True, allow_none=True)
    tax_year = fields.Integer(required=True, strict=True, allow_none=True)
    business_date = fields.Date(required=True)
    rows = fields.List(fields.Nested(AllocationRowSeen), required=True)
