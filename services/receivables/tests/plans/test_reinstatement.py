"""RECV-048, RECV-050: a broken plan goes on where its law lets it, and nowhere else."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import grpc
import pytest

from millage.receivables.v1 import plans_pb2 as pb
from millage.receivables.v1 import plans_pb2_grpc as stubs
from millage.receivables.v1 import receivables_pb2, receivables_pb2_grpc
from receivables_service.plans import days as plan_days
from taxkit.clock import FixedClock
from taxkit.ids import new_id
from taxkit.testing import bearer, parked, reason_of


@pytest.fixture(scope="session")
def jurisdictions(tmp_path_factory):
    """Cook County's law, with plans that put off what it would charge and one that is over."""
    folder = tmp_path_factory.mktemp("jurisdictions")
    source = Path(__file__).parents[4] / "jurisdictions" / "us-il-cook"
    shutil.copytree(source, folder / "us-il-cook")
    plans = folder / "us-il-cook" / "plans.yaml"
    text = plans.read_text("utf-8")
    line = "          delinquent_only: true\n"
    assert text.count(line) == 1
    text = text.replace(line, line + "          defers_accrual: true\n")
    strict = text[text.index("        - code: standard") : text.index("        - code: budget")]
    strict = strict.replace("code: standard", "code: strict")
    line = "          reinstatement: {within_days: 60}\n"
    assert strict.count(line) == 1
    strict = strict.replace(line, "          again_on: 07-01\n")
    plans.write_text(text + strict, "utf-8")
    return str(folder)


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
def come(app, clock):
    def come(day):
        clock.moment = datetime.combine(date.fromisoformat(day), clock.moment.timetz())
        plan_days.pass_day(app, app.clock.today())

    return come


@pytest.fixture
def owed(channel, clerk, bill):
    books = receivables_pb2_grpc.ReceivablesServiceStub(channel)

    def ask(day):
        request = receivables_pb2.QuoteRequest(bill_ids=[str(bill)], as_of=day)
        found = books.Quote(request, metadata=clerk).bills[0]
        return found.open_cents, found.pi_deferred

    return ask


@pytest.fixture
def enrol(stub, clerk, bill):
    def enrol(kind="standard", first_due_on="2022-04-01"):
        terms = pb.PlanTerms(
            plan_type=kind, bill_ids=[str(bill)], party="Park", first_due_on=first_due_on
        )
        asked = pb.EnrolPlanRequest(idempotency_key=str(new_id()), terms=terms)
        return stub.EnrolPlan(asked, metadata=clerk)

    return enrol


@pytest.fixture
def reinstate(stub, clerk):
    def ask(plan, key="", reason="hardship"):
        asked = pb.ReinstatePlanRequest(
            idempotency_key=key or str(new_id()), plan_number=plan.plan_number, reason=reason
        )
        return stub.ReinstatePlan(asked, metadata=clerk)

    return ask


@pytest.fixture
def refused():
    """Have a call refused for a reason; gives the error."""

    def check(reason, call, *given):
        with pytest.raises(grpc.RpcError) as refusal:
            call(*given)
        assert reason_of(refusal.value) == reason
        return refusal.value

    return check


@pytest.fixture
def shown(stub, clerk):
    def ask(plan):
        return stub.GetPlan(pb.GetPlanRequest(plan_number=plan.plan_number), metadata=clerk)

    return ask


def pay(app, neighbours, bill, cents, day):
    app.clock.moment = datetime.fromisoformat(f"{day}T18:00:00+00:00")
    line = neighbours.line(1, cents, bill)
    body = neighbours.payment_posted(new_id(), line, day=day)
    app.consumer.absorb("on_payment_posted", [body])
    assert parked(app) == []


def told(ledger):
    return [
        (row[0]["status"], row[0].get("reinstated_on"))
        for row in ledger.rows(
            "select body::jsonb->'data' from outbox"
            " where routing_key = 'PlanStatusChanged.v1' order by id"
        )
    ]


def test_recv_048_a_broken_plan_goes_on_once_what_was_missed_is_paid(
    app, enrol, come, reinstate, shown, owed, bill, neighbours, ledger, refused
):
    """RECV-048: what came back is put off again, as if it had never been broken."""
    plan = enrol()
    before = owed("2022-06-02")
    come("2022-05-02")
    assert shown(plan).status == "defaulted"
    assert (shown(plan).defaulted_on, owed("2022-06-02")[1]) == ("2022-05-02", False)
    refused("PLAN_IN_ARREARS", reinstate, plan)
    down = plan.installments[0].principal_cents
    pay(app, neighbours, bill, down, "2022-05-10")
    again = reinstate(plan, key="k")
    assert (again.status, again.reinstated_on, again.reinstatements) == ("active", "2022-05-10", 1)
    assert again.steps[-1].note == "reinstated: hardship"
    assert owed("2022-06-02") == (before[0] - down, True)
    assert told(ledger) == [("active", None), ("defaulted", None), ("active", "2022-05-10")]
    assert reinstate(plan, key="k") == again
    assert len(told(ledger)) == 3


