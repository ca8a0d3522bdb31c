"""Money of plans that is taken back: its installments are unpaid again (RECV-051)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from receivables_service.domain.plans import PlanStatus, paid_through
from receivables_service.plans import deferral
from receivables_service.plans import store as plan_store
from receivables_service.plans.store import Plan
from receivables_service.plans.told import set_status
from taxkit.inbox import Traced, Work

_BY_MONEY = "by money that was taken back"
# Plans whose installments these receipts paid, and ended ones whose bills they had settled.
_CONCERNED = """
select distinct p.plan_number from plans p
left join plan_payments pp on pp.plan_id = p.plan_id and pp.receipt_id = any(%(receipts)s::uuid[])
left join plan_bills pb on pb.plan_id = p.plan_id and pb.bill_id = any(%(bills)s::uuid[])
    and p.status in ('fulfilled', 'paid')
where (pp.receipt_id is not null or pb.bill_id is not null)
    and p.status not in ('void', 'defaulted')
    and not exists (select from plan_bills other join plans o using (plan_id)
        where o.plan_id <> p.plan_id and o.status in ('pending', 'active') and other.bill_id in
            (select bill_id from plan_bills own where own.plan_id = p.plan_id))
order by plan_number
"""


def lower(
    app: Any, work: Work, receipts: Sequence[UUID], bills: Sequence[UUID], cause: Traced
) -> None:
    """Count installments by the money that stands; a plan that had ended is active again."""
    concerned = work.connection.exec_driver_sql(
        _CONCERNED, {"receipts": list(receipts), "bills": list(bills)}
    )
    for number in list(concerned.scalars()):
        plan = plan_store.read(work.connection, number, lock=True)
        assert plan is not None
        parts = plan_store.schedule(work.connection, plan)
        standing = standing_numbers(work.connection, plan.plan_id)
        plan = replace(plan, paid_through=paid_through(parts, standing))
        note = f"paid through {plan.paid_through}: installments were paid {_BY_MONEY}"
        if plan.status == PlanStatus.ACTIVE:
            plan_store.save(work.connection, plan)
            plan_store.keep_step(work.connection, plan, "ledger", note, work.clock.now())
        elif _is_open_again(work.connection, plan.plan_id):
            note = f"active again: it was settled {_BY_MONEY}"
            plan = set_status(work, plan, PlanStatus.ACTIVE, "ledger", note, cause)
            deferral.begin(app, work, plan, cause)


def paid_numbers(connection: Connection, plan: Plan) -> set[int]:
    """The installments that are paid; of one that cost nothing there is no payment to be seen."""
    return standing_numbers(connection, plan.plan_id) | set(range(plan.paid_through + 1))


def standing_numbers(connection: Connection, plan_id: UUID) -> set[int]:
    """The installments that are paid, with money nobody has taken back."""
    return set(
        connection.exec_driver_sql(
            "select p.number from plan_payments p left join held_receipts_reversed r"
            " using (receipt_id) where p.plan_id = %s and r.receipt_id is null",
            (plan_id,),
        ).scalars()
    )


def _is_open_again(connection: Connection, plan_id: UUID) -> bool:
    row = connection.exec_driver_sql(
        "select 1 from plan_bills join bills using (bill_id) where plan_id = %s and open_cents > 0"
        " limit 1",
        (plan_id,),
    ).one_or_none()
    return row is not None
