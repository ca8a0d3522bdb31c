"""Receipts taken back after they were posted: cancelled by a person, or returned by a bank."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from receivables_service import projections, receipts
from receivables_service.accounts import KnownFact
from receivables_service.asked import Asked, keep_requests
from receivables_service.books import Books
from receivables_service.changes.return_events import PAYMENT_CANCELLED, PAYMENT_RETURNED
from receivables_service.domain.facts import FeeCharged, TakenBackBy
from receivables_service.domain.fees import RedeemedBill, returned_check_fees
from receivables_service.domain.ledger import PostingKind
from receivables_service.domain.terms import ReturnedCheckTerm
from receivables_service.held import replacements
from receivables_service.receipts import Receipt
from taxkit import ids
from taxkit.contracts import IncomingEvent
from taxkit.errors import Refusal, conflict, not_found
from taxkit.inbox import Traced, Work
from taxkit.rows import Columns

_RETURNED = Columns(
    {
        "receipt_id": "uuid",
        "kind": "text",
        "reason": "text",
        "returned_on": "date",
        "business_date": "date",
        "fee_cents": "bigint",
        "fee_bill_id": "uuid",
        "asked_by": "text",
        "recorded_at": "timestamptz",
    }
)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A receipt that was taken back, and the fee that followed."""

    receipt: Receipt
    bill_ids: tuple[UUID, ...]
    fee_cents: int = 0
    fee_bill_id: UUID | None = None


def cancel(
    app: Any, work: Work, receipt_id: UUID | None, receipt_number: str, asked: Asked
) -> TakenBack:
    """Take a posted receipt back: the only way once its session is closed (RECV-055)."""
    receipt = _the_receipt(work, receipt_id, receipt_number)
    if not receipt.session_closed:
        raise Refusal(
            "SESSION_OPEN",
            f"the session of receipt {receipt.receipt_number} is open: reverse it at the till",
        )
    done = TakenBack(receipt, _reached(work, receipt))
    _keep(work, done, TakenBackBy.CANCELLATION, asked, work.clock.today())
    _take_back(app, work, receipt, TakenBackBy.CANCELLATION, asked)
    data = _of_receipt(work, done) | {"reason": asked.reason, "cancelled_by": asked.user}
    work.emit(PAYMENT_CANCELLED, f"return/{receipt.receipt_id}", 1, data, cause=asked)
    return done


def return_payment(
    app: Any,
    work: Work,
    receipt_id: UUID | None,
    receipt_number: str,
    returned_on: date,
    asked: Asked,
) -> TakenBack:
    """Take back what a bank returned, and charge its fee as of the payment (RECV-056, RECV-057)."""
    receipt = _the_receipt(work, receipt_id, receipt_number)
    if not receipt.business_date <= returned_on <= work.clock.today():
        raise Refusal(
            "RETURN_DATE_INVALID",
            f"{returned_on} is before {receipt.business_date}, when it was paid, or after today",
        )
    term = app.terms.returned_check.at(receipt.effective_on)
    bill_ids = _reached(work, receipt)
    fee_bill = None if term is None else _oldest(work, bill_ids, term)
    fee_cents = term.fee_cents if term and fee_bill else 0
    done = TakenBack(receipt, bill_ids, fee_cents, fee_bill)
    _keep(work, done, TakenBackBy.NSF, asked, returned_on)
    _take_back(app, work, receipt, TakenBackBy.NSF, asked)
    if fee_bill is not None and term is not None:
        _charge(app, work, receipt, fee_bill, term, asked)
    replacements.apply(app, work, bill_ids, asked)
    data = _of_receipt(work, done) | {
        "reason_code": asked.reason,
        "returned_on": returned_on.isoformat(),
        "nsf_fee_cents": done.fee_cents,
        "fee_bill_id": str(done.fee_bill_id) if done.fee_bill_id else None,
    }
    work.emit(PAYMENT_RETURNED, f"return/{receipt.receipt_id}", 1, data, cause=asked)
    return done


