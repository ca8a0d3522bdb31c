"""CASH-072: a payment plan by number, by parcel or by both; an installment of it is picked."""

from concurrent import futures
from typing import Any

import grpc
import pytest

from cashiering_service.bootstrap import SPEC
from millage.cashiering.v1 import plan_lookup_pb2 as lookup
from millage.cashiering.v1 import plan_lookup_pb2_grpc as lookup_stubs
from millage.receivables.v1 import plans_pb2 as theirs
from millage.receivables.v1 import plans_pb2_grpc as their_stubs
from taxkit import testing

PIN = "55555555555555"
NUMBER = "2022-000001"


class Neighbour(their_stubs.PlanServiceServicer):
    """Receivables' plans, as a test has them."""

    def __init__(self) -> None:
        self.plans: list[theirs.Plan] = []

    def GetPlan(self, request, context):  # noqa: N802
        found = [one for one in self.plans if one.plan_number == request.plan_number]
        if not found:
            context.abort(grpc.StatusCode.NOT_FOUND, f"no plan {request.plan_number}")
        return found[0]

    def ListPlans(self, request, context):  # noqa: ARG002, N802
        found = [one for one in self.plans if one.parcel_number == request.parcel_number]
        return theirs.ListPlansResponse(plans=found)


@pytest.fixture
def plan(app, bills, bill_of) -> theirs.Plan:
    """Two bills of 300.00 and 200.00, and three installments; the first was paid."""
    bills((PIN, 2020, 30_000), (PIN, 2021, 20_000))
    ids = [str(bill_of(PIN, year)) for year in (2020, 2021)]
    data = {"plan_number": NUMBER, "status": "active", "bill_ids": ids}
    kind = "org.millage.receivables.PlanStatusChanged.v1"
    body = testing.foreign_event(kind, f"plan/{NUMBER}", data, sequence=1)
    app.consumer.absorb("on_plan_status_changed", [body])
    return theirs.Plan(
        plan_number=NUMBER,
        plan_type="standard",
        parcel_number=PIN,
        status="active",
        opened_on="2022-04-20",
        version=1,
        bills=[theirs.PlanBill(bill_id=one) for one in ids],
        installments=[
            theirs.PlanInstallment(
                number=n, due_on=f"2022-0{n + 5}-01", principal_cents=17_000, interest_cents=500
            )
            for n in range(3)
        ],
        steps=[theirs.PlanStep(status="active", version=1, recorded_at="2022-04-20T10:00:00")],
        payments=[theirs.PlanPayment(number=0, kind="principal_interest", amount_cents=17_500)],
    )


@pytest.fixture
def receivables(plan) -> Neighbour:
    neighbour = Neighbour()
    neighbour.plans.append(plan)
    return neighbour


