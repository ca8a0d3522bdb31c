"""A check handed in for one the bank returns: held until that one is taken back, then applied."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from receivables_service.asked import Asked
from receivables_service.books import Books
from receivables_service.held import store as held_store
from receivables_service.held.taking import may_pay, take
from taxkit.inbox import Work

REPLACEMENT = "replacement_payment"
_HELD_FOR = (
    "i.subcode = %s and i.state = 'open' and i.bill_id is null"
    " and i.parcel_number in (select parcel_number from bills where bill_id = any(%s::uuid[]))"
)


def apply(app: Any, work: Work, bill_ids: Sequence[UUID], asked: Asked) -> None:
    """Spend what is held for the bills of a returned check on them, the oldest year first."""
    wanted = [REPLACEMENT, list(bill_ids)]
    receipts = {
        item.receipt_id for item in held_store.items_where(work.connection, _HELD_FOR, wanted)
    }
    if not receipts:
        return
    books = Books(work, app.terms)
    books.open(bill_ids, receipts)
    # Under the lock: what a case or another receipt took meanwhile is not there to be spent.
    items = [
        item
        for item in held_store.items_where(work.connection, _HELD_FOR, wanted)
        if item.receipt_id in receipts
    ]
    ordered = sorted(
        (books.head(bill_id) for bill_id in bill_ids),
        key=lambda head: (head.tax_year or 0, head.bill_id),
    )
    for item in items:
        left = item.open_cents
        for head in ordered:
            own = head.parcel_number == item.parcel_number and may_pay(
                app, work.clock.today(), books, item, head.bill_id
            )
            owed = books.open_on(head.bill_id, work.clock.today()) if own else None
            if part := min(left, owed or 0):
                left -= part
                take(
                    books, work, item, part, asked, purpose=REPLACEMENT, bill_id=head.bill_id,
                    asked_by=asked.user,
                )  # fmt: skip
    books.close()
