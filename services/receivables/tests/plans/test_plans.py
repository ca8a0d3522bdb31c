"""Payment plans and flags through the public API, and what days do to them."""

from datetime import UTC, date, datetime

import grpc
import pytest

from millage.receivables.v1 import flags_pb2 as flags_pb
from millage.receivables.v1 import flags_pb2_grpc as flag_stubs
from millage.receivables.v1 import plans_pb2 as pb
from millage.receivables.v1 import plans_pb2_grpc as stubs
from receivables_service.plans import days as plan_days
from taxkit.clock import FixedClock
from taxkit.ids import new_id
from taxkit.testing import bearer, foreign_event, parked, reason_of


@pytest.fixture(autouse=True)
def clock(app):
    """The third of March: the first installment is one day late."""
    clock = FixedClock(datetime(2022, 3, 3, 18, tzinfo=UTC))
    app.clock = app.consumer._clock = clock
    return clock


def on(clock, app, day):
    """Let a day come, and the worker's timer with it."""
    clock.moment = datetime.combine(date.fromisoformat(day), clock.moment.timetz())
    plan_days.pass_day(app, app.clock.today())


@pytest.fixture
def stub(channel):
    return stubs.PlanServiceStub(channel)


@pytest.fixture
def flags(channel):
    return flag_stubs.FlagServiceStub(channel)


@pytest.fixture
def clerk(keys):
    return bearer(keys.token("receivables.read", "receivables.plan", "receivables.flag"))


def terms(*bills, kind="standard", **options):
    return pb.PlanTerms(
        plan_type=kind, bill_ids=map(str, bills), party="Dolores Park",
        first_due_on="2022-04-01", **options,
    )  # fmt: skip


def enrol(stub, who, *bills, **options):
    asked = pb.EnrolPlanRequest(idempotency_key=str(new_id()), terms=terms(*bills, **options))
    return stub.EnrolPlan(asked, metadata=who)


def get(stub, who, plan):
    return stub.GetPlan(pb.GetPlanRequest(plan_number=plan.plan_number), metadata=who)


def refused(call, *args, **options):
    with pytest.raises(grpc.RpcError) as error:
        call(*args, **options)
    return reason_of(error.value)


def correct(app, bill, day, cents=150_000, version=2):
    """Levy's correction of a bill: its second installment changes."""
    data = {
        "bill_id": str(bill), "bill_number": "2021-13264290020000", "bill_version": version,
        "corrected_on": day, "reason": "board of review", "total_cents": cents,
        "components": [], "owner": None,
        "installments": [
            {"installment": 1, "due_on": "2022-03-01", "amount_cents": 100_000},
            {"installment": 2, "due_on": "2022-12-30", "amount_cents": cents - 100_000},
        ],
    }  # fmt: skip
    name, subject = "org.millage.levy.BillCorrected.v1", f"bill/{bill}"
    body = foreign_event(name, subject, data, sequence=version)
    app.consumer.absorb("on_bill_corrected", [body])
    assert parked(app) == []


def test_ac_14_a_pending_plan_is_void_when_its_days_are_exceeded(app, stub, clerk, bill, clock):
    """AC-14: created March 1 with 30 days: March 31 still pending, April 1 void."""
    on(clock, app, "2022-03-01")
    plan = enrol(stub, clerk, bill)
    assert (plan.status, list(plan.deficiencies)) == ("pending", ["NOT_DELINQUENT"])
    on(clock, app, "2022-03-31")
    assert get(stub, clerk, plan).status == "pending"
    on(clock, app, "2022-04-01")
    void = get(stub, clerk, plan)
    assert (void.status, void.steps[-1].acted_by) == ("void", "timer")


def test_ac_14_a_corrected_bill_is_left_out_for_its_days(
    app, stub, flags, clerk, bill, clock, ledger
):
    """AC-14: corrected March 1: left out through March 31; on April 1 a task to calculate."""
    on(clock, app, "2022-03-01")
    other = pb.ActivatePlanRequest(
        idempotency_key="a", plan_number=enrol(stub, clerk, bill, kind="budget").plan_number
    )
    assert refused(stub.ActivatePlan, other, metadata=clerk) == "PLAN_STATUS"
    correct(app, bill, "2022-03-01")
    asked = pb.GetPlanRequest(plan_number=other.plan_number)
    for day in ("2022-03-01", "2022-03-31"):
        on(clock, app, day)
        (found,) = stub.GetPlan(asked, metadata=clerk).bills
        assert (found.left_out_through, found.changed_on) == ("2022-03-31", "2022-03-01")
        assert not stub.ListPlanTasks(pb.ListPlanTasksRequest(), metadata=clerk).tasks
    subject = flags_pb.ListFlagsRequest(subject_kind="bill", subject=str(bill))
    assert [(one.flag, one.on) for one in flags.ListFlags(subject, metadata=clerk).flags] == [
        ("dnap", True)
    ]
    on(clock, app, "2022-04-01")
    (found,) = stub.GetPlan(asked, metadata=clerk).bills
    assert found.left_out_through == ""
    (task,) = stub.ListPlanTasks(pb.ListPlanTasksRequest(), metadata=clerk).tasks
    assert ("recalculate", "2022-04-01", str(bill)) == (task.kind, task.opened_on, task.bill_id)
    assert [one["data"]["on"] for one in ledger.told("FlagChanged")] == [True, False]


