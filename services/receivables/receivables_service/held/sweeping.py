"""Overpaid money goes to what else is late on the parcel before it is held (RECV-044)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from receivables_service.accounts import KnownFact, Named
from receivables_service.books import Books
from receivables_service.domain.facts import DrawnFor, MoneyDrawn, PaymentReceived
from receivables_service.domain.state import BillState
from receivables_service.domain.terms import UnappliedKind
from receivables_service.held import store as held_store
from receivables_service.held.lines import payment_id
from receivables_service.held.store import DrawRow
from receivables_service.held.tendering import applied_id
from taxkit import ids
from taxkit.contracts import IncomingEvent
from taxkit.dated import NoTermInForce
from taxkit.inbox import Work

SWEEP = "sweep"
_NAMELESS = Named(None, "", None)


class Over(NamedTuple):
    """What one payment leaves over on a bill, and as of when it goes on."""

    bill_id: UUID
    parcel_number: str
    payment_fact_id: UUID
    receipt_id: UUID
    # At most this; none for whatever is held of it.
    cents: int | None
    on: date
    business_date: date
    recorded_at: datetime
    event: IncomingEvent
    # What tells this sweep from an earlier one of the same payment.
    occasion: str = ""


class Swept(NamedTuple):
    """Money of one payment that went to another bill at once."""

    over: Over
    draw_id: UUID
    bill_id: UUID
    amount_cents: int


def bills_beside(app: Any, work: Work, events: Sequence[IncomingEvent]) -> dict[UUID, str]:
    """What else is open on the parcels that are paid for, where the law sweeps; with its parcel."""
    return _open_bills(work, {line["parcel_number"] for _, line in _bill_lines(app, events)})


def bills_beside_corrected(
    app: Any, work: Work, bill_ids: Sequence[UUID], on: date
) -> dict[UUID, str]:
    """What else is open on the parcels of corrected bills, where the law sweeps."""
    if not _sweeps(app, on):
        return {}
    parcels = work.connection.exec_driver_sql(
        "select distinct parcel_number from bills"
        " where bill_id = any(%b::uuid[]) and parcel_number is not null",
        (list(bill_ids),),
    ).scalars()
    return _open_bills(work, set(parcels))


def sweep(
    app: Any, books: Books, events: Sequence[IncomingEvent], beside: Mapping[UUID, str]
) -> list[Swept]:
    """Place what each fresh payment left over on late bills, the oldest year first."""
    done: list[Swept] = []
    for event, line in _bill_lines(app, events) if beside else ():
        given = event.data
        fact_id = payment_id(given["receipt_id"], line["line_number"])
        if books.is_fresh(line["bill_id"], fact_id):
            over = Over(
                line["bill_id"], line["parcel_number"], fact_id, given["receipt_id"], None,
                line["effective_on"] or given["effective_on"], given["business_date"],
                given["recorded_at"], event,
            )  # fmt: skip
            done += _place(books, over, beside)
    return done


def sweep_freed(
    work: Work, books: Books, bill_id: UUID, before: BillState, event: IncomingEvent,
    beside: Mapping[UUID, str],
) -> list[Swept]:  # fmt: skip
    """Place what a correction has left over on late bills, as of today (Q-16)."""
    held = _surplus(before)
    today, now = work.clock.today(), work.clock.now()
    parcel_number = books.head(bill_id).parcel_number
    done: list[Swept] = []
    for (fact_id, receipt_id), cents in _surplus(books.account(bill_id).state).items():
        freed = cents - held.get((fact_id, receipt_id), 0)
        if freed > 0 and parcel_number is not None:
            over = Over(
                bill_id, parcel_number, fact_id, receipt_id, freed,
                max(today, event.data["corrected_on"]), today, now, event,
                f"correction {event.data['bill_version']}",
            )  # fmt: skip
            done += _place(books, over, beside)
    return done


def keep(work: Work, done: Sequence[Swept]) -> None:
    """Keep the draws with the items that the postings have made by now."""
    if not done:
        return
    items = held_store.items_where(
        work.connection,
        "i.payment_fact_id = any(%s::uuid[]) and i.kind = 'surplus'",
        [[each.over.payment_fact_id for each in done]],
    )
    item_of = {item.payment_fact_id: item.item_id for item in items}
    now = work.clock.now()
    held_store.keep_draws(
        work.connection,
        [
            DrawRow(
                each.draw_id, item_of[each.over.payment_fact_id], each.amount_cents, SWEEP, None,
                each.bill_id, "", each.over.business_date, "", now,
            )
            for each in done
        ],
    )  # fmt: skip


def _place(books: Books, over: Over, beside: Mapping[UUID, str]) -> list[Swept]:
    done: list[Swept] = []
    left = over.cents
    for bill_id, parcel_number in beside.items():
        if parcel_number != over.parcel_number or bill_id == over.bill_id:
            continue
        held = books.held_on(over.bill_id, over.payment_fact_id)
        most = held if left is None else min(held, left)
        if not most:
            break
        if cents := min(most, _late_on(books, bill_id, over)):
            done.append(_move(books, over, bill_id, cents))
            left = None if left is None else left - cents
    return done


def _late_on(books: Books, bill_id: UUID, over: Over) -> int:
    """What a bill owes if it is late; nothing of one that is not."""
    state = books.account(bill_id).quoted(over.on)
    late = state.defaulted or any(
        part.open_cents and part.due_on < over.business_date for part in state.installments
    )
    return state.open_cents if late else 0


def _move(books: Books, over: Over, bill_id: UUID, cents: int) -> Swept:
    occasion = (over.occasion,) if over.occasion else ()
    draw_id = ids.derived_id(over.payment_fact_id, SWEEP, str(bill_id), *occasion)
    head = (over.on, over.recorded_at, over.receipt_id)
    fact = MoneyDrawn(draw_id, *head, over.payment_fact_id, cents, DrawnFor.APPLIED)
    books.draw(over.bill_id, KnownFact(fact, over.business_date), _NAMELESS, over.event)
    paid = KnownFact(PaymentReceived(applied_id(draw_id), *head, cents), over.business_date)
    books.pay(bill_id, over.receipt_id, [paid], _NAMELESS, over.event)
    return Swept(over, draw_id, bill_id, cents)


def _surplus(state: BillState) -> dict[tuple[UUID, UUID], int]:
    found: dict[tuple[UUID, UUID], int] = {}
    for row in state.unapplied:
        if row.kind is UnappliedKind.SURPLUS:
            key = (row.fact_id, row.receipt_id)
            found[key] = found.get(key, 0) + row.amount_cents
    return found


def _open_bills(work: Work, parcels: set[str]) -> dict[UUID, str]:
    if not parcels:
        return {}
    rows = work.connection.exec_driver_sql(
        "select bill_id, parcel_number from bills"
        " where parcel_number = any(%b::text[]) and open_cents > 0"
        " order by tax_year, bill_number, bill_id",
        (sorted(parcels),),
    )
    return {row.bill_id: row.parcel_number for row in rows}


def _sweeps(app: Any, day: date) -> bool:
    try:
        return bool(app.held.at(day).sweep_overpayments)
    except NoTermInForce:
        return False


def _bill_lines(app: Any, events: Sequence[IncomingEvent]) -> list[tuple[IncomingEvent, Any]]:
    return [
        (event, line)
        for event in events
        if _sweeps(app, event.data["business_date"])
        for line in event.data["lines"]
        if line["kind"] == "bill"
    ]
