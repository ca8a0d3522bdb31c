"""Payments that qualify and have no discount: listed, and granted page by page (RECV-031)."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from receivables_service.asked import Asked, keep_requests
from receivables_service.books import Books
from receivables_service.discounts import judging, store
from receivables_service.discounts.commands import scales_of
from receivables_service.discounts.doing import Doing, grant_all, keep_waiting
from receivables_service.discounts.granting import why_not
from receivables_service.discounts.judging import Paid
from receivables_service.discounts.weighing import Scales, Weighed
from receivables_service.domain.discount_checks import Verdict, together
from receivables_service.domain.facts import PaymentReceived
from taxkit import ids
from taxkit.errors import invalid, not_found
from taxkit.inbox import Work
from taxkit.rows import Columns

PAGE = 200
"""Payments one call looks at, in one transaction."""

# Payments in the span without a standing or a reversed grant, not waiting, not taken back.
_CANDIDATES = """
select f.fact_id, f.bill_id, f.receipt_id from facts f join bills b using (bill_id)
where f.kind = 'payment' and f.effective_on between %(from_on)s and %(to_on)s
    and b.tax_year is not null and f.fact_id > %(after)s
    and not exists (select from facts g where g.kind = 'discount_granted'
        and g.body ->> 'payment_id' = f.fact_id::text)
    and not exists (select from facts r where r.kind = 'reversal' and r.bill_id = f.bill_id
        and r.receipt_id = f.receipt_id)
    and not exists (select from discount_requests q where q.payment_id = f.fact_id)
order by f.fact_id limit %(page)s
"""
_ITEMS = Columns(
    {
        "run_id": "uuid",
        "payment_id": "uuid",
        "bill_id": "uuid",
        "outcome": "text",
        "program": "text",
        "discount_cents": "bigint",
        "said": "text",
        "recorded_at": "timestamptz",
    }
)
_NOBODY = UUID(int=0)


class Span(NamedTuple):
    """The days payments of a run count on."""

    from_on: date
    to_on: date


class Item(NamedTuple):
    """What came of one payment of a run."""

    payment_id: UUID
    bill_id: UUID
    outcome: str
    program: str
    discount_cents: int
    said: str


class Page(NamedTuple):
    run_id: UUID
    items: Sequence[Item]
    finished: bool


def begin(work: Work, span: Span, asked: Asked) -> UUID:
    if span.to_on < span.from_on:
        raise invalid("DATES_REVERSED", f"{span.to_on} is before {span.from_on}", "to_on")
    run_id = ids.new_id()
    work.connection.exec_driver_sql(
        "insert into discount_runs (run_id, from_on, to_on, asked_by, recorded_at)"
        " values (%s, %s, %s, %s, %s)",
        (run_id, span.from_on, span.to_on, asked.user, work.clock.now()),
    )
    return run_id


def go_on(app: Any, work: Work, run_id: UUID, asked: Asked) -> Page:
    """Judge a run's next payments, each alone; what a call did stands whatever comes after it."""
    row = work.connection.exec_driver_sql(
        "select from_on, to_on from discount_runs where run_id = %s for update", (run_id,)
    ).one_or_none()
    if row is None:
        raise not_found("DISCOUNT_RUN_NOT_FOUND", f"no run {run_id}")
    after = work.connection.exec_driver_sql(
        "select payment_id from discount_run_items where run_id = %s order by payment_id desc"
        " limit 1",
        (run_id,),
    ).scalar_one_or_none()
    found = _candidates(work.connection, Span(*row), after or _NOBODY)
    books = Books(work, app.terms)
    books.open({each.bill_id for each in found})
    known = _known(work.connection, books, found)
    doings = [Doing(work, books, each.bill_id, asked) for each in found]
    items = [
        _apply(app, doing, paid, standing)
        # A part that is paid later counts on what was let off before it.
        for doing, (paid, standing) in sorted(zip(doings, known, strict=True), key=_by_day)
    ]
    books.close()
    added = [(each, doing.bill_id) for doing in doings for each in doing.added]
    keep_requests(work, asked, added)
    now = work.clock.now()
    _ITEMS.insert(work.connection, "discount_run_items", [(run_id, *item, now) for item in items])
    return Page(run_id, items, len(found) < PAGE)