def _the_receipt(work: Work, receipt_id: UUID | None, number: str) -> Receipt:
    found = receipts.find(work.connection, receipt_id=receipt_id, number=number)
    if not found:
        raise not_found(
            "RECEIPT_NOT_FOUND", f"no receipt {receipt_id or number} has been posted (yet)"
        )
    if len(found) > 1:
        raise conflict(
            "RECEIPT_NUMBER_AMBIGUOUS", f"{len(found)} receipts bear {number}: name one by its id"
        )
    (receipt,) = found
    undone = work.connection.exec_driver_sql(
        "select 1 from returned_receipts where receipt_id = %(id)s union all"
        " select 1 from postings where receipt_id = %(id)s and kind = 'reversal'"
        " and (bill_id = any(%(bills)s::uuid[]) or bill_id is null) limit 1",
        {"id": receipt.receipt_id, "bills": list(_bills(receipt))},
    ).one_or_none()
    if undone is not None:
        raise Refusal("RECEIPT_REVERSED", f"receipt {receipt.receipt_number} was taken back before")
    return receipt


def _bills(receipt: Receipt) -> tuple[UUID, ...]:
    named = [UUID(line["bill_id"]) for line in receipt.lines if line["kind"] == "bill"]
    return tuple(dict.fromkeys(named))


def _reached(work: Work, receipt: Receipt) -> tuple[UUID, ...]:
    """The bills its lines name, and those its money went to from where it was held."""
    paid = work.connection.exec_driver_sql(
        "select distinct bill_id from facts where receipt_id = %s and kind = 'payment'"
        " and bill_id is not null order by bill_id",
        (receipt.receipt_id,),
    ).scalars()
    return tuple(dict.fromkeys((*_bills(receipt), *paid)))


def _take_back(app: Any, work: Work, receipt: Receipt, by: TakenBackBy, cause: Traced) -> None:
    """Undo every line as the till's own reversal would, on today's business date."""
    if not receipt.lines:
        return
    now, today = work.clock.now(), work.clock.today()
    given = projections.ReceiptSeen().load(
        {
            "receipt_id": str(receipt.receipt_id),
            "business_date": today.isoformat(),
            "effective_on": receipt.effective_on.isoformat(),
            "recorded_at": now.isoformat(),
            # The ledger's part: what was for miscellaneous sources is not among the lines.
            "total_cents": sum(line["amount_cents"] for line in receipt.lines),
            "lines": receipt.lines,
        }
    )
    undone = IncomingEvent(
        event_id=ids.new_id(),
        type_name=by.value,
        source="",
        subject=f"receipt/{receipt.receipt_id}",
        sequence=2,
        time=now,
        traceparent=cause.traceparent,
        data={**given, "taken_back_by": by},
    )
    projections.on_payment_reversed(app, work, [undone])


def _oldest(work: Work, bill_ids: Sequence[UUID], term: ReturnedCheckTerm) -> UUID | None:
    """Which bill of the group bears the fee; none when no bill of it is on the books."""
    rows = work.connection.exec_driver_sql(
        "select bill_id, tax_year from bills where bill_id = any(%s::uuid[])"
        " and bill_number is not null",
        (list(bill_ids),),
    )
    group = [RedeemedBill(row.bill_id, row.tax_year) for row in rows]
    fees = returned_check_fees(group, term.fee_cents)
    return next((bill_id for bill_id, cents in fees.items() if cents), None)


def _charge(
    app: Any, work: Work, receipt: Receipt, bill_id: UUID, term: ReturnedCheckTerm, asked: Asked
) -> None:
    fact = FeeCharged(
        ids.derived_id(receipt.receipt_id, "returned_check"),
        receipt.effective_on,
        work.clock.now(),
        term.charge_code,
        term.fee_cents,
        term.rule_id,
    )
    books = Books(work, app.terms)
    books.open([bill_id])
    books.change(bill_id, KnownFact(fact, work.clock.today()), PostingKind.FEE, asked)
    books.close()
    keep_requests(work, asked, [(fact.fact_id, bill_id)])


def _keep(work: Work, done: TakenBack, by: TakenBackBy, asked: Asked, returned_on: date) -> None:
    row = (
        done.receipt.receipt_id,
        by.value,
        asked.reason,
        returned_on,
        work.clock.today(),
        done.fee_cents,
        done.fee_bill_id,
        asked.user,
        work.clock.now(),
    )
    _RETURNED.insert(work.connection, "returned_receipts", [row])


def _of_receipt(work: Work, done: TakenBack) -> dict[str, Any]:
    receipt = done.receipt
    payer = {"name": receipt.payer_name, "email": receipt.payer_email}
    return ({"payer": payer} if receipt.payer_name else {}) | {
        "receipt_id": str(receipt.receipt_id),
        "receipt_number": receipt.receipt_number,
        "business_date": work.clock.today().isoformat(),
        "total_cents": receipt.total_cents,
        "bill_ids": list(map(str, done.bill_ids)),
    }
