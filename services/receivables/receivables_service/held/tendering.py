"""Held money spent at the counter: what a receipt tenders of it is drawn, once, or waits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from receivables_service.accounts import KnownFact
from receivables_service.books import Books
from receivables_service.domain.facts import (
    DrawnFor,
    MoneyDrawn,
    PaymentReversed,
    TakenBackBy,
)
from receivables_service.domain.held import HeldState
from receivables_service.held import cases as held_cases
from receivables_service.held import shortfalls
from receivables_service.held import store as held_store
from receivables_service.held.store import Drawn, DrawRow, ExceptionRow, Item, ReturnRow
from receivables_service.held.tendered import Wanted, is_of, references, tendered
from taxkit import ids
from taxkit.contracts import IncomingEvent
from taxkit.dated import NoTermInForce
from taxkit.inbox import Work

TENDER = "tender"


@dataclass(frozen=True, slots=True)
class Accounts:
    """What has to be locked beside the accounts a receipt's lines name."""

    bill_ids: set[UUID] = field(default_factory=set)
    receipt_ids: set[UUID] = field(default_factory=set)


def accounts_tendered(work: Work, events: Sequence[IncomingEvent]) -> Accounts:
    """The accounts of held money that receipts pay with."""
    wanted = tendered(events)
    if not wanted:
        return Accounts()
    return _accounts(held_store.items_tendered(work.connection, *references(wanted)))


def draw(app: Any, work: Work, books: Books, events: Sequence[IncomingEvent]) -> None:
    """Draw what receipts tendered; what cannot be drawn is kept with its reason (RECV-042)."""
    wanted = tendered(events)
    if not wanted:
        return
    connection = work.connection
    items = held_store.items_tendered(connection, *references(wanted), lock=True)
    receipts = [each.event.data["receipt_id"] for each in wanted]
    known = held_store.draw_ids(connection, receipts)
    undone = held_store.reversed_receipts(connection, receipts)
    begun = held_cases.begun(connection, [item.case_id for item in items if item.case_id])
    counter = _Counter(app, work, books)
    for each in wanted:
        each.begun = begun
        if each.event.data["receipt_id"] not in undone:
            own = [item for item in items if is_of(item, each)]
            counter.take(each, own, known)
    held_store.keep_draws(connection, counter.draws)
    held_store.keep_exceptions(connection, counter.exceptions)


class _Counter:
    """Draws tender by tender; what one took the next finds gone."""

    def __init__(self, app: Any, work: Work, books: Books) -> None:
        self._app = app
        self._work = work
        self._books = books
        self._taken: dict[UUID, int] = {}
        self.draws: list[DrawRow] = []
        self.exceptions: list[ExceptionRow] = []

    def take(self, wanted: Wanted, items: Sequence[Item], known: set[UUID]) -> None:
        receipt_id: UUID = wanted.event.data["receipt_id"]
        draw_ids = {
            item.item_id: ids.derived_id(receipt_id, "draw", str(item.item_id)) for item in items
        }
        if known.intersection(draw_ids.values()):
            return
        reason = self._refusal(wanted, items)
        if reason:
            self._keep_exception(wanted, reason)
            return
        left = wanted.amount_cents
        for item in items:
            cents = min(left, self._available(item)) if wanted.may_take(item) else 0
            if cents:
                left -= cents
                self._draw(wanted, item, draw_ids[item.item_id], cents)

    def _refusal(self, wanted: Wanted, items: Sequence[Item]) -> str:
        open_ = [item for item in items if wanted.may_take(item)]
        if not items:
            return "ESCROW_ACCOUNT_UNKNOWN" if wanted.is_escrow else "SURPLUS_UNKNOWN"
        if not (wanted.is_escrow or open_) and items[0].state == HeldState.IN_WORKFLOW:
            return "SURPLUS_IN_WORKFLOW"
        if not (wanted.is_escrow or open_) and items[0].state == HeldState.RESERVED:
            return "SURPLUS_RESERVED"
        if not wanted.is_escrow and not self._may_tender(wanted, items[0]):
            return "SURPLUS_NOT_TENDERABLE"
        if sum(map(self._available, open_)) < wanted.amount_cents:
            return "ESCROW_INSUFFICIENT" if wanted.is_escrow else "SURPLUS_INSUFFICIENT"
        return ""

    def _may_tender(self, wanted: Wanted, item: Item) -> bool:
        try:
            law = self._app.held.at(wanted.event.data["business_date"])
        except NoTermInForce:
            return False
        return bool(law.tenderable(item.subcode))

    def _available(self, item: Item) -> int:
        if item.bill_id is not None:
            return self._books.held_on(item.bill_id, item.payment_fact_id)
        return item.open_cents - self._taken.get(item.item_id, 0)

    def _draw(self, wanted: Wanted, item: Item, draw_id: UUID, cents: int) -> None:
        given, at = wanted.event.data, self._work.clock.now()
        self._taken[item.item_id] = self._taken.get(item.item_id, 0) + cents
        fact = MoneyDrawn(
            draw_id,
            max(given["effective_on"], item.opened_on),
            given["recorded_at"],
            item.receipt_id,
            item.payment_fact_id,
            cents,
            DrawnFor.PAID_OUT,
        )
        drawn = KnownFact(fact, given["business_date"])
        self._books.draw(item.bill_id, drawn, item.named, wanted.event)
        self.draws.append(
            DrawRow(
                draw_id,
                item.item_id,
                cents,
                TENDER,
                given["receipt_id"],
                None,
                "",
                given["business_date"],
                "",
                at,
            )
        )

    def _keep_exception(self, wanted: Wanted, reason: str) -> None:
        given = wanted.event.data
        self.exceptions.append(
            ExceptionRow(
                given["receipt_id"],
                wanted.reference,
                wanted.amount_cents,
                reason,
                f"a tender of {wanted.amount_cents} cents could not be drawn",
                given["business_date"],
                self._work.clock.now(),
            )
        )


