"""What the bills of a basket owe: receivables' figures, or the read copy's, marked provisional."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from cashiering_service.domain.called import due_by
from cashiering_service.domain.paying import Basis, Charge, Quoted
from cashiering_service.quotes import Quotes
from millage.cashiering.v1 import cashiering_pb2 as money
from taxkit.errors import Refusal, RefusalKind

QUOTED_AT_ONCE = 100


def of_read_copy(due: Any, as_of: date) -> Quoted:
    """A row of dues as a quote."""
    return Quoted(
        as_of,
        True,
        tuple(
            Charge(
                one["installment"],
                due_by(one, as_of),
                one["tax_open_cents"],
                one["interest_open_cents"],
                one.get("penalty_open_cents", 0),
                one.get("fee_open_cents", 0),
                one.get("paid_cents", 0),
                one.get("collection_type", "S"),
            )
            for one in due.installments
        ),
        due.open_cents,
    )


def ask(
    quotes: Quotes,
    bills: Sequence[Any],
    as_of: date,
    metadata: Any,
    basis: Basis | None = None,
) -> dict[UUID, tuple[int, Quoted]]:
    """(version, figures) of each bill as of a date; a bill receivables lacks is the read copy's."""
    wished = basis.value if basis else ""
    found = {one.bill_id: (one.bill_version, of_read_copy(one, as_of)) for one in bills}
    wanted = list(found)
    for start in range(0, len(wanted), QUOTED_AT_ONCE):
        try:
            some = wanted[start : start + QUOTED_AT_ONCE]
            answer = quotes.quote("", some, as_of, metadata, wished)
        except Refusal as refusal:
            if refusal.kind is not RefusalKind.NOT_FOUND:
                raise
            continue
        for bill in answer.bills:
            found[UUID(bill.bill_id)] = (bill.bill_version, _translate(bill, as_of, answer))
        if answer.provisional:
            break
    return found


def _translate(bill: money.BillDue, as_of: date, answer: money.QuoteResponse) -> Quoted:
    return Quoted(
        as_of,
        answer.provisional,
        tuple(
            Charge(
                one.installment,
                date.fromisoformat(one.due_on),
                one.tax_open_cents,
                one.interest_open_cents,
                one.penalty_open_cents,
                one.fee_open_cents,
                one.paid_cents,
                one.collection_type or "S",
            )
            for one in bill.installments
        ),
        bill.open_cents,
        Basis(bill.interest_basis) if bill.interest_basis else None,
        bill.interest_basis_fixed,
        bill.discount_cents,
        date.fromisoformat(bill.discount_until) if bill.discount_until else None,
    )
