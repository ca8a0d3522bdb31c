"""Commands on payment plans: enrol, activate, void, edit, calculate anew; one transaction each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Connection

from receivables_service import queries, store
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.domain.plans import (
    LEGAL,
    PlanBill,
    PlanInstallment,
    PlanStatus,
    PlanType,
    deficiencies,
    in_order,
    recalculated,
    schedule,
)
from receivables_service.plans import broken, deferral, taken_back
from receivables_service.plans import store as plan_store
from receivables_service.plans.store import Plan
from receivables_service.plans.told import set_status
from taxkit import ids
from taxkit.errors import Refusal, invalid, not_found
from taxkit.inbox import Work

BILLS_MAX = 100
INSTALLMENTS_MAX = 120
DAYS_MAX = 3650


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and in which trace."""

    user: str
    traceparent: str
    may_override: bool = False


@dataclass(frozen=True, slots=True)
class Enrolment:
    plan_type: str
    bill_ids: Sequence[UUID]
    party: str
    first_due_on: date
    # Zero for the type's own.
    installments: int
    pending_days: int | None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A plan that nobody has yet: its installments, and what would stand in its way."""

    installments: tuple[PlanInstallment, ...]
    deficiencies: tuple[str, ...]


def quote(app: ReceivablesApp, connection: Connection, wanted: Enrolment) -> WhatIf:
    """Tell what a plan would be; nothing is kept (RECV-050)."""
    plan_type, _, bills = _judge(app, connection, wanted)
    parts = schedule(plan_type, bills, wanted.first_due_on, wanted.installments)
    return WhatIf(parts, deficiencies(plan_type, bills))


def enrol(app: ReceivablesApp, connection: Connection, asked: Asked, wanted: Enrolment) -> Plan:
    """Make a plan: active when nothing stands in its way, else pending (RECV-049)."""
    store.lock_bills(connection, _known(app, connection, wanted.bill_ids))
    plan_type, parcel_number, bills = _judge(app, connection, wanted)
    lacking = deficiencies(plan_type, bills)
    work, today = Work(connection, app.clock), app.clock.today()
    days = plan_type.pending_days if wanted.pending_days is None else wanted.pending_days
    plan = Plan(
        ids.new_id(), plan_store.next_number(connection, today.year), plan_type.code,
        parcel_number, wanted.party, PlanStatus.PENDING.value, today, wanted.first_due_on,
        wanted.installments or plan_type.installments, days, 0, -1, list(lacking), 0,
        asked.user, app.clock.now(),
    )  # fmt: skip
    plan_store.insert(connection, plan, [UUID(bill.bill_id) for bill in bills])
    becomes = PlanStatus.PENDING if lacking else plan_type.default_status
    if becomes is PlanStatus.ACTIVE:
        deferral.begin(app, work, plan, asked)
        plan = _calculate(connection, plan, plan_type, bills_of(app, connection, plan))
    plan = set_status(work, plan, becomes, asked.user, "enrolled", asked)
    app.store_events(connection, work)
    return plan


def activate(app: ReceivablesApp, connection: Connection, asked: Asked, plan_number: str) -> Plan:
    """Let a pending plan count; what it lacks needs the right to override."""
    plan = _locked(connection, plan_number)
    _check_move(plan, PlanStatus.ACTIVE)
    plan_type = app.plans.type_of(plan.plan_type, plan.opened_on)
    bills = bills_of(app, connection, plan)
    store.lock_bills(connection, [UUID(bill.bill_id) for bill in bills])
    if running := plan_store.others_running(connection, plan):
        raise Refusal(
            "IN_ANOTHER_PLAN",
            f"a bill of {plan_number} is in {', '.join(running)}: void that first",
        )
    lacking = deficiencies(plan_type, bills)
    if lacking and not asked.may_override:
        raise Refusal("PLAN_NOT_ELIGIBLE", f"plan {plan_number} lacks: {', '.join(lacking)}")
    work = Work(connection, app.clock)
    deferral.begin(app, work, plan, asked)
    plan = _calculate(connection, plan, plan_type, bills_of(app, connection, plan))
    plan = set_status(
        work, replace(plan, deficiencies=list(lacking)), PlanStatus.ACTIVE, asked.user,
        "activated", asked,
    )  # fmt: skip
    app.store_events(connection, work)
    return plan


def void(
    app: ReceivablesApp, connection: Connection, asked: Asked, plan_number: str, reason: str
) -> Plan:
    if not reason.strip():
        raise invalid("REASON_MISSING", "say why the plan is void", "reason")
    plan = _locked(connection, plan_number)
    _check_move(plan, PlanStatus.VOID)
    work, was = Work(connection, app.clock), plan.status
    plan = set_status(work, plan, PlanStatus.VOID, asked.user, reason, asked)
    if was == PlanStatus.ACTIVE:
        deferral.end(app, work, plan, asked, comes_back=True)
    app.store_events(connection, work)
    return plan


def edit(
    app: ReceivablesApp, connection: Connection, asked: Asked, plan_number: str,
    *, bill_ids: Sequence[UUID], installments: int, pending_days: int | None,
) -> Plan:  # fmt: skip
    """Change the order of a plan's bills, and what a pending plan will be (RECV-050, RECV-052)."""
    plan = _locked(connection, plan_number)
    if plan.status not in LEGAL:
        raise Refusal("PLAN_ENDED", f"plan {plan_number} is {plan.status}")
    if plan.status != PlanStatus.PENDING and (installments or pending_days is not None):
        raise Refusal("PLAN_RUNS", "what a running plan is changes only by calculating it anew")
    own = {row.bill_id for row in plan_store.bills(connection, plan.plan_id)}
    if bill_ids:
        if set(bill_ids) != own or len(bill_ids) != len(own):
            raise invalid("NOT_ITS_BILLS", "list the plan's bills, each once", "bill_ids")
        plan_store.reorder(connection, plan.plan_id, bill_ids)
    plan = replace(
        plan,
        installments=installments or plan.installments,
        pending_days=plan.pending_days if pending_days is None else pending_days,
    )
    plan_store.save(connection, plan)
    plan_store.keep_step(connection, plan, asked.user, "edited", app.clock.now())
    return plan


