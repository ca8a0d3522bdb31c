"""Trust-tax bills that an import pays in full: whoever keeps their returns is told (RECV-069)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from receivables_service import receipts, told
from receivables_service.books import Books
from receivables_service.changes.trust_tax_events import TRUST_TAX_BILL_SETTLED
from taxkit.contracts import IncomingEvent
from taxkit.inbox import Traced, Work

TRUST_TAX = "trust_tax"
"""The bill class of levy's bills for a return."""
# How money comes without anybody at a window.
_IMPORTED = frozenset({"lockbox", "csv", "lender", "web", "ivr", "wire", "dmv"})


def tell_paid(books: Books, events: Sequence[IncomingEvent]) -> None:
    """Tell of bills that receipts of imports have just settled."""
    for event in events:
        given = event.data
        if given["source"] in _IMPORTED:
            for bill_id in _bills(event):
                account = books.account(bill_id)
                fresh = any(
                    each.receipt_id == given["receipt_id"] for each in account.payments_added
                )
                if fresh and account.bill_class == TRUST_TAX and account.state.paid_in_full:
                    _tell(books, bill_id, given["receipt_id"], given["source"],
                          given["business_date"], event)  # fmt: skip


def tell_taken_back(books: Books, events: Sequence[IncomingEvent]) -> None:
    """Tell of bills that are open again."""
    for event in events:
        for bill_id in _bills(event):
            account = books.account(bill_id)
            if account.bill_class == TRUST_TAX and account.added and account.state.open_cents:
                given = event.data
                _tell(books, bill_id, given["receipt_id"], "", given["business_date"], event)


def tell_issued(work: Work, books: Books, events: Sequence[IncomingEvent]) -> None:
    """Tell of bills whose money of an import was there before them."""
    for event in events:
        bill_id: UUID = event.data["bill_id"]
        if event.data["bill_class"] != TRUST_TAX or not books.is_new(bill_id):
            continue
        state = books.account(bill_id).state
        paid_by = list(dict.fromkeys(row.receipt_id for row in state.payments))
        if state.paid_in_full and paid_by:
            known = receipts.find(work.connection, receipt_id=paid_by[-1], number="")
            if known and known[0].source in _IMPORTED:
                day = work.clock.date_of(event.time)
                _tell(books, bill_id, paid_by[-1], known[0].source, day, event)


def _bills(event: IncomingEvent) -> list[UUID]:
    named = [line["bill_id"] for line in event.data["lines"] if line["kind"] == "bill"]
    return list(dict.fromkeys(named))


def _tell(
    books: Books, bill_id: UUID, receipt_id: UUID, source: str, day: Any, cause: Traced
) -> None:
    data = {
        **told.of_bill(books.head(bill_id)),
        "settled": bool(source),
        "receipt_id": str(receipt_id),
        "source": source,
        "changed_on": day.isoformat(),
    }
    books.tell(TRUST_TAX_BILL_SETTLED, bill_id, data, cause)
