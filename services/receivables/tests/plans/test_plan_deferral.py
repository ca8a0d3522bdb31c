"""RECV-050, RECV-051: an active plan puts interest and penalty off, and what ends it decides."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from millage.receivables.v1 import plans_pb2 as pb
from millage.receivables.v1 import plans_pb2_grpc as stubs
from millage.receivables.v1 import receivables_pb2, receivables_pb2_grpc
from receivables_service.plans import days as plan_days
from taxkit.clock import FixedClock
from taxkit.ids import new_id
from taxkit.testing import bearer, parked


@pytest.fixture(scope="session")
def jurisdictions(tmp_path_factory):
    """Cook County's law with a plan of no county's: it puts off what the law would charge."""
    folder = tmp_path_factory.mktemp("jurisdictions")
    source = Path(__file__).parents[4] / "jurisdictions" / "us-il-cook"
    shutil.copytree(source, folder / "us-il-cook")
    plans = folder / "us-il-cook" / "plans.yaml"
    text = plans.read_text("utf-8")
    for line in ("delinquent_only: true\n", "most_open_cents: 1000000\n"):
        assert text.count(line) == 1
        text = text.replace(line, f"{line}          defers_accrual: true\n")
    # A plan here ends by what its tests do, not by an installment that is missed meanwhile.
    assert text.count("default_after_days: 30") == 2
    text = text.replace("default_after_days: 30", "default_after_days: 90")
    plans.write_text(text, "utf-8")
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
def owed(channel, clerk, bill):
    """What the bill owes on a day, from the public quote."""
    books = receivables_pb2_grpc.ReceivablesServiceStub(channel)

    def ask(day):
        request = receivables_pb2.QuoteRequest(bill_ids=[str(bill)], as_of=day)
        return books.Quote(request, metadata=clerk).bills[0]

    return ask


def enrol(stub, who, bill, kind="standard"):
    terms = pb.PlanTerms(
        plan_type=kind, bill_ids=[str(bill)], party="Park", first_due_on="2022-04-01"
    )
    asked = pb.EnrolPlanRequest(idempotency_key=str(new_id()), terms=terms)
    return stub.EnrolPlan(asked, metadata=who)


def come(app, clock, day):
    clock.moment = datetime.combine(date.fromisoformat(day), clock.moment.timetz())
    plan_days.pass_day(app, app.clock.today())


def test_recv_050_a_voided_plan_brings_back_what_it_put_off(app, stub, clerk, bill, owed, clock):
    """RECV-050: 15.00 before the plan, nothing in it; void on June 2: all four months are owed."""
    plan = enrol(stub, clerk, bill)
    assert (plan.status, owed("2022-03-03").pi_deferred) == ("active", True)
    assert owed("2022-12-01").open_cents == 181_500
    come(app, clock, "2022-06-02")
    asked = pb.VoidPlanRequest(idempotency_key="v", plan_number=plan.plan_number, reason="unpaid")
    assert stub.VoidPlan(asked, metadata=clerk).status == "void"
    back = owed("2022-06-02")
    assert (back.open_cents, back.pi_deferred) == (180_000 + 4 * 1_500, False)
    assert parked(app) == []


def test_recv_048_a_defaulted_plan_brings_back_what_it_put_off(app, stub, clerk, bill, owed, clock):
    """RECV-048: nothing paid; ninety days after April 1 all that the law charges is owed."""
    plan = enrol(stub, clerk, bill)
    come(app, clock, "2022-06-30")
    assert owed("2022-06-30").pi_deferred
    come(app, clock, "2022-07-01")
    asked = pb.GetPlanRequest(plan_number=plan.plan_number)
    assert stub.GetPlan(asked, metadata=clerk).status == "defaulted"
    back = owed("2022-07-01")
    assert (back.open_cents, back.pi_deferred) == (180_000 + 4 * 1_500, False)
    assert parked(app) == []


def test_recv_050_a_pending_plan_puts_nothing_off(app, stub, clerk, bill, owed, clock):
    """RECV-050: pending counts as none; voided from there nothing has to come back."""
    come(app, clock, "2022-03-01")
    plan = enrol(stub, clerk, bill)
    assert (plan.status, owed("2022-06-02").open_cents) == ("pending", 180_000 + 4 * 1_500)
    come(app, clock, "2022-04-01")
    assert owed("2022-06-02").open_cents == 180_000 + 4 * 1_500


def test_recv_051_a_fulfilled_plan_drops_what_it_put_off(
    app, stub, clerk, bill, owed, clock, neighbours
):
    """RECV-051: paid in the plan's time, nothing is owed then or later."""
    plan = enrol(stub, clerk, bill)
    come(app, clock, "2022-06-02")
    body = neighbours.payment_posted(new_id(), neighbours.line(1, 181_500, bill), day="2022-06-02")
    app.consumer.absorb("on_payment_posted", [body])
    come(app, clock, "2022-06-03")
    asked = pb.GetPlanRequest(plan_number=plan.plan_number)
    assert stub.GetPlan(asked, metadata=clerk).status == "fulfilled"
    later = owed("2022-12-01")
    assert (later.open_cents, later.pi_deferred) == (0, False)


