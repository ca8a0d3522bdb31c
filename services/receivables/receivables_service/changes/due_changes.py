"""What time alone does to bills: they default, and the grace of a correction ends."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from receivables_service import told
from receivables_service.accounts import KnownFact
from receivables_service.books import Books
from receivables_service.changes import due_store
from receivables_service.changes.change_events import COLLECTION_TYPE_TRANSFERRED, GRACE_EXPIRED
from receivables_service.codes import store as code_store
from receivables_service.domain.deferring import ended_on, is_deferred
from receivables_service.domain.facts import DefaultDeclared, GraceExpired
from receivables_service.domain.ledger import PostingKind
from receivables_service.domain.terms import ChargeType, CollectionType, DefaultTerm, Terms
from taxkit import ids
from taxkit.dated import NoTermInForce
from taxkit.inbox import Traced, Work

_EARLIEST_TAX_YEAR = 1900
NIL = UUID(int=0)
"""Before every bill."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one pass of a process did; more says that bills are left for the next."""

    bills: int
    amount_cents: int
    more: bool


@dataclass(frozen=True, slots=True)
class Caused:
    """The trace of a command or of a timer."""

    traceparent: str = ""


def declare_defaults(
    terms: Terms, work: Work, until: date, limit: int, cause: Traced = Caused()
) -> Run:
    """Move what is unpaid of every bill whose day has come into default (RECV-003)."""
    today, deferring = work.clock.today(), code_store.deferring(work.connection)
    now_deferring = ({code for code, off in deferring.items() if off is None}, today)
    law = default_law(terms, until)

    def declare(books: Books, bill_id: UUID, day: date) -> int | None:
        facts = books.account(bill_id).facts
        ended = ended_on(facts, deferring, today)
        fact = _default_of(books, bill_id, max(day, ended or day), work.clock.now())
        if fact.effective_on > until or is_deferred(facts, deferring, today):
            return None
        return _declare(books, bill_id, KnownFact(fact, today), cause)

    return _page_by_page(
        lambda after, most: due_store.bills_to_default(
            work.connection, law, until, (after, most), now_deferring
        ),
        lambda: Books(work, terms),
        declare,
        limit,
    )


def _default_of(books: Books, bill_id: UUID, day: date, now: datetime) -> DefaultDeclared:
    """What is secured again after its day defaults with the day it is."""
    again = books.account(bill_id).secured_again_on
    if again is None:
        return DefaultDeclared(ids.derived_id(bill_id, "default"), day, now)
    fact_id = ids.derived_id(bill_id, "default", again.isoformat())
    return DefaultDeclared(fact_id, max(day, again), now)


def _page_by_page(
    find: Callable[[UUID, int], Mapping[UUID, date]],
    make_books: Callable[[], Books],
    do: Callable[[Books, UUID, date], int | None],
    limit: int,
) -> Run:
    """Do so many bills, going on behind those that were found and are not to be done."""
    done, cents, after = 0, 0, NIL
    while done < limit:
        found = find(after, limit - done)
        full = len(found) == limit - done
        if found:
            books = make_books()
            books.open(found)
            moved = [do(books, bill_id, day) for bill_id, day in found.items()]
            books.close()
            done += len([each for each in moved if each is not None])
            cents += sum(each or 0 for each in moved)
            after = list(found)[-1]
        if not full:
            return Run(done, cents, more=False)
    return Run(done, cents, more=True)


def default_law(terms: Terms, until: date) -> list[tuple[int, DefaultTerm]]:
    """The tax years whose day has come under a law that knows default."""
    law = []
    for tax_year in range(_EARLIEST_TAX_YEAR, until.year + 1):
        try:
            term = terms.default.at(tax_year)
        except NoTermInForce:
            continue
        if term is not None and term.defaulted_on(tax_year) <= until:
            law.append((tax_year, term))
    return law


def _declare(books: Books, bill_id: UUID, declared: KnownFact, cause: Traced) -> int | None:
    """Declare one bill; gives what it moved, or None when somebody else was faster."""
    if books.account(bill_id).default_declared:
        return None
    moves = books.change(bill_id, declared, PostingKind.DEFAULT, cause)
    rows = [
        row
        for move in moves or ()
        for row in move.change.charges
        if row.collection_type is CollectionType.DEFAULTED
    ]
    if rows:
        fact = declared.fact
        assert isinstance(fact, DefaultDeclared)
        data = told.transferred(
            books.head(bill_id), CollectionType.SECURED, CollectionType.DEFAULTED, fact, rows
        )
        books.tell(COLLECTION_TYPE_TRANSFERRED, bill_id, data, cause)
    return sum(row.amount_cents for row in rows)


def end_graces(terms: Terms, work: Work, today: date, limit: int, cause: Traced = Caused()) -> Run:
    """Charge the penalty where the free days of a correction went by unpaid (RECV-008)."""

    def end(books: Books, bill_id: UUID, last_day: date) -> int | None:
        fact_id = ids.derived_id(bill_id, "grace", last_day.isoformat())
        fact = GraceExpired(fact_id, last_day + timedelta(days=1), work.clock.now())
        return _end_grace(books, bill_id, last_day, KnownFact(fact, work.clock.today()), cause)

    return _page_by_page(
        lambda after, most: due_store.bills_out_of_grace(work.connection, today, after, most),
        lambda: Books(work, terms),
        end,
        limit,
    )


def _end_grace(
    books: Books, bill_id: UUID, last_day: date, expired: KnownFact, cause: Traced
) -> int | None:
    if books.account(bill_id).state.grace_ends_on != last_day:
        return None
    moves = books.change(bill_id, expired, PostingKind.GRACE, cause)
    if moves is None:
        return None
    penalty = sum(
        row.amount_cents
        for move in moves
        for row in move.change.charges
        if row.charge_type is ChargeType.PENALTY
    )
    state = books.account(bill_id).state
    data = told.grace_expired(books.head(bill_id), last_day, penalty, state)
    books.tell(GRACE_EXPIRED, bill_id, data, cause)
    return penalty


def run_all(app: Any, process: Any, day: date, batch: int = 500) -> None:
    """Run a process to its end, one transaction a batch: what a timer calls every day."""
    more = True
    while more:
        more = app.database.run(lambda connection: one_batch(app, connection, process, day, batch))


def one_batch(app: Any, connection: Any, process: Any, day: date, batch: int) -> bool:
    work = Work(connection, app.clock)
    done: Run = process(app.terms, work, day, batch)
    app.store_events(connection, work)
    return done.more
