"""Held money taken: out of the books, or onto a bill, which then shows a payment."""

from datetime import date
from typing import Any
from uuid import UUID

from receivables_service.accounts import KnownFact
from receivables_service.books import Books
from receivables_service.domain.facts import Allotment, DrawnFor, MoneyDrawn, PaymentReceived
from receivables_service.held import store as held_store
from receivables_service.held.store import DrawRow, Item
from receivables_service.held.tendering import applied_id
from taxkit import ids
from taxkit.dated import NoTermInForce
from taxkit.errors import Refusal, not_found
from taxkit.inbox import Traced, Work


def check_target(app: Any, books: Books, item: Item, bill_id: UUID, amount: int) -> None:
    """Refuse a bill that cannot take the money: held money may not make held money."""
    today = app.clock.today()
    open_cents = books.open_on(bill_id, today)
    if open_cents is None:
        raise not_found("BILL_NOT_FOUND", f"receivables has not heard of bill {bill_id}")
    if amount > open_cents:
        raise Refusal(
            "MORE_THAN_OWED", f"{amount} cents on a bill that owes {open_cents} on {today}"
        )
    if not may_pay(app, today, books, item, bill_id):
        raise Refusal(
            "COLLECTION_TYPE_DIFFERS", f"money of {item.subcode} pays none of what is open there"
        )


def may_pay(app: Any, day: date, books: Books, item: Item, bill_id: UUID) -> bool:
    """Tell whether an item's money may go to a bill: a trust's to its own type only (RECV-041)."""
    try:
        kind = app.held.at(day).kinds.get(item.subcode)
    except NoTermInForce:
        return True
    wanted = kind.collection_type if kind else ""
    return not wanted or books.is_carried_as(bill_id, wanted)


def take(
    books: Books, work: Work, item: Item, cents: int, cause: Traced, *,
    purpose: str, bill_id: UUID | None = None, payee: str = "", asked_by: str = "",
    draw_id: UUID | None = None, rule: str = "",
) -> None:  # fmt: skip
    """Draw an item's money today: out of the books, or on a bill, which then shows a payment."""
    today, now = work.clock.today(), work.clock.now()
    draw_id = draw_id or ids.new_id()
    on = max(today, item.opened_on)
    drawn_for = DrawnFor.PAID_OUT if bill_id is None else DrawnFor.APPLIED
    fact = MoneyDrawn(draw_id, on, now, item.receipt_id, item.payment_fact_id, cents, drawn_for)
    books.draw(item.bill_id, KnownFact(fact, today), item.named, cause)
    if bill_id is not None:
        head = (applied_id(draw_id), today, now, item.receipt_id)
        paid = PaymentReceived(*head, cents, Allotment(rule=rule))
        books.pay(bill_id, item.receipt_id, [KnownFact(paid, today)], item.named, cause)
    row = DrawRow(draw_id, item.item_id, cents, purpose, None, bill_id, payee, today, asked_by, now)
    held_store.keep_draws(work.connection, [row])