def test_recv_053_the_latest_correction_counts_whichever_is_told_first(
    app, stub, flags, clerk, bill, clock
):
    """RECV-053: one of March 1 told after that of March 10 ends neither the days nor the flag."""
    on(clock, app, "2022-03-01")
    plan = enrol(stub, clerk, bill, kind="budget")
    on(clock, app, "2022-03-10")
    correct(app, bill, "2022-03-10", 160_000, version=3)
    correct(app, bill, "2022-03-01")
    (found,) = get(stub, clerk, plan).bills
    assert (found.left_out_through, found.changed_on) == ("2022-04-09", "2022-03-10")
    subject = flags_pb.ListFlagsRequest(subject_kind="bill", subject=str(bill))
    assert [one.through for one in flags.ListFlags(subject, metadata=clerk).flags] == ["2022-04-09"]


def test_recv_053_a_flag_that_a_person_set_for_good_outlasts_the_days(
    app, stub, flags, clerk, bill, clock
):
    """RECV-053, RECV-054: a correction gives no last day to what had none."""
    on(clock, app, "2022-03-01")
    enrol(stub, clerk, bill, kind="budget")
    asked = flags_pb.SetFlagRequest(
        idempotency_key="dnap", subject_kind="bill", subject=str(bill), flag="dnap", reason="court"
    )
    flags.SetFlag(asked, metadata=clerk)
    correct(app, bill, "2022-03-01")
    on(clock, app, "2022-04-01")
    subject = flags_pb.ListFlagsRequest(subject_kind="bill", subject=str(bill))
    (held,) = flags.ListFlags(subject, metadata=clerk).flags
    assert (held.on, held.through) == (True, "")


def test_recv_049_an_eligible_plan_is_active_with_its_schedule(stub, clerk, bill, ledger):
    """RECV-049: 1,815.00 open on March 3: 20% and the fee down, ten parts."""
    plan = enrol(stub, clerk, bill)
    assert (plan.status, plan.version, len(plan.installments)) == ("active", 1, 11)
    first = plan.installments[0]
    assert (first.principal_cents, first.fee_cents) == (36_300, 4_500)
    assert sum(part.principal_cents for part in plan.installments) == 181_500
    (told,) = ledger.told("PlanStatusChanged")
    assert told["data"]["owner"]["name"] == "Dolores Park"
    assert ("active", [str(bill)], plan.plan_number) == tuple(
        told["data"][name] for name in ("status", "bill_ids", "plan_number")
    )


def test_recv_050_a_pending_plan_is_quoted_edited_but_never_calculated(
    app, stub, clerk, keys, bill, clock
):
    """RECV-050: no schedule, no calculation; corrections do not see it; a quote is free."""
    on(clock, app, "2022-03-01")
    what_if = stub.QuotePlan(pb.QuotePlanRequest(terms=terms(bill)), metadata=clerk)
    assert (len(what_if.installments), list(what_if.deficiencies)) == (11, ["NOT_DELINQUENT"])
    plan = enrol(stub, clerk, bill, pending_days=5)
    assert (len(plan.installments), plan.pending_days) == (0, 5)
    number = plan.plan_number
    asked = pb.RecalculatePlanRequest(idempotency_key="r", plan_number=number)
    assert refused(stub.RecalculatePlan, asked, metadata=clerk) == "PLAN_PENDING"
    edit = pb.EditPlanRequest(idempotency_key="e", plan_number=number, installments=3)
    assert stub.EditPlan(edit, metadata=clerk).status == "pending"
    correct(app, bill, "2022-03-01")
    assert get(stub, clerk, plan).bills[0].changed_on == ""
    go = pb.ActivatePlanRequest(idempotency_key="a", plan_number=number)
    assert refused(stub.ActivatePlan, go, metadata=clerk) == "PLAN_NOT_ELIGIBLE"
    chief = bearer(keys.token("receivables.*", user="chief"))
    go.idempotency_key = "b"
    active = stub.ActivatePlan(go, metadata=chief)
    assert (active.status, len(active.installments)) == ("active", 4)