def qualifying(
    app: Any, work: Work, span: Span, after: UUID = _NOBODY
) -> tuple[list[tuple[UUID, Weighed]], UUID | None]:
    """List what a run would find among the next payments, and after which one to go on.

    Nothing is kept of it.
    """
    found = _candidates(work.connection, span, after)
    books = Books(work, app.terms)
    books.open({each.bill_id for each in found})
    known = _known(work.connection, books, found)
    listed = []
    for each, (paid, standing) in zip(found, known, strict=True):
        scales = scales_of(app, books, each.bill_id)
        listed += [
            (each.bill_id, weighed)
            for weighed in _taking(scales, paid, _verdicts(scales, paid, standing))
            if weighed.discount_cents
        ]
    return listed, found[-1].fact_id if len(found) == PAGE else None


def _apply(app: Any, doing: Doing, paid: Paid, known: store.AccountStanding) -> Item:
    scales = scales_of(app, doing.books, doing.bill_id)
    payment_id = paid.fact.fact_id
    if scales.was_granted(payment_id) or store.is_pending(doing.work.connection, payment_id):
        # Another run was faster between the look and the lock.
        return Item(payment_id, doing.bill_id, "unchanged", "", 0, "judged meanwhile")
    verdicts = _verdicts(scales, paid, known)
    stack = _taking(scales, paid, verdicts)
    waiting = [each for each in stack if each.discount_cents and each.needs_approval]
    granted = [each for each in stack if each not in waiting]
    if waiting:
        # What waits gives nothing yet: the others may be short without it, as with the payment.
        granted = scales.weigh_together(paid, [each.verdict for each in granted])
    if not any(each.discount_cents for each in granted):
        granted = []
    done = grant_all(doing, granted, "applied", "")
    for each in waiting:
        keep_waiting(doing, each)
    cents = sum(each.discount_cents for each in done)
    pending = sum(each.discount_cents for each in waiting)
    said = ""
    if not granted and not waiting:
        said = "; ".join(why_not(each.verdict, each.judged) for each in stack)
        said = said or "; ".join(why_not(each, None) for each in verdicts) or "no program"
    outcome = "applied" if cents else "pending" if pending else "not_eligible"
    names = ", ".join(each.verdict.program.code for each in (*granted, *waiting))
    return Item(payment_id, doing.bill_id, outcome, names, cents or pending, said)


def _verdicts(scales: Scales, paid: Paid, known: store.AccountStanding) -> list[Verdict]:
    return [each for each in scales.verdicts(paid, known) if each.program.automatic]


def _by_day(one: tuple[Doing, tuple[Paid, store.AccountStanding]]) -> tuple[object, ...]:
    fact = one[1][0].fact
    return fact.effective_on, fact.recorded_at, fact.fact_id


def _taking(scales: Scales, paid: Paid, verdicts: Sequence[Verdict]) -> list[Weighed]:
    """Weigh what is taken together at once: each alone might be short (RECV-031)."""
    return scales.weigh_together(paid, together(verdicts))


def _candidates(connection: Connection, span: Span, after: UUID) -> Sequence[Any]:
    given = {"from_on": span.from_on, "to_on": span.to_on, "after": after, "page": PAGE}
    return connection.exec_driver_sql(_CANDIDATES, given).all()


def _known(
    connection: Connection, books: Books, found: Sequence[Any]
) -> list[tuple[Paid, store.AccountStanding]]:
    """Read the payments' postmarks, and how their accounts stand: two statements a page."""
    postmarks = store.postmarks(connection, [each.receipt_id for each in found])
    paid = []
    for each in found:
        facts = books.account(each.bill_id).facts
        fact = next(one for one in facts if one.fact_id == each.fact_id)
        assert isinstance(fact, PaymentReceived)
        paid.append(Paid(fact, postmarks.get(each.receipt_id)))
    asked = [
        judging.asked_of(books.head(each.bill_id), one)
        for each, one in zip(found, paid, strict=True)
    ]
    return list(zip(paid, store.standings(connection, asked), strict=True))
