"""The events cashiering owns, and how they are made from its values."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from marshmallow import fields, validate

from cashiering_service.domain.receipt import Receipt, ReceiptLine
from taxkit.contracts import EventSchema, EventType

_SOURCES = validate.OneOf(["counter", "lockbox", "csv"])
_CENTS = validate.Range(min=0)


class PayerV1(EventSchema):
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)


class TenderV1(EventSchema):
    tender_type = fields.String(required=True)
    amount_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    reference = fields.String(required=True, allow_none=True)


class LineV1(EventSchema):
    line_number = fields.Integer(required=True, strict=True)
    kind = fields.String(required=True, validate=validate.OneOf(["bill", "suspense"]))
    bill_id = fields.UUID(required=True, allow_none=True)
    bill_number = fields.String(required=True, allow_none=True)
    bill_version = fields.Integer(required=True, allow_none=True, strict=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, allow_none=True, strict=True)
    amount_cents = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    suspense_reason = fields.String(required=True, allow_none=True)


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
    tenders = fields.List(fields.Nested(TenderV1), required=True)
    lines = fields.List(fields.Nested(LineV1), required=True)


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


class ImportRunStartedV1(EventSchema):
    run_id = fields.UUID(required=True)
    layout = fields.String(required=True)
    file_name = fields.String(required=True)
    file_sha256 = fields.String(required=True)
    business_date = fields.Date(required=True)
    line_count = fields.Integer(required=True, strict=True)


class ImportRunFinishedV1(ImportRunStartedV1):
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


_RECEIPT_ID = "01937c3e-0000-7000-8000-0000000000aa"
_SESSION_ID = "01937c3e-0000-7000-8000-0000000000bb"
_RUN_ID = "01937c3e-0000-7000-8000-0000000000cc"
_LINE = {
    "line_number": 1,
    "kind": "bill",
    "bill_id": "01937c3e-0000-7000-8000-000000000001",
    "bill_number": "2021-13264290020000",
    "bill_version": 1,
    "parcel_number": "13264290020000",
    "tax_year": 2021,
    "amount_cents": 1260222,
    "suspense_reason": None,
}
_PAYER = {"name": "Imogen Vale", "email": "imogen.vale@example.org"}
_RUN = {
    "run_id": _RUN_ID,
    "layout": "csv",
    "file_name": "remittance.csv",
    "file_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "business_date": "2022-12-15",
    "line_count": 4,
}

PAYMENT_POSTED = EventType(
    owner="cashiering",
    name="PaymentPosted",
    subject="receipt/{receipt_id}",
    schema=PaymentPostedV1,
    doc="A receipt was stored: money was taken. total = lines = tenders less change.",
    example={
        "receipt_id": _RECEIPT_ID,
        "receipt_number": "T01-20221215-1-00001",
        "session_id": _SESSION_ID,
        "till_code": "T01",
        "source": "counter",
        "business_date": "2022-12-15",
        "effective_on": "2022-12-15",
        "received_on": "2022-12-15",
        "recorded_at": "2022-12-15T16:20:00+00:00",
        "payer": _PAYER,
        "total_cents": 1260222,
        "change_cents": 0,
        "tenders": [{"tender_type": "check", "amount_cents": 1260222, "reference": "1044"}],
        "lines": [_LINE],
    },
)

PAYMENT_REVERSED = EventType(
    owner="cashiering",
    name="PaymentReversed",
    subject="receipt/{receipt_id}",
    schema=PaymentReversedV1,
    doc="A receipt was reversed while its session was open: all of it, with a reason.",
    example={
        "reversal_id": "01937c3e-0000-7000-8000-0000000000dd",
        "receipt_id": _RECEIPT_ID,
        "receipt_number": "T01-20221215-1-00001",
        "session_id": _SESSION_ID,
        "business_date": "2022-12-15",
        "effective_on": "2022-12-15",
        "reason": "wrong parcel",
        "reversed_by": "cashier",
        "recorded_at": "2022-12-15T16:30:00+00:00",
        "payer": _PAYER,
        "total_cents": 1260222,
        "lines": [_LINE],
    },
)

SESSION_CLOSED = EventType(
    owner="cashiering",
    name="SessionClosed",
    subject="session/{session_id}",
    schema=SessionClosedV1,
    doc="A drawer was counted and closed; its money may be released.",
    example={
        "session_id": _SESSION_ID,
        "till_code": "T01",
        "cashier": "cashier",
        "business_date": "2022-12-15",
        "receipt_count": 1,
        "total_cents": 1260222,
        "over_short_cents": 0,
        "tenders": [{"tender_type": "check", "expected_cents": 1260222, "counted_cents": 1260222}],
    },
)

IMPORT_RUN_STARTED = EventType(
    owner="cashiering",
    name="ImportRunStarted",
    subject="import/{run_id}",
    schema=ImportRunStartedV1,
    doc="A remittance file was validated and begins to post.",
    mandatory=False,
    example=_RUN,
)

IMPORT_RUN_FINISHED = EventType(
    owner="cashiering",
    name="ImportRunFinished",
    subject="import/{run_id}",
    schema=ImportRunFinishedV1,
    doc="A remittance file was posted, or rejected whole.",
    mandatory=False,
    example={
        **_RUN,
        "state": "committed",
        "posted_count": 1,
        "suspense_count": 1,
        "rejected_count": 1,
        "duplicate_count": 1,
        "posted_cents": 100000,
        "suspense_cents": 25000,
    },
)

IMPORT_LINE_EXCEPTION = EventType(
    owner="cashiering",
    name="ImportLineException",
    subject="import/{run_id}",
    schema=ImportLineExceptionV1,
    doc="A line of a remittance file did not post to a bill, and why.",
    mandatory=False,
    example={
        "run_id": _RUN_ID,
        "line_number": 3,
        "outcome": "suspense",
        "reason": "PARCEL_UNKNOWN",
        "message": "no bill of 2021 for parcel 99999999999999",
        "parcel_number": "99999999999999",
        "amount_cents": 25000,
        "receipt_id": _RECEIPT_ID,
    },
)

PUBLISHED = (
    PAYMENT_POSTED,
    PAYMENT_REVERSED,
    SESSION_CLOSED,
    IMPORT_RUN_STARTED,
    IMPORT_RUN_FINISHED,
    IMPORT_LINE_EXCEPTION,
)


def payment_posted(receipt: Receipt) -> dict[str, Any]:
    session = receipt.session
    return {
        "receipt_id": str(receipt.receipt_id),
        "receipt_number": receipt.receipt_number,
        "session_id": str(session.session_id),
        "till_code": session.till_code,
        "source": receipt.source,
        "business_date": session.business_date.isoformat(),
        "effective_on": receipt.effective_on.isoformat(),
        "received_on": receipt.received_on.isoformat(),
        "recorded_at": receipt.recorded_at.isoformat(),
        "payer": {"name": receipt.payer.name, "email": receipt.payer.email},
        "total_cents": receipt.total_cents,
        "change_cents": receipt.change_cents,
        "tenders": [
            {
                "tender_type": tender.tender_type,
                "amount_cents": tender.amount_cents,
                "reference": tender.reference,
            }
            for tender in receipt.tenders
        ],
        "lines": [_line(line) for line in receipt.lines],
    }


def _line(line: ReceiptLine) -> dict[str, Any]:
    bill = line.bill
    return {
        "line_number": line.line_number,
        "kind": "bill" if bill else "suspense",
        "bill_id": str(bill.bill_id) if bill else None,
        "bill_number": bill.bill_number if bill else None,
        "bill_version": bill.bill_version if bill else None,
        "parcel_number": line.parcel_number,
        "tax_year": bill.tax_year if bill else None,
        "amount_cents": line.amount_cents,
        "suspense_reason": line.suspense_reason,
    }


def payment_reversed(
    receipt: Any,
    lines: Sequence[Any],
    *,
    reversal_id: UUID,
    reason: str,
    by: str,
    business_date: date,
    at: datetime,
) -> dict[str, Any]:
    """From the stored receipt and its stored lines: a reversal undoes exactly what was posted."""
    return {
        "reversal_id": str(reversal_id),
        "receipt_id": str(receipt.receipt_id),
        "receipt_number": receipt.receipt_number,
        "session_id": str(receipt.session_id),
        "business_date": business_date.isoformat(),
        "effective_on": receipt.effective_on.isoformat(),
        "reason": reason,
        "reversed_by": by,
        "recorded_at": at.isoformat(),
        "payer": {"name": receipt.payer_name, "email": receipt.payer_email},
        "total_cents": receipt.total_cents,
        "lines": [
            {
                "line_number": line.line_number,
                "kind": "bill" if line.bill_id else "suspense",
                "bill_id": str(line.bill_id) if line.bill_id else None,
                "bill_number": line.bill_number,
                "bill_version": line.bill_version,
                "parcel_number": line.parcel_number,
                "tax_year": line.tax_year,
                "amount_cents": line.amount_cents,
                "suspense_reason": line.suspense_reason,
            }
            for line in lines
        ],
    }
