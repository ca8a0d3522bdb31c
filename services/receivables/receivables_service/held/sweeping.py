"""Overpaid money goes to what else is late on the parcel before it is held (RECV-044)."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from receivables_service.accounts import KnownFact, Named
from receivables_service.books import Books
from receivables_service.domain.facts import DrawnFor, MoneyDrawn, PaymentReceived
from receivables_service.held import store as held_store
from receivables_service.held.lines import payment_id
from receivables_service.held.store import DrawRow
from receivables_service.held.tendering import applied_id
from taxkit import ids
from taxkit.contracts import IncomingEvent
from taxkit.dated import NoTermInForce
from taxkit.inbox import Work

SWEEP = "sweep"


class Swept(NamedTuple):
    """Money of one payment that went to another bill at once."""

    payment_fact_id: UUID
    draw_id: UUID
    bill_id: UUID
    amount_cents: int
    event: IncomingEvent


def bills_beside(app: Any, work: Work, events: Sequence[IncomingEvent]) -> dict[UUID, str]:
    """What else is open on the parcels that are paid for, where the law sweeps; with its parcel."""
    parcels = sorted({line["parcel_number"] for _, line in _bill_lines(app, events)})
    if not parcels:
        return {}
    rows = work.connection.exec_driver_sql(
        "select bill_id, parcel_number from bills"
        " where parcel_number = any(%b::text[]) and open_cents > 0 order by tax_year, bill_number",
        (parcels,),
    )
    return {row.bill_id: row.parcel_number for row in rows}


def sweep(
    app: Any, books: Books, events: Sequence[IncomingEvent], beside: dict[UUID, str]
) -> list[Swept]:
    """Place what each fresh payment left over on late bills, the oldest year first."""
    done: list[Swept] = []
    for event, line in _bill_lines(app, events) if beside else ():
        fact_id = payment_id(event.data["receipt_id"], line["line_number"])
        if not books.is_fresh(line["bill_id"], fact_id):
            continue
        for bill_id, parcel_number in beside.items():
            if parcel_number == line["parcel_number"] and bill_id != line["bill_id"]:
                done += _place(books, event, line, fact_id, bill_id)
    return done


def keep(work: Work, done: Sequence[Swept]) -> None:
    """Keep the draws with the items that the postings have made by now."""
    if not done:
        return
    items = held_store.items_where(
        work.connection,
        "i.payment_fact_id = any(%s::uuid[]) and i.kind = 'surplus'",
        [[each.payment_fact_id for each in done]],
    )
    item_of = {item.payment_fact_id: item.item_id for item in items}
    now = work.clock.now()
    held_store.keep_draws(
        work.connection,
        [
            DrawRow(
                each.draw_id, item_of[each.payment_fact_id], each.amount_cents, SWEEP, None,
                each.bill_id, "", each.event.data["business_date"], "", now,
            )
            for each in done
        ],
    )  # fmt: skip


def _place(
    books: Books, event: IncomingEvent, line: Mapping[str, Any], fact_id: UUID, bill_id: UUID
) -> list[Swept]:
    given, source = event.data, line["bill_id"]
    on, day = line["effective_on"] or given["effective_on"], given["business_date"]
    state = books.account(bill_id).quoted(on)
    late = state.defaulted or any(
        part.open_cents and part.due_on < day for part in state.installments
    )
    cents = min(books.held_on(source, fact_id), state.open_cents) if late else 0
    if not cents:
        return []
    draw_id = ids.derived_id(fact_id, SWEEP, str(bill_id))
    receipt_id, at = given["receipt_id"], given["recorded_at"]
    fact = MoneyDrawn(draw_id, on, at, receipt_id, fact_id, cents, DrawnFor.APPLIED)
    nameless = Named(None, "", None)
    books.draw(source, KnownFact(fact, day), nameless, event)
    paid = PaymentReceived(applied_id(draw_id), on, at, receipt_id, cents)
    books.pay(bill_id, receipt_id, [KnownFact(paid, day)], nameless, event)
    return [Swept(fact_id, draw_id, bill_id, cents, event)]


def _bill_lines(app: Any, events: Sequence[IncomingEvent]) -> list[tuple[IncomingEvent, Any]]:
    found = []
    for event in events:
        try:
            sweeps = app.held.at(event.data["business_date"]).sweep_overpayments
        except NoTermInForce:
            sweeps = False
        if sweeps:
            found += [(event, line) for line in event.data["lines"] if line["kind"] == "bill"]
    return found
