"""Money paid in advance meets its bill: applied when the bill comes, and shown as a payment."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from receivables_service.books import Books
from receivables_service.held import store as held_store
from receivables_service.held.store import Item
from receivables_service.held.taking import may_pay, take
from receivables_service.held.tendering import Accounts
from taxkit import ids
from taxkit.contracts import IncomingEvent
from taxkit.dated import NoTermInForce
from taxkit.inbox import Work

_WAITING = (
    "i.parcel_number = any(%s::text[]) and i.bill_id is null and i.advance_type <> ''"
    " and i.state = 'open'"
)


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
        for item in waiting:
            if _is_of(item, event) and may_pay(
                app, work.clock.today(), books, item, event.data["bill_id"]
            ):
                left[item.item_id] -= _spend(work, books, item, left[item.item_id], event)


def _spend(work: Work, books: Books, item: Item, left: int, event: IncomingEvent) -> int:
    bill_id: UUID = event.data["bill_id"]
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
