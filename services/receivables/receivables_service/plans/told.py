"""A plan's state changes: kept, counted and told."""

from dataclasses import replace

from receivables_service.domain.plans import PlanStatus
from receivables_service.plans import store as plan_store
from receivables_service.plans.events import PLAN_STATUS_CHANGED
from receivables_service.plans.store import Plan
from taxkit.inbox import Traced, Work


def set_status(
    work: Work, plan: Plan, status: PlanStatus, by: str, note: str, cause: Traced
) -> Plan:
    """Move a plan on, and tell of it."""
    plan = replace(plan, status=status.value, sequence=plan.sequence + 1)
    plan_store.save(work.connection, plan)
    plan_store.keep_step(work.connection, plan, by, note, work.clock.now())
    bills = plan_store.bills(work.connection, plan.plan_id)
    data: dict[str, object] = {
        "plan_number": plan.plan_number,
        "plan_type": plan.plan_type,
        "parcel_number": plan.parcel_number,
        "bill_ids": [str(row.bill_id) for row in bills],
        "status": plan.status,
        "deficiencies": plan.deficiencies if status is PlanStatus.PENDING else [],
        "changed_on": work.clock.today().isoformat(),
    }
    owner = plan_store.owner(work.connection, plan.plan_id)
    if owner is not None:
        data["owner"] = {"name": owner.owner_name, "email": owner.owner_email}
    if plan.reinstated_on is not None:
        data["reinstated_on"] = plan.reinstated_on.isoformat()
    subject = f"plan/{plan.plan_number}"
    work.emit(PLAN_STATUS_CHANGED, subject, plan.sequence, data, cause=cause)
    return plan
