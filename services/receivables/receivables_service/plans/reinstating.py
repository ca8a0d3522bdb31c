"""A broken plan goes on where its law lets it, and its bills as if it had never been (RECV-048)."""

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from receivables_service import store
from receivables_service.domain.plan_defaults import missed
from receivables_service.domain.plan_reinstatement import WhyNot, again_from, reprieve, why_not
from receivables_service.domain.plans import PlanStatus, PlanType
from receivables_service.plans import defaults, deferral
from receivables_service.plans import store as plan_store
from receivables_service.plans.commands import Asked
from receivables_service.plans.store import Plan
from receivables_service.plans.told import set_status
from taxkit.errors import Refusal, invalid, not_found
from taxkit.inbox import Work
from taxkit.money import format_cents


def reinstate(
    app: Any, connection: Connection, asked: Asked, plan_number: str, reason: str
) -> Plan:
    """Let a broken plan count again; what it put off is put off as if it had never been broken."""
    if not reason.strip():
        raise invalid("REASON_MISSING", "say why the plan goes on", "reason")
    plan = plan_store.read(connection, plan_number, lock=True)
    if plan is None:
        raise not_found("PLAN_NOT_FOUND", f"no plan {plan_number}")
    if plan.status != PlanStatus.DEFAULTED:
        raise Refusal("PLAN_STATUS", f"plan {plan_number} is {plan.status}: nothing broke it")
    bills = [row.bill_id for row in plan_store.bills(connection, plan.plan_id)]
    store.lock_bills(connection, bills)
    today = app.clock.today()
    plan_type = app.plans.type_of(plan.plan_type, plan.opened_on)
    _check_law(plan, plan_type, today)
    if others := plan_store.others_running(connection, plan):
        raise Refusal(
            "IN_ANOTHER_PLAN", f"a bill of {plan_number} is in {', '.join(others)}: void that first"
        )
    plan = replace(plan, reinstated_on=today, reinstatements=plan.reinstatements + 1)
    _check_arrears(connection, plan, plan_type, today)
    work = Work(connection, app.clock)
    plan = set_status(work, plan, PlanStatus.ACTIVE, asked.user, f"reinstated: {reason}", asked)
    deferral.resume(app, work, plan, asked)
    app.store_events(connection, work)
    return plan


def _check_law(plan: Plan, plan_type: PlanType, today: date) -> None:
    broken_on = plan.defaulted_on or plan.opened_on
    found = why_not(plan_type.reinstatement, broken_on, plan.reinstatements, today)
    about = f"plan {plan.plan_number}, broken on {broken_on},"
    if found is WhyNot.TOO_OFTEN:
        raise Refusal("PLAN_REINSTATED_BEFORE", f"{about} went on {plan.reinstatements} times")
    if found is WhyNot.TOO_LATE:
        raise Refusal("PLAN_BROKEN_TOO_LONG", f"{about} could go on for a time, which is over")
    if found is WhyNot.NEVER:
        later = again_from(broken_on, plan_type.again_on)
        raise Refusal("PLAN_NOT_REINSTATED", f"{about} is over: another may begin from {later}")


def _check_arrears(connection: Connection, plan: Plan, plan_type: PlanType, today: date) -> None:
    parts, paid = defaults.read(connection, [plan.plan_id])
    until = reprieve(plan_type.reinstatement, plan.reinstated_on)
    part = missed(plan_type, parts[plan.plan_id], paid[plan.plan_id], today, until)
    if part is not None:
        raise Refusal(
            "PLAN_IN_ARREARS",
            f"installment {part.number} of plan {plan.plan_number}, due {part.due_on}, is not paid:"
            f" {format_cents(part.principal_cents)}, and what was due before it",
        )