def recalculate(
    app: ReceivablesApp, connection: Connection, asked: Asked, plan_number: str
) -> Plan:
    """Spread what is open now over the unpaid installments (RECV-052)."""
    plan = _locked(connection, plan_number)
    if plan.status == PlanStatus.PENDING:
        raise Refusal("PLAN_PENDING", f"plan {plan_number} is pending: nothing is calculated")
    if plan.status != PlanStatus.ACTIVE:
        raise Refusal("PLAN_ENDED", f"plan {plan_number} is {plan.status}")
    plan_type = app.plans.type_of(plan.plan_type, plan.opened_on)
    if not plan_type.recalculates:
        raise Refusal("PLAN_FIXED", f"plans of type {plan_type.code} are not calculated anew")
    parts = plan_store.schedule(connection, plan)
    paid = taken_back.paid_numbers(connection, plan)
    anew = recalculated(plan_type, parts, paid, bills_of(app, connection, plan))
    plan = replace(plan, version=plan.version + 1)
    plan_store.keep_schedule(connection, plan.plan_id, plan.version, anew)
    plan_store.save(connection, plan)
    plan_store.keep_step(connection, plan, asked.user, "calculated anew", app.clock.now())
    plan_store.close_tasks(connection, plan.plan_id, asked.user, app.clock.now())
    return plan


def bills_of(app: ReceivablesApp, connection: Connection, plan: Plan) -> list[PlanBill]:
    """A plan's bills as of today, in its order; those corrected lately are left out (RECV-053)."""
    rows = {row.bill_id: row for row in plan_store.bills(connection, plan.plan_id)}
    plan_type = app.plans.type_of(plan.plan_type, plan.opened_on)
    found = _bills(app, connection, list(rows), plan_type, set())
    return [
        replace(bill, left_out=rows[UUID(bill.bill_id)].left_out_through is not None)
        for bill in found
    ]


def _calculate(
    connection: Connection, plan: Plan, plan_type: PlanType, bills: Sequence[PlanBill]
) -> Plan:
    parts = schedule(plan_type, bills, plan.first_due_on, plan.installments)
    plan = replace(plan, version=plan.version + 1)
    plan_store.keep_schedule(connection, plan.plan_id, plan.version, parts)
    return plan


def _judge(
    app: ReceivablesApp, connection: Connection, wanted: Enrolment
) -> tuple[PlanType, str, list[PlanBill]]:
    today = app.clock.today()
    _check_first_due(wanted.first_due_on, today)
    plan_type = app.plans.type_of(wanted.plan_type, today)
    quoted = queries.quote_bills(connection, app.terms, list(wanted.bill_ids), today)
    parcels = sorted({each.head.parcel_number for each in quoted})
    if len(parcels) > 1:
        raise invalid("SEVERAL_PARCELS", f"bills of {', '.join(parcels)}", "bill_ids")
    taken = plan_store.in_plans(connection, wanted.bill_ids)
    bills = _bills(app, connection, wanted.bill_ids, plan_type, taken)
    return plan_type, parcels[0], in_order(plan_type, bills)


def _check_first_due(first_due_on: date, today: date) -> None:
    """Installments are counted on from it, and lie ahead."""
    latest = today + timedelta(days=DAYS_MAX)
    if not today <= first_due_on <= latest:
        raise invalid(
            "FIRST_DUE_INVALID",
            f"first_due_on is {first_due_on}: from {today} to {latest}",
            "terms.first_due_on",
        )


def _known(app: ReceivablesApp, connection: Connection, bill_ids: Sequence[UUID]) -> Sequence[UUID]:
    """The bills, all of them issued: one that is not refuses them all."""
    queries.quote_bills(connection, app.terms, list(bill_ids), app.clock.today())
    return bill_ids


def _bills(
    app: ReceivablesApp, connection: Connection, bill_ids: Sequence[UUID], plan_type: PlanType,
    taken: set[UUID],
) -> list[PlanBill]:  # fmt: skip
    today = app.clock.today()
    lately = broken.broken_lately(connection, bill_ids, plan_type, today)
    return [
        PlanBill(
            str(head.bill_id),
            head.tax_year,
            state.open_cents,
            any(part.open_cents and part.due_on < today for part in state.installments),
            head.bill_id in taken,
            broken_lately=head.bill_id in lately,
        )
        for head, state in queries.quote_bills(connection, app.terms, list(bill_ids), today)
    ]


def _locked(connection: Connection, plan_number: str) -> Plan:
    plan = plan_store.read(connection, plan_number, lock=True)
    if plan is None:
        raise not_found("PLAN_NOT_FOUND", f"no plan {plan_number}")
    return plan


def _check_move(plan: Plan, to: PlanStatus) -> None:
    if to not in LEGAL.get(PlanStatus(plan.status), set()):
        raise Refusal("PLAN_STATUS", f"plan {plan.plan_number} is {plan.status}, not to be {to}")
