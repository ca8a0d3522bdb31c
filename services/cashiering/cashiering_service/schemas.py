"""The marshmallow schemas of what cashiering publishes: exactly what it declares."""

from marshmallow import fields, validate

from cashiering_service.till.schemas import AllocationV1, WaivedV1
from taxkit.contracts import EventSchema

_SOURCES = validate.OneOf(
    ["counter", "lockbox", "csv", "mail", "lender", "web", "ivr", "wire", "dmv", "misc"]
)
_CENTS = validate.Range(min=0)


class PayerV1(EventSchema):
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    # Only where somebody told one.
    mailing_address = fields.String()


class TenderV1(EventSchema):
    tender_type = fields.String(required=True)
    amount_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    reference = fields.String(required=True, allow_none=True)
    # Only of money held that its basket had kept for itself: "basket <id>".
    held_for = fields.String()


class LineV1(EventSchema):
    line_number = fields.Integer(required=True, strict=True)
    kind = fields.String(
        required=True, validate=validate.OneOf(["bill", "suspense", "advance", "misc"])
    )
    bill_id = fields.UUID(required=True, allow_none=True)
    bill_number = fields.String(required=True, allow_none=True)
    bill_version = fields.Integer(required=True, allow_none=True, strict=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, allow_none=True, strict=True)
    amount_cents = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    suspense_reason = fields.String(required=True, allow_none=True)
    # Of an advance: what it is for, and the escrow account it goes into.
    advance_type = fields.String()
    escrow_account = fields.String(allow_none=True)
    # Only where there is any: let go (above zero) or kept (below), waived, not the law's own rule.
    tolerance_cents = fields.Integer(strict=True)
    waived = fields.Nested(WaivedV1)
    allocation = fields.Nested(AllocationV1)
    # Only where it is not the receipt's: the line's own date of payment.
    effective_on = fields.Date()
    # Only of kind misc: money for no bill, for the fund and account of its source.
    source_code = fields.String()
    fields_ = fields.Dict(keys=fields.String(), values=fields.String(), data_key="fields")
    credit_fund = fields.String()
    credit_account = fields.String()
    debit_fund = fields.String()
    debit_account = fields.String()


class PaymentPostedV1(EventSchema):
    receipt_id = fields.UUID(required=True)
    receipt_number = fields.String(required=True)
    session_id = fields.UUID(required=True)
    till_code = fields.String(required=True)
    source = fields.String(required=True, validate=_SOURCES)
    business_date = fields.Date(required=True)
    effective_on = fields.Date(required=True)
    received_on = fields.Date(required=True)
    recorded_at = fields.AwareDateTime(required=True)
    payer = fields.Nested(PayerV1, required=True)
    total_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    change_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    # Not in messages from before it was told.
    surplus_cents = fields.Integer(strict=True, validate=_CENTS)
    tenders = fields.List(fields.Nested(TenderV1), required=True)
    lines = fields.List(fields.Nested(LineV1), required=True)
    # Only of mail, of a lender's payment, and where the payer wants less paper.
    postmarked_on = fields.Date()
    lender_code = fields.String()
    receipt_print_suppressed = fields.Boolean()
    surplus_notice_suppressed = fields.Boolean()


class PaymentReversedV1(EventSchema):
    reversal_id = fields.UUID(required=True)
    receipt_id = fields.UUID(required=True)
    receipt_number = fields.String(required=True)
    session_id = fields.UUID(required=True)
    business_date = fields.Date(required=True)
    effective_on = fields.Date(required=True)
    reason = fields.String(required=True)
    reversed_by = fields.String(required=True)
    recorded_at = fields.AwareDateTime(required=True)
    payer = fields.Nested(PayerV1, required=True)
    total_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    lines = fields.List(fields.Nested(LineV1), required=True)


class TenderCountV1(EventSchema):
    tender_type = fields.String(required=True)
    expected_cents = fields.Integer(required=True, strict=True)
    counted_cents = fields.Integer(required=True, strict=True)


class SessionClosedV1(EventSchema):
    session_id = fields.UUID(required=True)
    till_code = fields.String(required=True)
    cashier = fields.String(required=True)
    business_date = fields.Date(required=True)
    receipt_count = fields.Integer(required=True, strict=True)
    total_cents = fields.Integer(required=True, strict=True)
    over_short_cents = fields.Integer(required=True, strict=True)
    tenders = fields.List(fields.Nested(TenderCountV1), required=True)


class BillQuotedV1(EventSchema):
    bill_id = fields.UUID(required=True)
    bill_version = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))


class ImportRunV1(EventSchema):
    run_id = fields.UUID(required=True)
    layout = fields.String(required=True)
    file_name = fields.String(required=True)
    file_sha256 = fields.String(required=True)
    business_date = fields.Date(required=True)
    line_count = fields.Integer(required=True, strict=True)


class ImportRunStartedV1(ImportRunV1):
    # The bills its lines may pay, as they stood when the file was taken in. A large file does not
    # name them: then any bill may be among them.
    names_its_bills = fields.Boolean()
    bills = fields.List(fields.Nested(BillQuotedV1))


class ImportRunFinishedV1(ImportRunV1):
    state = fields.String(required=True)
    posted_count = fields.Integer(required=True, strict=True)
    suspense_count = fields.Integer(required=True, strict=True)
    rejected_count = fields.Integer(required=True, strict=True)
    duplicate_count = fields.Integer(required=True, strict=True)
    posted_cents = fields.Integer(required=True, strict=True)
    suspense_cents = fields.Integer(required=True, strict=True)


class ImportLineExceptionV1(EventSchema):
    run_id = fields.UUID(required=True)
    line_number = fields.Integer(required=True, strict=True)
    outcome = fields.String(required=True)
    reason = fields.String(required=True)
    message = fields.String(required=True)
    parcel_number = fields.String(required=True, allow_none=True)
    amount_cents = fields.Integer(required=True, strict=True, allow_none=True)
    receipt_id = fields.UUID(required=True, allow_none=True)


class DepositTenderV1(EventSchema):
    tender_type = fields.String(required=True)
    amount_cents = fields.Integer(required=True, strict=True, validate=_CENTS)


class DepositSessionV1(EventSchema):
    session_id = fields.UUID(required=True)
    business_date = fields.Date(required=True)
    total_cents = fields.Integer(required=True, strict=True, validate=_CENTS)


class DepositMadeV1(EventSchema):
    deposit_id = fields.UUID(required=True)
    deposit_number = fields.String(required=True)
    deposited_on = fields.Date(required=True)
    bank_reference = fields.String(required=True)
    total_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    made_by = fields.String(required=True)
    recorded_at = fields.AwareDateTime(required=True)
    tenders = fields.List(fields.Nested(DepositTenderV1), required=True)
    sessions = fields.List(fields.Nested(DepositSessionV1), required=True)
