"""What stands in the way of a plan, each by its reason (RECV-049 to RECV-052)."""

import sys
from pathlib import Path

import pytest

from millage.receivables.v1 import plans_pb2 as pb
from taxkit.ids import new_id

sys.path.insert(0, str(Path(__file__).parent))

from test_plans import clerk, clock, enrol, refused, stub

__all__ = ["clerk", "clock", "stub"]


def edit(stub, who, plan, **given):
    request = pb.EditPlanRequest(
        idempotency_key=str(new_id()), plan_number=plan.plan_number, **given
    )
    return stub.EditPlan(request, metadata=who)


def test_recv_050_a_running_plan_is_changed_only_by_calculating_it_anew(stub, clerk, bill):
    """RECV-050, RECV-052: its order may still change, its length may not."""
    plan = enrol(stub, clerk, bill, kind="budget")
    assert plan.status == "active"
    assert refused(edit, stub, clerk, plan, installments=4) == "PLAN_RUNS"
    assert refused(edit, stub, clerk, plan, bill_ids=[str(new_id())]) == "NOT_ITS_BILLS"
    assert refused(edit, stub, clerk, plan, bill_ids=[str(bill)] * 2) == "NOT_ITS_BILLS"
    assert edit(stub, clerk, plan, bill_ids=[str(bill)]).installments == plan.installments


@pytest.mark.parametrize("first_due_on", ["2022-03-02", "2032-03-05"])
def test_recv_049_installments_lie_ahead(stub, clerk, bill, first_due_on):
    """RECV-049: not before today, and not further than anybody plans."""
    asked = pb.EnrolPlanRequest(
        idempotency_key=str(new_id()),
        terms=pb.PlanTerms(
            plan_type="budget", bill_ids=[str(bill)], party="D.", first_due_on=first_due_on
        ),
    )
    assert refused(stub.EnrolPlan, asked, metadata=clerk) == "FIRST_DUE_INVALID"


def test_recv_049_a_plan_is_of_one_parcel(app, stub, clerk, bill, neighbours):
    other = new_id()
    app.consumer.absorb(
        "on_bill_created",
        [neighbours.bill_created(other, bill_number="2021-other", parcel_number="other")],
    )
    assert refused(enrol, stub, clerk, bill, other, kind="budget") == "SEVERAL_PARCELS"
