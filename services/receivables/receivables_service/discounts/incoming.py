"""Where payments and bills come in: what of them is judged, and in which order."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from receivables_service.accounts import KnownFact
from receivables_service.books import Books
from receivables_service.discounts import store
from receivables_service.discounts.granting import Granting
from receivables_service.discounts.judging import Paid
from receivables_service.domain.facts import PaymentReceived
from receivables_service.tables import BillHead
from taxkit.contracts import IncomingEvent
from taxkit.inbox import Traced, Work

_Lines = Mapping[UUID | None, list[Mapping[str, Any]]]


def for_payments(
    app: Any,
    work: Work,
    books: Books,
    events: Sequence[IncomingEvent],
    payment: Callable[[IncomingEvent, Mapping[str, Any]], KnownFact],
) -> Granting:
    """Prepare to judge a batch's payments; without a program in the law there is nothing to."""
    granting = Granting(app, work, books)
    if app.discounts.offers_any:
        granting.expect(_payments(books, events, payment))
    return granting


def in_order(app: Any, books: Books, by_bill: _Lines) -> Iterable[tuple[UUID | None, list[Any]]]:
    """Let a receipt pay its oldest bills first where its later ones ask whether they are paid."""
    if not app.discounts.offers_any:
        return by_bill.items()
    return sorted(
        by_bill.items(), key=lambda one: books.head(one[0]).tax_year or 0 if one[0] else 0
    )


def for_bills(app: Any, work: Work, books: Books, events: Sequence[IncomingEvent]) -> Granting:
    """Prepare to judge money that waited for these bills."""
    granting = Granting(app, work, books)
    if not app.discounts.offers_any:
        return granting
    waiting = {event.data["bill_id"]: _waiting(books, event.data["bill_id"]) for event in events}
    receipts = [fact.receipt_id for facts in waiting.values() for fact in facts]
    if receipts:
        postmarks = store.postmarks(work.connection, receipts)
        told = {event.data["bill_id"]: event for event in events}
        heads = {bill_id: _head(work, event) for bill_id, event in told.items()}
        granting.expect(
            (heads[bill_id], Paid(fact, postmarks.get(fact.receipt_id)), told[bill_id])
            for bill_id, facts in waiting.items()
            for fact in facts
        )
    return granting


def to_waiting(
    granting: Granting, books: Books, head: BillHead, issued_on: date
) -> list[KnownFact]:
    """Grant money that waited for a bill what it qualifies for."""
    waiting = [KnownFact(fact, issued_on) for fact in _waiting(books, head.bill_id)]
    return granting.to(head, books.account(head.bill_id), waiting)


def specials(app: Any, given: Mapping[str, Any]) -> int:
    """What of a bill goes to agencies whose part is a special assessment."""
    if not app.discounts.offers_any:
        return 0
    return sum(
        one["amount_cents"]
        for one in given["components"]
        if app.discounts.is_special(given["tax_year"], one["agency_code"])
    )


def _payments(
    books: Books,
    events: Sequence[IncomingEvent],
    payment: Callable[[IncomingEvent, Mapping[str, Any]], KnownFact],
) -> Iterable[tuple[BillHead, Paid, Traced]]:
    for event in events:
        for line in event.data["lines"]:
            if line["kind"] != "bill":
                continue
            bill_id = line["bill_id"]
            fact = payment(event, line).fact
            assert isinstance(fact, PaymentReceived)
            if not books.account(bill_id).knows(fact.fact_id):
                yield books.head(bill_id), Paid(fact, event.data["postmarked_on"]), event


def _waiting(books: Books, bill_id: UUID) -> list[PaymentReceived]:
    facts = books.account(bill_id).facts
    return [fact for fact in facts if isinstance(fact, PaymentReceived)]


def _head(work: Work, event: IncomingEvent) -> BillHead:
    given = event.data
    return BillHead(
        given["bill_id"],
        0,
        parcel_number=given["parcel_number"],
        tax_year=given["tax_year"],
        issued_on=work.clock.date_of(event.time),
    )
