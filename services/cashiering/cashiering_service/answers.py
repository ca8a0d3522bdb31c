"""Cashiering's values as its API words them."""

from collections.abc import Iterable, Sequence
from typing import Any

from cashiering_service.baskets import line_advances
from cashiering_service.domain.receipt import Receipt
from cashiering_service.sources.term_answers import line_terms, stored_line_terms
from cashiering_service.sources.words import told_line, told_stored_line
from cashiering_service.till.told_terms import answered_handling, stored_handling
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit.ids import text_of
from taxkit.telemetry import trace_id_of

_PREFIX = "TENDER_TYPE_"
# Asked for with every tender: the wrapper of an enum makes a list of its words each time.
_TENDER_NAMES: dict[int, str] = {
    int(number): name.removeprefix(_PREFIX).lower()
    for name, number in pb.TenderType.items()
    if number
}
_TENDER_NUMBERS = {name: number for number, name in _TENDER_NAMES.items()}


def tender_type_name(number: int) -> str:
    """The law's word for a proto tender type; empty when unspecified or unknown."""
    return _TENDER_NAMES.get(number, "")


def tender_type_number(name: str) -> Any:
    return _TENDER_NUMBERS[name]


def receipt_answer(receipt: Receipt) -> pb.Receipt:
    """A receipt just posted."""
    session = receipt.session
    return pb.Receipt(
        receipt_id=text_of(receipt.receipt_id),
        receipt_number=receipt.receipt_number,
        session_id=text_of(session.session_id),
        state=pb.RECEIPT_STATE_POSTED,
        business_date=session.business_date.isoformat(),
        effective_on=receipt.effective_on.isoformat(),
        source=receipt.source,
        payer=_payer(receipt.payer.name, receipt.payer.email, receipt.payer.mailing_address),
        **_sums(receipt, receipt.tolerance_cents),
        lines=[
            pb.ReceiptLine(
                line_number=line.line_number,
                bill_id=text_of(line.bill.bill_id) if line.bill else "",
                bill_number=line.bill.bill_number if line.bill else "",
                bill_version=line.bill.bill_version if line.bill else 0,
                parcel_number=line.parcel_number,
                tax_year=line.tax_year or 0,
                amount_cents=line.amount_cents,
                suspense_reason=line.suspense_reason or "",
                rule_id=line.rule_id,
                **line_advances.answered(line),
                **line_terms(line),
                **told_line(line),
            )
            for line in receipt.lines
        ],
        tenders=map(stored_tender, receipt.tenders),
        recorded_at=receipt.recorded_at.isoformat(),
        trace_id=trace_id_of(receipt.traceparent).hex,
        note=receipt.note,
        received_on=receipt.received_on.isoformat(),
        **answered_handling(receipt),
    )


def stored_receipt_answer(row: Any, lines: Iterable[Any], tenders: Iterable[Any]) -> pb.Receipt:
    """A receipt as it is stored, with its reversal if it has one."""
    reversed_ = row.reversal_id is not None
    lines = list(lines)
    return pb.Receipt(
        receipt_id=text_of(row.receipt_id),
        receipt_number=row.receipt_number,
        session_id=text_of(row.session_id),
        state=receipt_state(row),
        business_date=row.business_date.isoformat(),
        effective_on=row.effective_on.isoformat(),
        source=row.source,
        payer=_payer(row.payer_name, row.payer_email, row.payer_mailing_address),
        **_sums(row, sum(line.tolerance_cents or 0 for line in lines)),
        lines=map(_stored_line, lines),
        tenders=map(stored_tender, tenders),
        recorded_at=row.recorded_at.isoformat(),
        trace_id=row.trace_id.hex,
        reversal_id=text_of(row.reversal_id) if reversed_ else "",
        reversal_reason=row.reversal_reason or "",
        mark_reason=row.mark_reason or "",
        reversal_trace_id=row.reversal_trace_id.hex if reversed_ else "",
        note=row.note,
        received_on=row.received_on.isoformat(),
        **stored_handling(row),
    )


def _stored_line(line: Any) -> pb.ReceiptLine:
    return pb.ReceiptLine(
        line_number=line.line_number,
        bill_id=text_of(line.bill_id) if line.bill_id else "",
        bill_number=line.bill_number or "",
        bill_version=line.bill_version or 0,
        parcel_number=line.parcel_number,
        tax_year=line.tax_year or 0,
        amount_cents=line.amount_cents,
        suspense_reason=line.suspense_reason or "",
        rule_id=line.rule_id,
        **line_advances.stored_answered(line),
        **stored_line_terms(line),
        **told_stored_line(line),
    )


_MARKED = {
    "returned": pb.RECEIPT_STATE_RETURNED,
    "cancelled": pb.RECEIPT_STATE_CANCELLED,
}


def receipt_state(row: Any) -> pb.ReceiptState.ValueType:
    """Posted while its session is open, then closed (CASH-061), unless it was taken back."""
    if row.reversal_id is not None:
        return pb.RECEIPT_STATE_REVERSED
    if row.mark is not None:
        return _MARKED[row.mark]
    return pb.RECEIPT_STATE_POSTED if row.is_open else pb.RECEIPT_STATE_CLOSED


def _sums(receipt: Any, tolerance_cents: int) -> dict[str, Any]:
    """What was due, handed over, given back, kept and let go.

    due + change + surplus = tendered + tolerance
    """
    return {
        "total_cents": receipt.total_cents,
        "change_cents": receipt.change_cents,
        "surplus_cents": receipt.surplus_cents,
        "due_cents": receipt.total_cents - receipt.surplus_cents,
        "tendered_cents": receipt.total_cents + receipt.change_cents - tolerance_cents,
        "tolerance_cents": tolerance_cents,
    }


def stored_tender(tender: Any) -> pb.Tender:
    return pb.Tender(
        tender_type=tender_type_number(tender.tender_type),
        amount_cents=tender.amount_cents,
        reference=tender.reference or "",
        identifiers=dict(tender.identifiers or {}),
    )


def session_answer(
    row: Any, receipts: int, total_cents: int, expected: Sequence[Any], counts: dict[str, int]
) -> pb.Session:
    types = sorted({one.tender_type for one in expected} | counts.keys())
    expected_by_type = {one.tender_type: one.cents for one in expected}
    return pb.Session(
        session_id=text_of(row.session_id),
        till_code=row.till_code,
        cashier=row.cashier,
        business_date=row.business_date.isoformat(),
        effective_on=row.effective_on.isoformat(),
        state=pb.SESSION_STATE_OPEN if row.is_open else pb.SESSION_STATE_CLOSED,
        receipt_count=receipts,
        total_cents=total_cents,
        tenders=[
            pb.TenderCount(
                tender_type=tender_type_number(one),
                expected_cents=expected_by_type.get(one, 0),
                counted_cents=counts.get(one, 0),
            )
            for one in types
        ],
        over_short_cents=row.over_short_cents or 0,
    )


def _payer(name: str, email: str | None, mailing_address: str) -> pb.Payer:
    return pb.Payer(name=name, email=email or "", mailing_address=mailing_address)
