"""What a plan does to the interest and penalty of its bills while it is active (RECV-050)."""

from typing import Any

from receivables_service.accounts import KnownFact
from receivables_service.books import Books
from receivables_service.domain.ledger import PostingKind
from receivables_service.domain.rate_facts import AccrualDeferred, DeferralEnded, DeferralResumed
from receivables_service.domain.resumptions import last_end
from receivables_service.plans import store as plan_store
from receivables_service.plans.store import Plan
from taxkit import ids
from taxkit.inbox import Traced, Work


def begin(app: Any, work: Work, plan: Plan, cause: Traced) -> None:
    """Put interest and penalty off from today on, if plans of this kind do."""
    head = (work.clock.today(), work.clock.now(), plan.plan_number)
    _change(app, work, plan, cause, lambda: AccrualDeferred(ids.new_id(), *head))


def end(app: Any, work: Work, plan: Plan, cause: Traced, *, comes_back: bool) -> None:
    """Let them run again; of a broken plan what was put off comes back, of a kept one it goes."""
    head = (work.clock.today(), work.clock.now(), plan.plan_number)
    _change(app, work, plan, cause, lambda: DeferralEnded(ids.new_id(), *head, comes_back))


def resume(app: Any, work: Work, plan: Plan, cause: Traced) -> None:
    """Undo the end of a broken plan's deferral, as if it had never been."""
    bill_ids = [row.bill_id for row in plan_store.bills(work.connection, plan.plan_id)]
    books = Books(work, app.terms)
    books.open(bill_ids)
    head = (work.clock.today(), work.clock.now(), plan.plan_number)
    for bill_id in bill_ids:
        ended = last_end(books.account(bill_id).facts, plan.plan_number)
        if ended is not None:
            fact = DeferralResumed(ids.new_id(), *head, ended.fact_id)
            known = KnownFact(fact, work.clock.today())
            books.change(bill_id, known, PostingKind.TERMS, cause)
    books.close()


def _change(app: Any, work: Work, plan: Plan, cause: Traced, make: Any) -> None:
    if not app.plans.type_of(plan.plan_type, plan.opened_on).defers_accrual:
        return
    bill_ids = [row.bill_id for row in plan_store.bills(work.connection, plan.plan_id)]
    books = Books(work, app.terms)
    books.open(bill_ids)
    for bill_id in bill_ids:
        known = KnownFact(make(), work.clock.today())
        books.change(bill_id, known, PostingKind.TERMS, cause)
    books.close()
