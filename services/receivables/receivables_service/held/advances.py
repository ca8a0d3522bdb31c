"""Money paid in advance meets its bill: applied when the bill comes, and shown as a payment.

Whichever of the two is heard of first: a bill made after the money was taken is its bill.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from receivables_service.books import Books
from receivables_service.domain.facts import BillIssued
from receivables_service.held import store as held_store
from receivables_service.held.lines import payment_id
from receivables_service.held.store import Item
from receivables_service.held.taking import may_pay, take
from receivables_service.held.tendering import Accounts
from taxkit import ids
from taxkit.contracts import IncomingEvent
from taxkit.dated import NoTermInForce
from taxkit.inbox import Work

ADVANCE = "advance"
_WAITING = (
    "i.parcel_number = any(%s::text[]) and i.bill_id is null and i.advance_type <> ''"
    " and i.state = 'open'"
)
# Nothing but its payment has moved it.
_FRESH = (
    "i.payment_fact_id = any(%s::uuid[]) and i.bill_id is null and i.advance_type <> ''"
    " and i.state = 'open' and i.sequence = 1"
)
_BILLS = """
select bill_id from bills where parcel_number = any(%b::text[]) and bill_number is not null
    and open_cents > 0 order by tax_year, bill_number, bill_id
"""


def accounts_waiting(work: Work, events: Sequence[IncomingEvent]) -> Accounts:
    """The receipts whose advances wait for bills of these parcels."""
    waiting = _waiting(work, events)
    return Accounts(receipt_ids={item.receipt_id for item in waiting})


def apply(
    app: Any, work: Work, books: Books, events: Sequence[IncomingEvent], locked: Accounts
) -> None:
    """Spend what waits on a parcel on its new bills, oldest year and oldest money first."""
    fresh = [event for event in events if books.is_new(event.data["bill_id"])]
    waiting = [
        item
        for item in (_waiting(work, fresh) if locked.receipt_ids else [])
        if item.receipt_id in locked.receipt_ids and _is_for_bills(app, work, item)
    ]
    left = {item.item_id: item.open_cents for item in waiting}
    for event in sorted(fresh, key=lambda event: event.data["tax_year"]):
        bill_id: UUID = event.data["bill_id"]
        for item in waiting:
            if _is_of(item, event) and may_pay(app, work.clock.today(), books, item, bill_id):
                left[item.item_id] -= _spend(work, books, item, left[item.item_id], event, bill_id)


def bills_overtaken(work: Work, events: Sequence[IncomingEvent]) -> list[UUID]:
    """Open bills on the parcels money was paid in advance for; of most receipts there is none."""
    lines = [line for event in events for line in event.data["lines"] if line["kind"] == ADVANCE]
    parcels = sorted({line["parcel_number"] for line in lines})
    if not parcels:
        return []
    return list(work.connection.exec_driver_sql(_BILLS, (parcels,)).scalars())


def catch_up(
    app: Any, work: Work, events: Sequence[IncomingEvent], bill_ids: Sequence[UUID]
) -> None:
    """Spend advances on bills made after them that were heard of before them (RECV-038)."""
    event_of = {
        payment_id(event.data["receipt_id"], line["line_number"]): event
        for event in (events if bill_ids else ())
        for line in event.data["lines"]
        if line["kind"] == ADVANCE
    }
    found = held_store.items_where(work.connection, _FRESH, [list(event_of)]) if event_of else []
    waiting = [item for item in found if _is_for_bills(app, work, item)]
    if not waiting:
        return
    books = Books(work, app.terms)
    books.open(bill_ids, {item.receipt_id for item in waiting})
    for item in waiting:
        event, left = event_of[item.payment_fact_id], item.open_cents
        for bill_id in bill_ids:
            if _came_after(books, bill_id, item, event) and may_pay(
                app, work.clock.today(), books, item, bill_id
            ):
                left -= _spend(work, books, item, left, event, bill_id)
    books.close()


def _came_after(books: Books, bill_id: UUID, item: Item, event: IncomingEvent) -> bool:
    head = books.head(bill_id)
    made = (fact for fact in books.account(bill_id).facts if isinstance(fact, BillIssued))
    return (
        head.parcel_number == item.parcel_number
        and item.tax_year in (None, head.tax_year)
        and any(fact.recorded_at > event.data["recorded_at"] for fact in made)
    )


def _spend(
    work: Work, books: Books, item: Item, left: int, event: IncomingEvent, bill_id: UUID
) -> int:
    cents = min(left, books.open_on(bill_id, work.clock.today()) or 0)
    if cents:
        draw_id = ids.derived_id(item.item_id, "advance", str(bill_id))
        take(books, work, item, cents, event, purpose="advance", bill_id=bill_id, draw_id=draw_id)
    return cents


def _is_of(item: Item, event: IncomingEvent) -> bool:
    return item.parcel_number == event.data["parcel_number"] and item.tax_year in (
        None,
        event.data["tax_year"],
    )


def _is_for_bills(app: Any, work: Work, item: Item) -> bool:
    try:
        advance = app.held.at(work.clock.today()).advance_types.get(item.advance_type)
    except NoTermInForce:
        return False
    return advance is not None and advance.applied_to_bills


def _waiting(work: Work, events: Sequence[IncomingEvent]) -> list[Item]:
    parcels = sorted({event.data["parcel_number"] for event in events})
    if not parcels:
        return []
    return held_store.items_where(work.connection, _WAITING, [parcels])