def test_recv_048_it_breaks_again_on_what_is_missed_next_and_then_it_is_over(
    app, enrol, come, reinstate, shown, owed, bill, neighbours, refused
):
    """RECV-048: as often as its law says."""
    plan = enrol()
    come("2022-05-02")
    pay(app, neighbours, bill, plan.installments[0].principal_cents, "2022-05-10")
    reinstate(plan)
    come("2022-05-31")
    assert shown(plan).status == "active"
    come("2022-06-02")
    broken = shown(plan)
    assert (broken.status, broken.steps[-1].note[:13]) == ("defaulted", "installment 1")
    assert not owed("2022-06-02")[1]
    pay(app, neighbours, bill, 100_000, "2022-06-03")
    refused("PLAN_REINSTATED_BEFORE", reinstate, plan)


def test_recv_048_its_days_end(app, enrol, come, reinstate, bill, neighbours, refused):
    """RECV-048: broken on May 2, it may go on through July 1."""
    plan = enrol()
    come("2022-05-02")
    pay(app, neighbours, bill, 150_000, "2022-05-10")
    come("2022-07-02")
    refused("PLAN_BROKEN_TOO_LONG", reinstate, plan)
    come("2022-07-01")
    assert reinstate(plan).status == "active"


def test_recv_048_where_the_law_knows_none_it_is_over_and_another_begins_later(
    enrol, come, reinstate, refused, stub, clerk
):
    """RECV-048: the refusal says from when; until then a new one lacks the day."""
    plan = enrol("strict")
    come("2022-05-02")
    error = refused("PLAN_NOT_REINSTATED", reinstate, plan)
    assert "another may begin from 2022-07-01" in error.details()
    come("2022-06-30")
    early = enrol("strict", "2022-08-01")
    assert (early.status, list(early.deficiencies)) == ("pending", ["BROKEN_LATELY"])
    come("2022-07-01")
    asked = pb.ActivatePlanRequest(idempotency_key="a", plan_number=early.plan_number)
    assert stub.ActivatePlan(asked, metadata=clerk).status == "active"


def test_recv_048_a_plan_paid_to_itself_has_days_for_what_it_missed(enrol, come, reinstate, shown):
    """RECV-048: due April 1; reinstated on May 10 it has until June 9, and breaks after it."""
    plan = enrol("budget")
    come("2022-05-02")
    assert shown(plan).status == "defaulted"
    come("2022-05-10")
    assert reinstate(plan).status == "active"
    come("2022-06-09")
    assert shown(plan).status == "active"
    come("2022-06-10")
    assert shown(plan).status == "defaulted"


def test_recv_048_only_a_broken_plan_is_reinstated(enrol, come, reinstate, refused, stub, clerk):
    """RECV-048: not one that runs, nor one that is void, nor beside another of its bill."""
    plan = enrol()
    refused("PLAN_STATUS", reinstate, plan)
    refused("REASON_MISSING", lambda: reinstate(plan, reason=" "))
    come("2022-05-02")
    other = enrol("budget", "2022-06-01")
    refused("IN_ANOTHER_PLAN", reinstate, plan)
    asked = pb.VoidPlanRequest(idempotency_key="v", plan_number=other.plan_number, reason="x")
    stub.VoidPlan(asked, metadata=clerk)
    refused("PLAN_STATUS", reinstate, other)


def test_recv_048_what_paid_the_arrears_may_bounce(
    app, enrol, come, reinstate, shown, bill, neighbours
):
    """RECV-048: reinstated by money that is taken back, it is broken on the next day."""
    plan, receipt = enrol(), new_id()
    come("2022-05-02")
    line = neighbours.line(1, plan.installments[0].principal_cents, bill)
    body = neighbours.payment_posted(receipt, line, day="2022-05-02")
    app.consumer.absorb("on_payment_posted", [body])
    reinstate(plan)
    undone = neighbours.payment_reversed(receipt, line, day="2022-05-03")
    app.consumer.absorb("on_payment_reversed", [undone])
    come("2022-05-03")
    assert shown(plan).status == "defaulted"
    assert parked(app) == []
