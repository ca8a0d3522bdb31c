"""The events cashiering owns, each with its golden example."""

from cashiering_service.returns.events import PAYMENT_RETURN_REPORTED
from cashiering_service.schemas import (
    DepositMadeV1,
    ImportLineExceptionV1,
    ImportRunFinishedV1,
    ImportRunStartedV1,
    PaymentPostedV1,
    PaymentReversedV1,
    SessionClosedV1,
)
from cashiering_service.till.events import ALLOCATION_OVERRIDDEN, MONEY_HOLD_CHANGED
from taxkit.contracts import EventType

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
    doc=(
        "A receipt was stored: money was taken. total = lines = tenders less change, plus the"
        " lines' tolerance: what the county lets go, or with a minus keeps. surplus is"
        " what of the last line was tendered above what was to be paid, and not given back."
    ),
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
        "surplus_cents": 0,
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
    doc="A drawer was counted and closed; its money may be released once it is deposited.",
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

DEPOSIT_MADE = EventType(
    owner="cashiering",
    name="DepositMade",
    subject="deposit/{deposit_id}",
    schema=DepositMadeV1,
    doc="Closed drawers went to the bank, by tender as counted; their money may be released.",
    example={
        "deposit_id": "01937c3e-0000-7000-8000-0000000000ee",
        "deposit_number": "D-20221216-1",
        "deposited_on": "2022-12-16",
        "bank_reference": "bag 4711",
        "total_cents": 1260222,
        "made_by": "supervisor",
        "recorded_at": "2022-12-16T09:00:00+00:00",
        "tenders": [{"tender_type": "check", "amount_cents": 1260222}],
        "sessions": [
            {"session_id": _SESSION_ID, "business_date": "2022-12-15", "total_cents": 1260222}
        ],
    },
)

IMPORT_RUN_STARTED = EventType(
    owner="cashiering",
    name="ImportRunStarted",
    subject="import/{run_id}",
    schema=ImportRunStartedV1,
    doc="A remittance file is there, to be judged and posted: from now on its bills had better"
    " stand as they are.",
    example={
        **_RUN,
        "names_its_bills": True,
        "bills": [{"bill_id": _LINE["bill_id"], "bill_version": 1}],
    },
)

IMPORT_RUN_FINISHED = EventType(
    owner="cashiering",
    name="ImportRunFinished",
    subject="import/{run_id}",
    schema=ImportRunFinishedV1,
    doc="A remittance file was posted, or let go of: its bills may change again.",
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
    doc=(
        "A line of a remittance file did not post to a bill, and why; where its money waits in"
        " suspense, under which receipt it will."
    ),
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
    DEPOSIT_MADE,
    IMPORT_RUN_STARTED,
    IMPORT_RUN_FINISHED,
    IMPORT_LINE_EXCEPTION,
    PAYMENT_RETURN_REPORTED,
    ALLOCATION_OVERRIDDEN,
    MONEY_HOLD_CHANGED,
)
