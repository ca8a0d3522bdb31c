"""RECV-042, CASH-047: a case that began while a basket's hold was on its way waits for it."""

import json
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest

from millage.receivables.v1 import surplus_pb2 as pb
from millage.receivables.v1 import surplus_pb2_grpc as stubs
from taxkit import testing
from taxkit.clock import FixedClock
from taxkit.ids import new_id

NOW = datetime(2022, 2, 11, 18, tzinfo=UTC)
BEFORE, AFTER = NOW.replace(hour=17), NOW.replace(hour=19)
WHOM = "basket 1"
RIGHTS = ("receivables.read", "receivables.surplus", "receivables.surplus.request")
PROCEDURES = {"refund": {}, "transfer": {"payee": "Ada"}}


@pytest.fixture(autouse=True)
def in_february(app):
    """The day after the payment, before anything bears interest."""
    app.clock = FixedClock(NOW)


@pytest.fixture
def item(app, bill, neighbours, ledger) -> str:
    """200.00 too much were paid."""
    body = neighbours.payment_posted(new_id(), neighbours.line(1, 200_000, bill))
    app.consumer.absorb("on_payment_posted", [body])
    ((found,),) = ledger.rows("select item_id from held_items where state <> 'closed'")
    return str(found)


@pytest.fixture
def other(app, neighbours):
    """A bill that has not been paid."""
    other = new_id()
    body = neighbours.bill_created(other, bill_number="2021-other", parcel_number="other")
    app.consumer.absorb("on_bill_created", [body])
    return other


@pytest.fixture
def pay(app, other, neighbours, item):
    """Pay that bill out of the item, for whoever keeps it."""

    def post(cents: int, whom: str, at: datetime | None = None) -> None:
        tender = {"tender_type": "surplus", "amount_cents": cents, "reference": item}
        tenders = [{**tender, "held_for": whom}]
        line = neighbours.line(1, cents, other)
        posted = json.loads(neighbours.payment_posted(new_id(), line, tenders=tenders))
        posted["data"]["recorded_at"] = (at or AFTER).isoformat()
        app.consumer.absorb("on_payment_posted", [json.dumps(posted)])

    return post


@pytest.fixture
def hold(app, item):
    """The basket kept it at some moment, and what became of that since."""
    hold_id = str(new_id())

    def tell(state: str, at: datetime) -> None:
        data = {
            "hold_id": hold_id, "basket_id": str(new_id()), "held_for": WHOM, "kind": "surplus",
            "reference": item, "amount_cents": 20_000, "state": state,
            "until": "2022-02-12T18:00:00+00:00",
        }  # fmt: skip
        kind = "org.millage.cashiering.MoneyHoldChanged.v1"
        sequence = 1 if state == "held" else 2
        body = testing.foreign_event(kind, f"hold/{hold_id}", data, sequence=sequence)
        told = {**json.loads(body), "time": at.isoformat()}
        app.consumer.absorb("on_money_hold_changed", [json.dumps(told)])

    return tell


@pytest.fixture
def case(channel, keys, item):
    """Begin a procedure as a clerk; take its next steps as the chief."""
    stub = stubs.SurplusServiceStub(channel)
    clerk = testing.bearer(keys.token(*RIGHTS, user="clerk"))
    chief = testing.bearer(keys.token(*RIGHTS, "receivables.surplus.decide", user="chief"))

    def begin(procedure: str = "refund") -> Any:
        request = pb.StartCaseRequest(
            idempotency_key=str(new_id()), surplus_item_id=item, procedure=procedure,
            **PROCEDURES[procedure],
        )  # fmt: skip
        started = stub.StartCase(request, metadata=clerk)

        def act(action: str) -> str:
            asked = pb.ActOnCaseRequest(
                idempotency_key=str(new_id()), case_id=started.case_id, action=action
            )
            try:
                return stub.ActOnCase(asked, metadata=chief).step
            except grpc.RpcError as error:
                return testing.reason_of(error)

        return act

    return begin


def item_now(ledger) -> tuple[int, str, str]:
    ((cents, state, whom),) = ledger.rows("select open_cents, state, reserved_by from held_items")
    return cents, state, whom


@pytest.mark.parametrize("procedure", PROCEDURES)
def test_cash_047_a_case_begun_meanwhile_takes_nothing_the_basket_kept(
    case, hold, item, ledger, procedure: str
) -> None:
    """It waits: reserved is told, so that the till takes the tender."""
    act = case(procedure)
    hold("held", BEFORE)

    assert item_now(ledger) == (20_000, "reserved", WHOM)
    assert ledger.told("SurplusChanged")[-1]["data"]["state"] == "reserved"
    assert act("approve") == "SURPLUS_RESERVED"
    assert item_now(ledger)[0] == 20_000


def test_cash_047_the_basket_pays_and_the_case_has_what_is_left(
    case, hold, pay, item, ledger
) -> None:
    """More than that is not paid out."""
    act = case()
    hold("held", BEFORE)
    pay(5_000, "basket 2")
    assert ledger.rows("select reason from held_exceptions") == [("SURPLUS_RESERVED",)]
    pay(15_000, WHOM)
    hold("paid", AFTER)

    assert item_now(ledger) == (5_000, "in_workflow", "")
    assert act("approve") == "SURPLUS_INSUFFICIENT"
    assert act("reject") == "rejected"
    assert item_now(ledger) == (5_000, "open", "")


def test_cash_047_let_go_the_case_goes_on(case, hold, item, ledger) -> None:
    """With all of it."""
    act = case()
    hold("held", BEFORE)
    hold("released", AFTER)

    assert item_now(ledger) == (20_000, "in_workflow", "")
    assert act("approve") == "paid"
    assert item_now(ledger) == (0, "closed", "")


def test_recv_042_what_was_in_a_case_already_was_never_kept(case, hold, pay, item, ledger) -> None:
    """The till had heard nothing of the case; the refund goes on."""
    act = case()
    hold("held", AFTER)
    assert item_now(ledger) == (20_000, "in_workflow", "")
    pay(15_000, WHOM)

    assert ledger.rows("select reason from held_exceptions") == [("SURPLUS_IN_WORKFLOW",)]
    assert act("approve") == "paid"


def test_cash_047_what_was_tendered_before_a_case_began_is_drawn(case, pay, item, ledger) -> None:
    """Though nobody kept it and it is told later: the case finds it gone, nothing is paid twice."""
    act = case()
    pay(15_000, "", BEFORE)

    assert ledger.rows("select count(*) from held_exceptions") == [(0,)]
    assert item_now(ledger) == (5_000, "in_workflow", "")
    assert act("approve") == "SURPLUS_INSUFFICIENT"