def accounts_drawn(work: Work, events: Sequence[IncomingEvent]) -> Accounts:
    """The accounts that draws of reversed receipts touch: those they came from, and bills."""
    receipts = [_receipt(event) for event in events]
    drawn = held_store.standing_draws(work.connection, receipts)
    drawn += shortfalls.missed(work.connection, receipts)
    accounts = _accounts([each.item for each in drawn])
    accounts.bill_ids.update(each.row.bill_id for each in drawn if each.row.bill_id is not None)
    return accounts


def give_back(work: Work, books: Books, events: Sequence[IncomingEvent]) -> None:
    """Return held money that reversed receipts drew, and what was drawn of reversed money."""
    connection, receipts = work.connection, [_receipt(event) for event in events]
    held_store.remember_reversed(connection, receipts)
    missed_no_more = shortfalls.missed(connection, receipts)
    standing = held_store.standing_draws(connection, receipts)
    books.find_postings(applied_id(each.row.draw_id) for each in standing)
    causes = {_receipt(event): event for event in events}
    returns, missed = [], []
    for drawn in standing:
        tendered_by = causes.get(drawn.row.receipt_id) if drawn.row.receipt_id else None
        event = tendered_by or causes[drawn.item.receipt_id]
        shortfall = tendered_by is None and drawn.row.bill_id is None
        returns.append(_return(work, books, drawn, event, shortfall=shortfall))
        if shortfall:
            missed.append(_shortfall(work, drawn, event))
    # Only now: what was drawn of applied money has come back to its bill before it leaves it.
    for drawn in standing:
        if drawn.row.bill_id is not None:
            _reverse_applied(books, drawn, causes[drawn.item.receipt_id])
    for drawn in missed_no_more:
        assert drawn.row.receipt_id is not None
        event, item = causes[drawn.row.receipt_id], drawn.item
        lifted = shortfalls.lifted(drawn, event)
        books.lift_shortfall(item.bill_id, item.receipt_id, lifted, item.named, event)
    shortfalls.settle(work, missed_no_more)
    held_store.keep_returns(connection, returns)
    held_store.keep_exceptions(connection, missed)


def applied_id(draw_id: UUID) -> UUID:
    """Name the payment that an applied draw makes on its bill."""
    return ids.derived_id(draw_id, "applied")


def _reverse_applied(books: Books, drawn: Drawn, event: IncomingEvent) -> None:
    """Take a payment off the bill held money was applied to, unless the receipt names it itself."""
    given, bill_id = event.data, drawn.row.bill_id
    assert bill_id is not None
    if any(line["bill_id"] == bill_id for line in given["lines"]):
        return
    fact = PaymentReversed(
        ids.derived_id(given["receipt_id"], "reversal", str(bill_id)),
        given["effective_on"],
        given["recorded_at"],
        given["receipt_id"],
        given.get("taken_back_by", TakenBackBy.REVERSAL),
    )
    undone = KnownFact(fact, given["business_date"])
    books.reverse(bill_id, given["receipt_id"], undone, drawn.item.named, event)


def _return(
    work: Work, books: Books, drawn: Drawn, event: IncomingEvent, *, shortfall: bool
) -> ReturnRow:
    given, item = event.data, drawn.item
    drawn_for = DrawnFor.SHORTFALL if shortfall else DrawnFor.PAID_OUT
    if drawn.row.bill_id is not None:
        drawn_for = DrawnFor.APPLIED
    return_id = ids.derived_id(drawn.row.draw_id, "return")
    fact = MoneyDrawn(
        return_id,
        max(given["effective_on"], item.opened_on, drawn.row.business_date),
        given["recorded_at"],
        item.receipt_id,
        item.payment_fact_id,
        -drawn.row.amount_cents,
        drawn_for,
    )
    books.draw(item.bill_id, KnownFact(fact, given["business_date"]), item.named, event)
    return ReturnRow(
        drawn.row.draw_id, return_id, given["business_date"], shortfall, work.clock.now()
    )


def _shortfall(work: Work, drawn: Drawn, event: IncomingEvent) -> ExceptionRow:
    return ExceptionRow(
        drawn.item.receipt_id,
        str(drawn.row.draw_id),
        drawn.row.amount_cents,
        shortfalls.SOURCE_REVERSED,
        f"{drawn.row.purpose} of {drawn.row.amount_cents} cents was made of money that was"
        " taken back afterwards",
        event.data["business_date"],
        work.clock.now(),
    )


def _accounts(items: Iterable[Item]) -> Accounts:
    found = Accounts()
    for item in items:
        if item.bill_id is not None:
            found.bill_ids.add(item.bill_id)
        else:
            found.receipt_ids.add(item.receipt_id)
    return found


def _receipt(event: IncomingEvent) -> UUID:
    receipt_id: UUID = event.data["receipt_id"]
    return receipt_id