def advance(app, neighbours, ledger, cents, receipt):
    """Money in advance on another parcel; gives its item."""
    line = {
        **neighbours.line(1, cents), "kind": "advance", "advance_type": "regular",
        "parcel_number": "elsewhere", "tax_year": None, "suspense_reason": None,
    }  # fmt: skip
    app.consumer.absorb(
        "on_payment_posted", [neighbours.payment_posted(receipt, line, day="2022-03-03")]
    )
    rows = ledger.rows(f"select item_id from held_items where receipt_id = '{receipt}'")
    return line, str(rows[0][0])


def pay(stub, who, plan, item):
    asked = pb.PayPlanInstallmentRequest(
        idempotency_key=str(new_id()), plan_number=plan.plan_number, surplus_item_id=item
    )
    return stub.PayPlanInstallment(asked, metadata=who)


def test_recv_051_an_installment_whose_money_is_taken_back_is_unpaid_again(
    app, stub, clerk, bill, neighbours, ledger
):
    """RECV-051: number 1 bounces, 0 and 2 stand: 1 is next, then 3; its fee is charged once."""
    plan = enrol(stub, clerk, bill, "budget")
    bounced = new_id()
    lines = [
        advance(app, neighbours, ledger, 250_000, receipt)
        for receipt in (new_id(), bounced, new_id())
    ]
    (_, good), (line, bad), (_, other) = lines
    for item in (good, bad, good):
        plan = pay(stub, clerk, plan, item)
    fees = ledger.balance("fee_income")

    reversal = neighbours.payment_reversed(bounced, line, day="2022-03-03")
    app.consumer.absorb("on_payment_reversed", [reversal])
    app.consumer.absorb("on_payment_reversed", [reversal])

    assert parked(app) == []
    asked = pb.GetPlanRequest(plan_number=plan.plan_number)
    lowered = stub.GetPlan(asked, metadata=clerk)
    assert {one.number for one in lowered.payments if one.taken_back} == {1}
    assert ledger.rows("select paid_through from plans") == [(0,)]
    again = pay(stub, clerk, plan, other)
    assert ledger.rows("select paid_through from plans") == [(2,)]
    assert [one.number for one in again.payments if not one.taken_back] == [0, 1, 1, 2, 2]
    assert ledger.balance("fee_income") == fees
    for status in ("active", "paid"):
        assert pay(stub, clerk, plan, other).status == status


def test_recv_051_a_paid_plan_is_active_again_when_its_money_is_taken_back(
    app, stub, clerk, bill, neighbours, ledger, owed
):
    """RECV-051: it was never paid; interest is put off again as it was before."""
    plan = enrol(stub, clerk, bill, "budget")
    receipt = new_id()
    line, item = advance(app, neighbours, ledger, 250_000, receipt)
    for _ in range(5):
        plan = pay(stub, clerk, plan, item)
    assert (plan.status, owed("2022-03-03").pi_deferred) == ("paid", False)

    reversal = neighbours.payment_reversed(receipt, line, day="2022-03-03")
    app.consumer.absorb("on_payment_reversed", [reversal])

    asked = pb.GetPlanRequest(plan_number=plan.plan_number)
    found = stub.GetPlan(asked, metadata=clerk)
    assert (found.status, found.steps[-1].acted_by) == ("active", "ledger")
    assert ledger.rows("select paid_through from plans") == [(-1,)]
    assert owed("2022-06-02").pi_deferred
    assert [one["data"]["status"] for one in ledger.told("PlanStatusChanged")][-2:] == [
        "paid", "active",
    ]  # fmt: skip
    assert parked(app) == []