@pytest.fixture
def desk(app, make_app, keys, window, receivables) -> Any:
    """A window whose receivables is the one above."""
    server = grpc.server(futures.ThreadPoolExecutor(4))
    their_stubs.add_PlanServiceServicer_to_server(receivables, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    address = f"127.0.0.1:{port}"
    with (
        make_app(MILLAGE_RECEIVABLES_ADDR=address, MILLAGE_QUOTE_TIMEOUT_MS="60000") as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        found = type(window)(channel, window.metadata)
        found.plans = lookup_stubs.PlanLookupServiceStub(channel)
        yield found
    server.stop(grace=0).wait()


def _look(desk, **asked) -> lookup.LookUpPlansResponse:
    request = lookup.LookUpPlansRequest(**asked)
    return desk.plans.LookUpPlans(request, metadata=desk.metadata, timeout=30)


def _load(desk, basket, **given) -> Any:
    return desk.load(basket, service_type="payment_plan", **given)


@pytest.mark.parametrize(
    "asked",
    [
        {"plan_number": NUMBER},
        {"parcel_number": PIN},
        {"plan_number": NUMBER, "parcel_number": PIN},
    ],
    ids=["number", "parcel", "both"],
)
def test_cash_072_a_plan_is_shown_with_its_bills_and_installments(desk, asked) -> None:
    """Figures are receivables' own; the counter adds what the bills owe."""
    answer = _look(desk, **asked)
    (plan,) = answer.plans

    assert not answer.provisional
    assert (plan.plan_number, plan.status, plan.changes_unprocessed) == (NUMBER, "active", False)
    assert [(one.tax_year, one.open_cents) for one in plan.bills] == [
        (2020, 30_000),
        (2021, 20_000),
    ]
    assert [(one.number, one.total_cents, one.paid) for one in plan.installments] == [
        (0, 17_500, True),
        (1, 17_500, False),
        (2, 17_500, False),
    ]


def test_cash_072_an_installment_is_picked_and_pays_the_bills_in_the_plans_order(
    desk, basket, plan, counter
) -> None:
    """17,500 of the oldest bill's 30,000; posted as one receipt."""
    loaded = _load(desk, basket, plan_number=NUMBER, plan_installment=1)
    (line,) = loaded.lines

    assert (line.bill_id, line.paying_cents) == (plan.bills[0].bill_id, 17_500)
    assert (line.plan_number, line.plan_installment) == (NUMBER, "1")
    posted = desk.change("PostBasket", loaded, tenders=[counter.cash(17_500)])
    assert [one.amount_cents for one in posted.receipt.lines] == [17_500]


def test_cash_072_without_an_installment_all_bills_of_the_plan_are_loaded(desk, basket) -> None:
    """As they owe, to be typed over."""
    loaded = _load(desk, basket, parcel_number=PIN)

    assert [line.paying_cents for line in loaded.lines] == [30_000, 20_000]
    assert {line.plan_number for line in loaded.lines} == {NUMBER}


def test_cash_072_unprocessed_changes_have_to_be_confirmed(
    desk, basket, plan, receivables, refused, unchanged
) -> None:
    """Until the plan is calculated anew, whoever takes money says that they know."""
    receivables.plans[0].bills[1].changed_on = "2022-12-01"
    assert _look(desk, plan_number=NUMBER).plans[0].changes_unprocessed
    with unchanged():
        refused(
            "PLAN_CHANGES_UNPROCESSED",
            _load, desk, basket, plan_number=NUMBER, plan_installment=1,
        )  # fmt: skip
    confirmed = _load(desk, basket, plan_number=NUMBER, plan_installment=1, changes_confirmed=True)
    assert len(confirmed.lines) == 1


@pytest.mark.parametrize(
    ("keys_given", "reason"),
    [
        ({"plan_number": NUMBER, "plan_installment": 0}, "PLAN_INSTALLMENT_PAID"),
        ({"plan_number": NUMBER, "plan_installment": 9}, "PLAN_INSTALLMENT_NOT_FOUND"),
        ({"plan_number": NUMBER, "plan_installment": -1}, "KEY_INVALID"),
        ({"plan_installment": 1}, "KEY_MISSING"),
        ({"plan_number": "none"}, "BILL_NOT_FOUND"),
        ({"plan_number": NUMBER, "parcel_number": "1"}, "BILL_NOT_FOUND"),
    ],
)
def test_cash_072_what_cannot_be_picked_is_refused_and_changes_nothing(
    desk, basket, refused, unchanged, keys_given, reason
) -> None:
    """Each with its reason."""
    with unchanged():
        refused(reason, _load, desk, basket, **keys_given)


def test_cash_072_two_active_plans_of_a_parcel_have_to_be_told_apart(
    desk, basket, plan, receivables, refused
) -> None:
    """By number; looked up, both are shown."""
    other = theirs.Plan()
    other.CopyFrom(plan)
    other.plan_number = "2022-000002"
    receivables.plans.append(other)

    assert len(_look(desk, parcel_number=PIN).plans) == 2
    refused("PLAN_AMBIGUOUS", _load, desk, basket, parcel_number=PIN, plan_installment=1)
    assert _load(desk, basket, plan_number=NUMBER, plan_installment=1).line_count == 1


def test_cash_072_without_receivables_bills_are_shown_and_no_installment_is_picked(
    window, basket, plan, refused, channel
) -> None:
    """The counter goes on with what it was told, and says that it is provisional."""
    window.plans = lookup_stubs.PlanLookupServiceStub(channel)
    answer = _look(window, plan_number=NUMBER)

    assert answer.provisional
    assert [len(one.bills) for one in answer.plans] == [2]
    assert _load(window, basket, plan_number=NUMBER).line_count == 2
    refused(
        "PLAN_SCHEDULE_UNKNOWN",
        _load, window, basket, plan_number=NUMBER, plan_installment=1,
    )  # fmt: skip


def test_cash_072_a_lookup_needs_a_key_a_right_and_a_plan(desk, make_window, refused) -> None:
    """Nothing is listed for nobody."""
    refused("KEY_MISSING", _look, desk)
    refused("PLAN_NOT_FOUND", _look, desk, parcel_number="1")
    refused("TEXT_INVALID", _look, desk, plan_number="x" * 61)
    reader = make_window("cashiering.read")
    desk.metadata = reader.metadata
    refused("FORBIDDEN", _look, desk, plan_number=NUMBER)
