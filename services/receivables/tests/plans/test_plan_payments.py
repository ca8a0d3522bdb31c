"""Installments of plans paid with held money (RECV-051)."""

import shutil
from datetime import UTC, datetime

import grpc
import pytest

from millage.receivables.v1 import plans_pb2 as pb
from millage.receivables.v1 import plans_pb2_grpc as stubs
from millage.receivables.v1.explain_pb2 import ExplainRequest
from millage.receivables.v1.explain_pb2_grpc import ExplainServiceStub
from receivables_service.accounts import KnownFact
from receivables_service.asked import Asked, open_bill
from receivables_service.changes import bill_changes
from receivables_service.changes.due_changes import Caused
from receivables_service.domain.facts import FeeCharged
from receivables_service.domain.ledger import PostingKind
from receivables_service.domain.terms import CollectionType
from receivables_service.held import items as held_items
from receivables_service.plans import rulebook as plan_rulebook
from taxkit.clock import FixedClock
from taxkit.dated import NoTermInForce
from taxkit.ids import new_id
from taxkit.inbox import Work
from taxkit.testing import bearer, parked, reason_of


@pytest.fixture(autouse=True)
def clock(app):
    app.clock = app.consumer._clock = FixedClock(datetime(2022, 2, 11, 18, tzinfo=UTC))


@pytest.fixture
def stub(channel):
    return stubs.PlanServiceStub(channel)


@pytest.fixture
def clerk(keys):
    return bearer(keys.token("receivables.read", "receivables.plan"))


@pytest.fixture
def plan(stub, clerk, bill):
    """A budget plan of 1,800.00 in four parts, each with a fee of 1.00, and 10.00 first."""
    terms = pb.PlanTerms(
        plan_type="budget", bill_ids=[str(bill)], party="Park", first_due_on="2022-03-01"
    )
    asked = pb.EnrolPlanRequest(idempotency_key=str(new_id()), terms=terms)
    return stub.EnrolPlan(asked, metadata=clerk)


def held(app, neighbours, ledger, cents, advance_type="regular"):
    """Money in advance on another parcel; gives its item."""
    line = {
        **neighbours.line(1, cents), "kind": "advance", "advance_type": advance_type,
        "parcel_number": "elsewhere", "tax_year": None, "suspense_reason": None,
    }  # fmt: skip
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(new_id(), line)])
    rows = ledger.rows("select item_id from held_items order by receipt_id desc limit 1")
    return str(rows[0][0])


def pay(stub, who, plan, item, key=None):
    asked = pb.PayPlanInstallmentRequest(
        idempotency_key=key or str(new_id()), plan_number=plan.plan_number, surplus_item_id=item
    )
    return stub.PayPlanInstallment(asked, metadata=who)


def refused(call, *args):
    with pytest.raises(grpc.RpcError) as error:
        call(*args)
    return reason_of(error.value)


def test_recv_041_a_plan_takes_no_money_that_is_not_for_its_bills(
    app, stub, clerk, plan, bill, neighbours, ledger
):
    """RECV-041, RECV-046: what is paid ahead is for its own run, a trust's for its own type."""
    ahead = held(app, neighbours, ledger, 250_000, "pre_pay")
    assert refused(pay, stub, clerk, plan, ahead) == "SURPLUS_NOT_TENDERABLE"
    trust = held(app, neighbours, ledger, 250_000, "tract_map_bond")
    unsecured(app, bill)
    assert refused(pay, stub, clerk, plan, trust) == "COLLECTION_TYPE_DIFFERS"
    assert ledger.rows("select count(*) from plan_payments") == [(0,)]


def test_recv_048_a_plan_pays_by_the_order_its_type_names(
    app, stub, clerk, bill, neighbours, ledger, jurisdictions, tmp_path
):
    """RECV-048: tax before interest here, where the law has it the other way round."""
    app.plans = budget_by("tax-first", jurisdictions, tmp_path)
    app.clock.moment = datetime(2022, 5, 2, 18, tzinfo=UTC)
    terms = pb.PlanTerms(
        plan_type="budget", bill_ids=[str(bill)], party="Park", first_due_on="2022-06-01"
    )
    asked = pb.EnrolPlanRequest(idempotency_key=str(new_id()), terms=terms)
    plan = stub.EnrolPlan(asked, metadata=clerk)
    item = held(app, neighbours, ledger, 250_000)
    for _ in range(2):
        pay(stub, clerk, plan, item)
    paid = ledger.rows(
        "select distinct charge_type, right(rule_id, 10) from ledger_entries"
        " where ledger_account = 'taxes_receivable' and receipt_id is not null"
    )
    assert paid == [("tax", "/tax-first")]


def test_recv_048_an_order_that_nobody_knows_stops_the_start(app, jurisdictions, tmp_path):
    """RECV-048: not the first payment of the first plan."""
    plans = budget_by("magic", jurisdictions, tmp_path)
    with pytest.raises(NoTermInForce, match="no rule magic"):
        plans.check_rules(app.terms.allocation_rules)


def budget_by(rule, jurisdictions, tmp_path):
    """The law of plans, with an order of allocation for the budget plan."""
    folder = tmp_path / "us-il-cook"
    shutil.copytree(f"{jurisdictions}/us-il-cook", folder)
    law = folder / "plans.yaml"
    text = law.read_text("utf-8")
    assert "name: Budget plan\n" in text
    named = f"name: Budget plan\n          allocation_rule: {rule}\n"
    law.write_text(text.replace("name: Budget plan\n", named), "utf-8")
    return plan_rulebook.load(folder)


