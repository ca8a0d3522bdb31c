"""The daily job that ends plans whose installments were missed (RECV-048)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from receivables_service.changes.due_changes import Caused
from receivables_service.domain.plan_defaults import Paid, missed
from receivables_service.domain.plan_reinstatement import reprieve
from receivables_service.domain.plans import PlanInstallment, PlanStatus
from receivables_service.plans import deferral
from receivables_service.plans import store as plan_store
from receivables_service.plans.store import Plan
from receivables_service.plans.told import set_status
from taxkit.inbox import Work

TIMER = "timer"
_AT_ONCE = 200
# A plan with an unpaid part past its day, whose bills do not wait to be calculated anew.
_LATE = """
select p.plan_number from plans p
where p.status = 'active' and p.plan_number > %(after)s
    and exists (select from plan_installments i where i.plan_id = p.plan_id
        and i.version = p.version and i.number > p.paid_through and i.due_on < %(today)s)
    and not exists (select from plan_bills b where b.plan_id = p.plan_id
        and b.left_out_through is not null)
order by p.plan_number limit %(limit)s for update skip locked
"""
_WAITING = """
select distinct plan_id from plan_tasks where closed_at is null and plan_id = any(%s::uuid[])
"""
_PARTS = """
select i.plan_id, i.number, i.due_on, i.principal_cents, i.interest_cents, i.fee_cents
from plan_installments i join plans p using (plan_id, version)
where i.plan_id = any(%s::uuid[]) order by i.plan_id, i.number
"""
# What was paid, by whether it was before the schedule that counts now was calculated.
_PAID = """
with calculated as (
    select p.plan_id, p.paid_through, min(s.recorded_at) as at
    from plans p join plan_steps s using (plan_id, version)
    where p.plan_id = any(%s::uuid[]) group by p.plan_id
), paid as (
    select c.plan_id, pp.number, bool_or(pp.recorded_at <= c.at) as before
    from calculated c join plan_payments pp using (plan_id)
    left join held_receipts_reversed r using (receipt_id)
    where r.receipt_id is null group by c.plan_id, pp.number
)
select c.plan_id, c.paid_through,
    array(select number from paid where plan_id = c.plan_id) as numbers,
    array(select number from paid where plan_id = c.plan_id and before) as earlier,
    (select coalesce(sum(l.allocated_cents), 0)::bigint from plan_bills b
     join postings l using (bill_id) left join postings u on u.posting_id = l.compensates
     where b.plan_id = c.plan_id and l.recorded_at > c.at
         and (u.posting_id is null or u.recorded_at > c.at)) as on_bills
from calculated c
"""


def default_missed(app: Any, today: date) -> None:
    """End every plan that is broken by now, some at a time, each time in one transaction."""
    after = ""
    while True:
        after = app.database.run(lambda connection, at=after: _default(app, connection, at, today))
        if not after:
            return


def _default(app: Any, connection: Any, after: str, today: date) -> str:
    given = {"after": after, "today": today, "limit": _AT_ONCE}
    numbers = list(connection.exec_driver_sql(_LATE, given).scalars())
    plans = plan_store.read_all(connection, numbers)
    work = Work(connection, app.clock)
    for plan, part in _missed(app, connection, plans, today):
        note = f"installment {part.number}, due {part.due_on}, was not paid"
        broken = replace(plan, defaulted_on=today)
        ended = set_status(work, broken, PlanStatus.DEFAULTED, TIMER, note, Caused())
        deferral.end(app, work, ended, Caused(), comes_back=True)
    app.store_events(connection, work)
    return numbers[-1] if len(numbers) == _AT_ONCE else ""


def _missed(
    app: Any, connection: Any, plans: Sequence[Plan], today: date
) -> list[tuple[Plan, PlanInstallment]]:
    ids = [plan.plan_id for plan in plans]
    parts, paid = read(connection, ids)
    waiting = set(connection.exec_driver_sql(_WAITING, (ids,)).scalars())
    found = []
    for plan in plans:
        kind = app.plans.type_of(plan.plan_type, plan.opened_on)
        if kind.recalculates and plan.plan_id in waiting:
            continue
        until = reprieve(kind.reinstatement, plan.reinstated_on)
        part = missed(kind, parts.get(plan.plan_id, []), paid[plan.plan_id], today, until)
        if part is not None:
            found.append((plan, part))
    return found


def read(
    connection: Any, ids: Sequence[UUID]
) -> tuple[dict[UUID, list[PlanInstallment]], dict[UUID, Paid]]:
    """The parts of plans that count, and what came for them."""
    parts: dict[UUID, list[PlanInstallment]] = {}
    for row in connection.exec_driver_sql(_PARTS, (ids,)):
        parts.setdefault(row[0], []).append(PlanInstallment(*row[1:]))
    paid = {
        row.plan_id: Paid(
            {*row.numbers, *range(row.paid_through + 1)}, set(row.earlier), row.on_bills
        )
        for row in connection.exec_driver_sql(_PAID, (ids,))
    }
    return parts, paid
