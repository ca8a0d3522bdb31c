"""How cashiering's values are told on the bus."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from cashiering_service.baskets import line_advances
from cashiering_service.domain.receipt import Receipt, ReceiptLine
from cashiering_service.sources.words import told_line, told_stored_line
from cashiering_service.till.told_terms import stored_told_terms, told_handling, told_terms
from taxkit.ids import text_of


def payment_posted(receipt: Receipt) -> dict[str, Any]:
    session = receipt.session
    return {
        "receipt_id": text_of(receipt.receipt_id),
        "receipt_number": receipt.receipt_number,
        "session_id": text_of(session.session_id),
        "till_code": session.till_code,
        "source": receipt.source,
        "business_date": session.business_date.isoformat(),
        "effective_on": receipt.effective_on.isoformat(),
        "received_on": receipt.received_on.isoformat(),
        "recorded_at": receipt.recorded_at.isoformat(),
        "payer": _payer(receipt.payer.name, receipt.payer.email, receipt.payer.mailing_address),
        "total_cents": receipt.total_cents,
        "change_cents": receipt.change_cents,
        "surplus_cents": receipt.surplus_cents,
        "tenders": [
            {
                "tender_type": tender.tender_type,
                "amount_cents": tender.amount_cents,
                "reference": tender.reference,
                **({"held_for": tender.held_for} if tender.held_for else {}),
            }
            for tender in receipt.tenders
        ],
        "lines": [_line(line) for line in receipt.lines],
        **told_handling(receipt),
    }


def _line(line: ReceiptLine) -> dict[str, Any]:
    bill = line.bill
    return {
        "line_number": line.line_number,
        "kind": "bill" if bill else "misc" if line.priced else "suspense",
        "bill_id": text_of(bill.bill_id) if bill else None,
        "bill_number": bill.bill_number if bill else None,
        "bill_version": bill.bill_version if bill else None,
        "parcel_number": line.parcel_number,
        "tax_year": line.tax_year,
        "amount_cents": line.amount_cents,
        "suspense_reason": line.suspense_reason,
        **line_advances.told(line),
        **told_terms(line),
        **told_line(line),
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
        "reversal_id": text_of(reversal_id),
        "receipt_id": text_of(receipt.receipt_id),
        "receipt_number": receipt.receipt_number,
        "session_id": text_of(receipt.session_id),
        "business_date": business_date.isoformat(),
        "effective_on": receipt.effective_on.isoformat(),
        "reason": reason,
        "reversed_by": by,
        "recorded_at": at.isoformat(),
        "payer": _payer(receipt.payer_name, receipt.payer_email, receipt.payer_mailing_address),
        "total_cents": receipt.total_cents,
        "lines": [_stored_line(line) for line in lines],
    }


def _payer(name: str, email: str | None, mailing_address: str) -> dict[str, Any]:
    told = {"name": name, "email": email}
    return told | {"mailing_address": mailing_address} if mailing_address else told


def _stored_line(line: Any) -> dict[str, Any]:
    return {
        "line_number": line.line_number,
        "kind": "bill" if line.bill_id else "misc" if line.source_code else "suspense",
        "bill_id": text_of(line.bill_id) if line.bill_id else None,
        "bill_number": line.bill_number,
        "bill_version": line.bill_version,
        "parcel_number": line.parcel_number,
        "tax_year": line.tax_year,
        "amount_cents": line.amount_cents,
        "suspense_reason": line.suspense_reason,
        **line_advances.stored_told(line),
        **stored_told_terms(line),
        **told_stored_line(line),
    }


def session_closed(
    row: Any, receipts: int, cents: int, expected: Mapping[str, int], counts: Mapping[str, int]
) -> dict[str, Any]:
    """From the session's row and what its drawer should and did hold."""
    return {
        "session_id": text_of(row.session_id),
        "till_code": row.till_code,
        "cashier": row.cashier,
        "business_date": row.business_date.isoformat(),
        "receipt_count": receipts,
        "total_cents": cents,
        "over_short_cents": sum(counts.values()) - sum(expected.values()),
        "tenders": [
            {
                "tender_type": kind,
                "expected_cents": expected.get(kind, 0),
                "counted_cents": counts.get(kind, 0),
            }
            for kind in sorted(expected.keys() | counts.keys())
        ],
    }