def test_recv_052_a_plan_is_calculated_anew_and_its_task_closed(app, stub, clerk, bill, clock):
    """RECV-052: the corrected bill counts again once its days are over."""
    plan = enrol(stub, clerk, bill)
    correct(app, bill, "2022-03-03", 160_000)
    on(clock, app, "2022-04-03")
    asked = pb.RecalculatePlanRequest(idempotency_key="r", plan_number=plan.plan_number)
    anew = stub.RecalculatePlan(asked, metadata=clerk)
    assert (anew.version, len(anew.installments)) == (2, 11)
    assert sum(part.principal_cents for part in anew.installments) == 163_000
    assert not stub.ListPlanTasks(pb.ListPlanTasksRequest(), metadata=clerk).tasks
    assert anew.bills[0].changed_on == "2022-03-03"


def test_recv_051_payments_straight_to_the_bills_fulfil_the_plan(
    app, stub, clerk, bill, clock, neighbours
):
    """RECV-051: settled bills end it, without anybody doing anything."""
    plan = enrol(stub, clerk, bill)
    body = neighbours.payment_posted(new_id(), neighbours.line(1, 181_500, bill), day="2022-03-03")
    app.consumer.absorb("on_payment_posted", [body])
    on(clock, app, "2022-03-04")
    assert get(stub, clerk, plan).status == "fulfilled"
    late = pb.VoidPlanRequest(idempotency_key="v", plan_number=plan.plan_number, reason="late")
    assert refused(stub.VoidPlan, late, metadata=clerk) == "PLAN_STATUS"


def test_recv_049_a_bill_has_one_plan(stub, clerk, bill):
    """RECV-049: the second is pending, and says why; void frees the bill."""
    first = enrol(stub, clerk, bill)
    assert list(enrol(stub, clerk, bill).deficiencies) == ["IN_ANOTHER_PLAN"]
    asked = pb.VoidPlanRequest(idempotency_key="v", plan_number=first.plan_number, reason="moved")
    assert stub.VoidPlan(asked, metadata=clerk) == stub.VoidPlan(asked, metadata=clerk)
    found = stub.ListPlans(pb.ListPlansRequest(parcel_number="13264290020000"), metadata=clerk)
    assert [plan.status for plan in found.plans] == ["void", "pending"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"plan_type": "dream"}, "PLAN_TYPE_UNKNOWN"),
        ({"bill_ids": []}, "BILLS_INVALID"),
        ({"bill_ids": [str(new_id())]}, "BILL_NOT_FOUND"),
        ({"first_due_on": "soon"}, "DATE_INVALID"),
        ({"installments": 121}, "NUMBER_INVALID"),
        ({"pending_days": -1}, "NUMBER_INVALID"),
        ({"party": "a\x00b"}, "TEXT_INVALID"),
    ],
)
def test_recv_049_hostile_terms_are_refused(stub, clerk, bill, changes, reason):
    """RECV-049: with a reason, and no plan is made."""
    given = terms(bill)
    for name, value in changes.items():
        given.ClearField(name)
        if isinstance(value, list):
            given.bill_ids.extend(value)
        else:
            setattr(given, name, value)
    asked = pb.EnrolPlanRequest(idempotency_key="k", terms=given)
    assert refused(stub.EnrolPlan, asked, metadata=clerk) == reason


def test_recv_049_the_right_to_plans_is_asked_for(stub, keys, bill):
    """Reading is not enrolling."""
    asked = pb.EnrolPlanRequest(idempotency_key="k", terms=terms(bill))
    reader = bearer(keys.token("receivables.read"))
    assert refused(stub.EnrolPlan, asked, metadata=reader) == "FORBIDDEN"


def test_recv_048_plan_types_are_those_in_force(stub, clerk, keys):
    """As the law file has them for the day; an unreadable day or a stranger gets none."""
    told = stub.ListPlanTypes(pb.ListPlanTypesRequest(as_of="2023-01-01"), metadata=clerk)
    kinds = {one.code: (one.installments, one.pays_to, one.plan_fee_cents) for one in told.types}

    assert kinds["standard"] == (10, "bills", 4_500)
    assert kinds["budget"] == (4, "plan", 1_000)
    standard = next(one for one in told.types if one.code == "standard")
    assert (standard.down_payment_rate, standard.monthly_rate) == ("0.2", "0.015")
    assert (standard.allocation_rule, standard.defers_accrual) == ("", False)
    assert standard.delinquent_only
    bad_day = pb.ListPlanTypesRequest(as_of="soon")
    stranger = bearer(keys.token("levy.read"))
    assert refused(stub.ListPlanTypes, bad_day, metadata=clerk) == "DATE_INVALID"
    assert refused(stub.ListPlanTypes, pb.ListPlanTypesRequest(), metadata=stranger) == "FORBIDDEN"
