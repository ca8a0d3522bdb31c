"""What several people ask at one moment is done once, or once each; the others hear why not."""

import threading
from collections import Counter
from datetime import date
from functools import partial

import grpc
import pytest

from millage.receivables.v1 import escrow_pb2, plans_pb2, prepay_pb2, returns_pb2, surplus_pb2
from millage.receivables.v1.escrow_pb2_grpc import EscrowServiceStub
from millage.receivables.v1.plans_pb2_grpc import PlanServiceStub
from millage.receivables.v1.prepay_pb2_grpc import PrepayServiceStub
from millage.receivables.v1.surplus_pb2_grpc import SurplusServiceStub
from taxkit.ids import new_id
from taxkit.testing import bearer, reason_of

PARCEL = "13264290020000"
AUGUST = date(2020, 8, 1)


def at_once(count, ask):
    """How often each answer was given to callers who all asked at once; OK is an answer, too."""
    said, ready = [""] * count, threading.Barrier(count)

    def go(place):
        ready.wait()
        try:
            ask(place)
        except grpc.RpcError as error:
            said[place] = reason_of(error)
        else:
            said[place] = "OK"

    threads = [threading.Thread(target=go, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(said)


@pytest.fixture
def office(california):
    """A bill in default, and anybody who may do anything."""
    california.issue(500, 500)
    california.default()
    california.day(AUGUST)
    california.may = bearer(california.keys.token("receivables.*"))
    california.desk = SurplusServiceStub(california.channel)
    california.plans = PlanServiceStub(california.channel)
    return california


def advanced(office, cents):
    """Money in advance; gives its item."""
    line = office.neighbours.line(1, cents) | {
        "kind": "advance", "parcel_number": PARCEL, "advance_type": "regular",
        "suspense_reason": None, "tax_year": None,
    }  # fmt: skip
    body = office.neighbours.payment_posted(new_id(), line, day=AUGUST.isoformat())
    office.absorb("on_payment_posted", body, AUGUST)
    asked = surplus_pb2.ListSurplusRequest(parcel_number=PARCEL)
    return office.desk.ListSurplus(asked, metadata=office.may).items[-1].surplus_item_id


def start(office, item, procedure, cents, bill, place):
    request = surplus_pb2.StartCaseRequest(
        idempotency_key=f"{item}-{place}", surplus_item_id=item, procedure=procedure,
        amount_cents=cents, target_bill_id=bill,
    )  # fmt: skip
    office.desk.StartCase(request, metadata=office.may)


@pytest.mark.parametrize(
    ("procedure", "cents", "done", "refused"),
    [("refund", 6_000, 1, "SURPLUS_IN_WORKFLOW"), ("apply", 4_000, 2, "SURPLUS_INSUFFICIENT")],
    ids=["refund", "apply"],
)
def test_recv_043_held_money_is_spent_once(office, procedure, cents, done, refused) -> None:
    """RECV-042, RECV-043: of 100.00 one refund begins, or two applications of 40.00 fit."""
    item = advanced(office, 10_000)
    bill = str(office.bill) if procedure == "apply" else ""
    said = at_once(6, partial(start, office, item, procedure, cents, bill))
    assert said == {"OK": done, refused: 6 - done}
    found = office.desk.CheckHeldMoney(surplus_pb2.CheckHeldMoneyRequest(), metadata=office.may)
    assert list(found.differences) == []


def enrol(office, place):
    terms = plans_pb2.PlanTerms(
        plan_type="budget", bill_ids=[str(office.bill)], party="Ann", first_due_on="2020-09-01"
    )
    asked = plans_pb2.EnrolPlanRequest(idempotency_key=f"plan {place}", terms=terms)
    office.plans.EnrolPlan(asked, metadata=office.may)


def test_recv_049_one_plan_of_a_bill_runs_and_each_part_of_it_is_paid_once(office) -> None:
    """RECV-049, RECV-051: the others are pending for it is in another; five parts, eight payers."""
    assert at_once(6, partial(enrol, office)) == {"OK": 6}
    listed = plans_pb2.ListPlansRequest(parcel_number=PARCEL)
    plans = office.plans.ListPlans(listed, metadata=office.may).plans
    assert Counter(one.status for one in plans) == {"active": 1, "pending": 5}
    (running,) = [one.plan_number for one in plans if one.status == "active"]
    item = advanced(office, 300_000)

    def pay(place):
        asked = plans_pb2.PayPlanInstallmentRequest(
            idempotency_key=f"part {place}", plan_number=running, surplus_item_id=item
        )
        office.plans.PayPlanInstallment(asked, metadata=office.may)

    assert at_once(8, pay) == {"OK": 5, "PLAN_STATUS": 3}
    asked = plans_pb2.GetPlanRequest(plan_number=running)
    paid = office.plans.GetPlan(asked, metadata=office.may)
    assert paid.status == "paid"
    assert [one.number for one in paid.payments if one.kind == "fee"] == [0, 1, 2, 3, 4]


def test_recv_055_a_receipt_is_taken_back_by_one_of_all_who_try(office) -> None:
    """RECV-055, RECV-056: cancelled or returned, never both; its money is back once."""
    receipt = office.pay(100, AUGUST)
    office.close_session(AUGUST)
    owed = office.quote(AUGUST).open_cents

    def take_back(place):
        key = f"back {place}"
        if place % 2:
            office.undoing.ReturnPayment(
                returns_pb2.ReturnPaymentRequest(
                    idempotency_key=key, receipt_id=str(receipt), reason_code="R01",
                    returned_on=AUGUST.isoformat(),
                ),
                metadata=office.may,
            )  # fmt: skip
            return
        asked = returns_pb2.CancelPaymentRequest(
            idempotency_key=key, receipt_id=str(receipt), reason="wrong parcel"
        )
        office.undoing.CancelPayment(asked, metadata=office.may)

    assert at_once(6, take_back) == {"OK": 1, "RECEIPT_REVERSED": 5}
    fee = office.quote(AUGUST).open_cents - owed - 10_000
    assert fee in (0, 2_500)
    assert office.balance_of_receipts()[str(receipt)] == 0


def test_recv_045_a_number_is_opened_once(office) -> None:
    """RECV-045, RECV-046: an escrow account by its number, a parcel's pre-pay by the parcel."""
    escrow, prepay = EscrowServiceStub(office.channel), PrepayServiceStub(office.channel)

    def open_escrow(place):
        asked = escrow_pb2.OpenEscrowAccountRequest(
            idempotency_key=f"escrow {place}", escrow_account="E-1", kind="general",
            contact=escrow_pb2.EscrowContact(name="Ann"),
        )  # fmt: skip
        escrow.OpenEscrowAccount(asked, metadata=office.may)

    def open_prepay(place):
        asked = prepay_pb2.OpenPrepayRequest(
            idempotency_key=f"prepay {place}", prepay_number=f"P-{place}", name="Ann",
            parcel_numbers=["zz", PARCEL] if place % 2 else [PARCEL, "zz"],
        )  # fmt: skip
        prepay.OpenPrepay(asked, metadata=office.may)

    assert at_once(6, open_escrow) == {"OK": 1, "ESCROW_ACCOUNT_TAKEN": 5}
    assert at_once(6, open_prepay) == {"OK": 1, "PARCEL_IN_PREPAY": 5}
