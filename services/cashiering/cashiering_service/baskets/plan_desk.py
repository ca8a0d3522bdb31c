"""Payment plans at the counter: asked of receivables, or from the read copy when it is away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import grpc
from sqlalchemy import Connection

from cashiering_service.baskets.loading import Found
from cashiering_service.domain import plan_schedule
from cashiering_service.domain.paying import Quoted
from cashiering_service.domain.plan_schedule import CounterPlan, Installment, PlanBill
from cashiering_service.quotes import Quotes
from millage.receivables.v1 import plans_pb2 as theirs
from millage.receivables.v1 import plans_pb2_grpc as their_stubs
from taxkit.errors import Refusal, RefusalKind

PAYMENT_PLAN = "payment_plan"
_COPY = """
select p.plan_number, p.status, array_agg(b.bill_id order by d.tax_year, d.bill_number) as bills,
    min(d.parcel_number) as parcel_number
from plans p join plan_bills b using (plan_number) join dues d using (bill_id)
where (%(plan)s = '' or p.plan_number = %(plan)s)
    and (%(parcel)s = '' or d.parcel_number = %(parcel)s)
group by p.plan_number, p.status order by p.plan_number
"""


@dataclass(frozen=True, slots=True)
class Picked:
    """What of a plan is to be paid: an installment, or its bills as they are."""

    plan_number: str
    parcel_number: str
    installment: int | None
    confirmed: bool


def ask(
    quotes: Quotes, plan_number: str, parcel_number: str, metadata: Any
) -> list[CounterPlan] | None:
    """Plans as receivables has them; None when it did not answer in time."""

    def call(channel: grpc.Channel, timeout_s: float) -> list[theirs.Plan]:
        stub = their_stubs.PlanServiceStub(channel)
        options = {"timeout": timeout_s, "metadata": metadata}
        if plan_number:
            request = theirs.GetPlanRequest(plan_number=plan_number)
            return [stub.GetPlan(request, **options)]
        listed = stub.ListPlans(theirs.ListPlansRequest(parcel_number=parcel_number), **options)
        return list(listed.plans)

    answer = quotes.neighbour(call)
    if answer is None:
        return None
    return [
        _read(plan) for plan in answer if not parcel_number or plan.parcel_number == parcel_number
    ]


def from_copy(connection: Connection, plan_number: str, parcel_number: str) -> list[CounterPlan]:
    """The same from what was told: bills and state, no installments."""
    rows = connection.exec_driver_sql(_COPY, {"plan": plan_number, "parcel": parcel_number})
    return [
        CounterPlan(
            row.plan_number, "", row.parcel_number, row.status, tuple(map(PlanBill, row.bills))
        )
        for row in rows
    ]


def narrowed(
    plans: Sequence[CounterPlan] | None,
    picked: Picked,
    found: Found,
    quoted: Mapping[UUID, tuple[int, Quoted]],
) -> Found:
    """The bills of a plan, each with its part of the installment that was picked (CASH-072)."""
    if plans is None:
        if picked.installment is None:
            return found
        raise Refusal(
            "PLAN_SCHEDULE_UNKNOWN",
            "receivables is away, which knows the installments: load the plan's bills and type"
            " what is paid",
            kind=RefusalKind.UNAVAILABLE,
        )
    plan = plan_schedule.one_of(plans)
    plan_schedule.check_confirmed(plan, confirmed=picked.confirmed)
    details = {"plan_number": plan.plan_number}
    if plan.changes_unprocessed:
        details["plan_changes"] = "confirmed"
    if picked.installment is None:
        return replace(found, details=details)
    part = plan_schedule.pick(plan, picked.installment)
    shares = plan_schedule.spread(
        part.total_cents,
        [bill.bill_id for bill in plan.bills],
        {bill_id: due.open_cents for bill_id, (_, due) in quoted.items()},
    )
    return replace(
        found,
        bills=[bill for bill in found.bills if bill.bill_id in shares],
        amounts=shares,
        details={**details, "plan_installment": str(part.number)},
    )


def _read(plan: theirs.Plan) -> CounterPlan:
    versions = [step.recorded_at[:10] for step in plan.steps if step.version == plan.version]
    calculated_on = min(versions, default=plan.opened_on)
    paid = {one.number for one in plan.payments}
    return CounterPlan(
        plan.plan_number,
        plan.plan_type,
        plan.parcel_number,
        plan.status,
        tuple(
            PlanBill(
                UUID(bill.bill_id),
                plan_schedule.is_changed(bill.left_out_through, bill.changed_on, calculated_on),
            )
            for bill in plan.bills
        ),
        tuple(
            Installment(
                one.number,
                date.fromisoformat(one.due_on),
                one.principal_cents,
                one.interest_cents,
                one.fee_cents,
                one.number in paid,
            )
            for one in plan.installments
        ),
    )
