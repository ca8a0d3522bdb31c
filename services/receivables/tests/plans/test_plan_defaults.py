"""RECV-048, RECV-052: missed installments end plans; views of a bill bear its plan's mark."""

from datetime import UTC, date, datetime

import pytest

from millage.receivables.v1 import (
    bill_changes_pb2,
    bill_changes_pb2_grpc,
    receivables_pb2,
    receivables_pb2_grpc,
)
from millage.receivables.v1 import plans_pb2 as pb
from millage.receivables.v1 import plans_pb2_grpc as stubs
from receivables_service.plans import days as plan_days
from taxkit.clock import FixedClock
from taxkit.ids import new_id
from taxkit.testing import bearer, foreign_event, parked


@pytest.fixture(autouse=True)
def clock(app):
    clock = FixedClock(datetime(2022, 3, 3, 18, tzinfo=UTC))
    app.clock = app.consumer._clock = clock
    return clock


@pytest.fixture
def stub(channel):
    return stubs.PlanServiceStub(channel)


@pytest.fixture
def clerk(keys):
    return bearer(keys.token("receivables.read", "receivables.plan"))


@pytest.fixture
def plan(stub, clerk, bill):
    """1,800.00: 363.00 of it down on April 1, then ten parts, each on the first of a month."""
    terms = pb.PlanTerms(
        plan_type="standard", bill_ids=[str(bill)], party="Park", first_due_on="2022-04-01"
    )
    asked = pb.EnrolPlanRequest(idempotency_key=str(new_id()), terms=terms)
    return stub.EnrolPlan(asked, metadata=clerk)


@pytest.fixture
def come(app, clock):
    def come(day):
        clock.moment = datetime.combine(date.fromisoformat(day), clock.moment.timetz())
        plan_days.pass_day(app, app.clock.today())

    return come


@pytest.fixture
def shown(stub, clerk, plan):
    return lambda: stub.GetPlan(pb.GetPlanRequest(plan_number=plan.plan_number), metadata=clerk)


def pay(app, neighbours, bill, cents, day, receipt=None):
    app.clock.moment = datetime.fromisoformat(f"{day}T18:00:00+00:00")
    line = neighbours.line(1, cents, bill)
    body = neighbours.payment_posted(receipt or new_id(), line, day=day)
    app.consumer.absorb("on_payment_posted", [body])
    assert parked(app) == []


def told(ledger):
    return ledger.rows(
        "select body::jsonb->'data'->>'status' from outbox"
        " where routing_key = 'PlanStatusChanged.v1' order by id"
    )


def test_recv_048_a_missed_installment_ends_its_plan(plan, come, shown, ledger):
    """RECV-048: due April 1 with 30 days: on May 1 it stands, on May 2 it is over, once."""
    come("2022-05-01")
    assert shown().status == "active"
    come("2022-05-02")
    come("2022-05-03")
    ended = shown()

    assert (ended.status, ended.steps[-1].acted_by) == ("defaulted", "timer")
    assert ended.steps[-1].note == "installment 0, due 2022-04-01, was not paid"
    assert [row[0] for row in told(ledger)] == ["active", "defaulted"]


def test_recv_048_money_straight_on_the_bill_keeps_the_plan(
    app, plan, come, shown, bill, neighbours
):
    """RECV-048: the down payment and the first part are paid at a counter; the second is not."""
    due = sum(part.principal_cents for part in plan.installments[:2])
    pay(app, neighbours, bill, due, "2022-04-20")
    come("2022-06-30")
    assert shown().status == "active"
    come("2022-07-02")
    assert shown().steps[-1].note == "installment 2, due 2022-06-01, was not paid"


def test_recv_048_money_taken_back_paid_nothing(app, plan, come, shown, bill, neighbours):
    """RECV-048: a payment of the plan's time that bounces; the plan is over on its day."""
    receipt = new_id()
    pay(app, neighbours, bill, 100_000, "2022-04-20", receipt)
    come("2022-05-02")
    assert shown().status == "active"
    line = neighbours.line(1, 100_000, bill)
    app.consumer.absorb(
        "on_payment_reversed", [neighbours.payment_reversed(receipt, line, day="2022-05-03")]
    )
    come("2022-05-03")
    assert shown().status == "defaulted"
    assert parked(app) == []


def correct(app, bill, day):
    data = {
        "bill_id": str(bill), "bill_number": "2021-13264290020000", "bill_version": 2,
        "corrected_on": day, "reason": "board of review", "total_cents": 150_000,
        "components": [], "owner": None,
        "installments": [
            {"installment": 1, "due_on": "2022-03-01", "amount_cents": 100_000},
            {"installment": 2, "due_on": "2022-12-30", "amount_cents": 50_000},
        ],
    }  # fmt: skip
    body = foreign_event("org.millage.levy.BillCorrected.v1", f"bill/{bill}", data, sequence=2)
    app.consumer.absorb("on_bill_corrected", [body])
    assert parked(app) == []


def test_recv_052_a_bill_and_its_history_bear_the_plans_mark(
    app, plan, come, shown, bill, channel, clerk, stub
):
    """RECV-052, RECV-053: with whether it counts, and whether somebody has to calculate."""
    account = receivables_pb2_grpc.ReceivablesServiceStub(channel)
    history = bill_changes_pb2_grpc.BillChangesServiceStub(channel)

    def marks():
        asked = receivables_pb2.GetBillRequest(bill_id=str(bill))
        seen = account.GetBill(asked, metadata=clerk).plan_changes
        again = bill_changes_pb2.ListBillChangesRequest(bill_id=str(bill))
        assert history.ListBillChanges(again, metadata=clerk).plan_changes == seen
        return list(seen)

    assert marks() == []
    come("2022-04-25")
    correct(app, bill, "2022-04-25")
    mark = pb.PlanChange(
        plan_number=plan.plan_number,
        status="active",
        changed_on="2022-04-25",
        left_out_through="2022-05-25",
    )
    assert marks() == [mark]
    come("2022-05-26")
    # Nobody misses an installment of a plan that waits to be calculated.
    assert shown().status == "active"
    mark.left_out_through, mark.awaits_calculation = "", True
    assert marks() == [mark]
    anew = pb.RecalculatePlanRequest(idempotency_key="anew", plan_number=plan.plan_number)
    stub.RecalculatePlan(anew, metadata=clerk)
    mark.awaits_calculation = False
    assert marks() == [mark]
    come("2022-05-27")
    assert shown().status == "defaulted"