def unsecured(app, bill):
    """Carry the bill as unsecured from now on."""
    with app.database.begin() as connection:
        work = Work(connection, app.clock)
        asked = Asked("clerk", "moved", "")
        bill_changes.transfer(app.terms, work, bill, CollectionType.UNSECURED, None, asked)


def test_recv_051_a_plan_paid_to_its_end_is_paid(app, stub, clerk, plan, neighbours, ledger):
    """RECV-051: fee and principal are two details; the bill owes nothing, the plan is paid."""
    item = held(app, neighbours, ledger, 250_000)
    assert [part.fee_cents for part in plan.installments] == [1_000, 100, 100, 100, 100]
    for number in range(5):
        assert pay(stub, clerk, plan, item).status == ("paid" if number == 4 else "active")
    found = stub.GetPlan(pb.GetPlanRequest(plan_number=plan.plan_number), metadata=clerk)
    assert [(one.number, one.kind, one.amount_cents) for one in found.payments] == [
        (0, "fee", 1_000),
        *[
            row
            for number in range(1, 5)
            for row in ((number, "fee", 100), (number, "principal_interest", 45_000))
        ],
    ]
    assert ledger.rows("select open_cents::int from bills") == [(0,)]
    assert ledger.balance("fee_income") == -1_400
    assert ledger.rows("select open_cents::int from held_items") == [(68_600,)]
    assert [one["data"]["status"] for one in ledger.told("PlanStatusChanged")] == ["active", "paid"]
    with app.database.begin() as connection:
        assert list(held_items.differences(connection, 10)) == parked(app) == []
    assert refused(pay, stub, clerk, plan, item) == "PLAN_STATUS"


def test_recv_051_an_installment_is_paid_whole_and_once(
    app, stub, clerk, keys, plan, neighbours, ledger
):
    """RECV-051: too little, unknown, twice under one key, without the right."""
    little = held(app, neighbours, ledger, 999)
    assert refused(pay, stub, clerk, plan, little) == "SURPLUS_INSUFFICIENT"
    assert refused(pay, stub, clerk, plan, str(new_id())) == "SURPLUS_NOT_FOUND"
    item = held(app, neighbours, ledger, 1_000)
    assert pay(stub, clerk, plan, item, "k") == pay(stub, clerk, plan, item, "k")
    assert refused(pay, stub, clerk, plan, item) == "SURPLUS_NOT_OPEN"
    reader = bearer(keys.token("receivables.read"))
    assert refused(pay, stub, reader, plan, item) == "FORBIDDEN"
    assert ledger.rows("select number, kind from plan_payments") == [(0, "fee")]


def test_recv_051_a_plan_that_was_paid_up_takes_no_more(
    app, stub, clerk, keys, bill, neighbours, ledger
):
    """RECV-051: its bills owe a fee that came later, the plan stays active, but it is paid."""
    app.clock.moment = datetime(2022, 3, 3, 18, tzinfo=UTC)
    terms = pb.PlanTerms(
        plan_type="standard", bill_ids=[str(bill)], party="Park", first_due_on="2022-04-01",
        installments=2,
    )  # fmt: skip
    asked = pb.EnrolPlanRequest(idempotency_key=str(new_id()), terms=terms)
    plan = stub.EnrolPlan(asked, metadata=clerk)
    work = Work(app.database.engine.connect(), app.clock)
    with work.connection, work.connection.begin():
        books = open_bill(work, app.terms, bill)
        late = FeeCharged(new_id(), app.clock.today(), app.clock.now(), "lien", 90_000, "by-hand")
        books.change(bill, KnownFact(late, app.clock.today()), PostingKind.FEE, Caused())
        books.close()
    item = held(app, neighbours, ledger, 400_000)
    for _ in plan.installments:
        found = pay(stub, clerk, plan, item)
    assert found.status == "active"
    assert refused(pay, stub, clerk, plan, item) == "PLAN_PAID_UP"


def test_recv_053_a_plan_whose_bills_are_left_out_takes_no_money(
    app, stub, clerk, plan, bill, neighbours, ledger
):
    """RECV-053: until it is calculated anew, nobody knows what would be paid."""
    parts = [
        {"installment": 1, "due_on": "2022-03-01", "amount_cents": 100_000},
        {"installment": 2, "due_on": "2022-12-30", "amount_cents": 70_000},
    ]
    body = neighbours.bill_corrected(bill, 2, parts, app.clock.today())
    app.consumer.absorb("on_bill_corrected", [body])
    item = held(app, neighbours, ledger, 250_000)
    assert refused(pay, stub, clerk, plan, item) == "PLAN_BILLS_LEFT_OUT"
    assert ledger.rows("select count(*) from plan_payments") == [(0,)]


def test_recv_048_a_plans_fee_is_explained_by_the_law_of_plans_and_who_took_it(
    app, channel, stub, clerk, plan, bill, neighbours, ledger
):
    """RECV-001, RECV-048: the rule is the plan type's own, its citation that of the plans' law."""
    pay(stub, clerk, plan, held(app, neighbours, ledger, 1_000))
    rows = ExplainServiceStub(channel).Explain(
        ExplainRequest(bill_id=str(bill)), metadata=clerk
    ).rows  # fmt: skip
    (fee,) = [row for row in rows if row.ledger_account == "fee_income"]
    assert fee.rule_id == "us-il-cook/plans/plans/1980-01-01/budget"
    assert (fee.citation[:11], fee.certainty) == ("35 ILCS 200", "house rule")
    assert (fee.fact.asked_by, fee.fact.reason) == (
        "clerk", f"installment 0 of plan {plan.plan_number}",
    )  # fmt: skip
