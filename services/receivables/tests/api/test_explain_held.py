"""RECV-001: a cent that was held, refunded, tendered, waived or bounced is explained to its end."""

from datetime import UTC, datetime

import pytest

from millage.receivables.v1 import explain_pb2 as pb
from millage.receivables.v1 import explain_pb2_grpc as stubs
from millage.receivables.v1 import returns_pb2, returns_pb2_grpc, surplus_pb2, surplus_pb2_grpc
from taxkit import testing
from taxkit.clock import FixedClock
from taxkit.ids import new_id

OTHER = "13264290030000"


@pytest.fixture(autouse=True)
def in_february(app):
    """The day after the payments, before anything bears interest."""
    app.clock = FixedClock(datetime(2022, 2, 11, 18, tzinfo=UTC))


@pytest.fixture
def caller(keys):
    def call(user: str):
        return testing.bearer(keys.token("receivables.*", user=user))

    return call


@pytest.fixture
def explain(channel, caller):
    stub = stubs.ExplainServiceStub(channel)

    def ask(**asked):
        rows = stub.Explain(pb.ExplainRequest(**asked), metadata=caller("auditor")).rows
        assert sum(row.amount_cents for row in rows) == 0
        assert all(row.citation and row.certainty for row in rows)
        return list(rows)

    return ask


@pytest.fixture
def pay(app, neighbours):
    """Post one receipt; gives its id."""

    def post(*lines, **changes):
        receipt = new_id()
        body = neighbours.payment_posted(receipt, *lines, **changes)
        app.consumer.absorb("on_payment_posted", [body])
        assert testing.parked(app) == []
        return receipt

    return post


@pytest.fixture
def item(ledger):
    """The money held, which is one item."""

    def find():
        ((found,),) = ledger.rows("select item_id::text from held_items")
        return found

    return find


def left(rows, account):
    """What one account holds of the rows' money."""
    return sum(row.amount_cents for row in rows if row.ledger_account == account)


def test_recv_043_a_refund_is_followed_to_the_payee(
    channel, caller, explain, pay, neighbours, bill, item
):
    """RECV-001, RECV-043: held as surplus, then paid out, to whom, for what and by whom."""
    receipt = pay(neighbours.line(1, 200_000, bill))
    desk = surplus_pb2_grpc.SurplusServiceStub(channel)
    asked = surplus_pb2.StartCaseRequest(
        idempotency_key="refund", surplus_item_id=item(), procedure="refund", reason="paid twice"
    )
    case = desk.StartCase(asked, metadata=caller("clerk"))
    step = surplus_pb2.ActOnCaseRequest(
        idempotency_key="approve", case_id=case.case_id, action="approve"
    )
    desk.ActOnCase(step, metadata=caller("chief"))

    rows = explain(receipt_id=str(receipt), receipt_line=1)
    assert left(rows, "surplus_liability") == -20_000
    (out,) = [row for row in rows if row.ledger_account == "surplus_paid_out"]
    assert (out.amount_cents, out.fact.kind, out.cause.kind) == (20_000, "payment", "draw")
    assert (out.cause.asked_by, out.cause.reason) == ("chief", "refund to Dolores Park")


def test_cash_047_surplus_tendered_names_the_receipt_it_went_to(
    app, explain, pay, neighbours, bill, item
):
    """RECV-001, CASH-047: and once that is taken back, that it was given back."""
    receipt = pay(neighbours.line(1, 200_000, bill))
    line = neighbours.line(1, 20_000) | {"parcel_number": OTHER}
    tender = [{"tender_type": "surplus", "amount_cents": 20_000, "reference": item()}]
    second = pay(line, tenders=tender)
    (out,) = [
        row for row in explain(receipt_id=str(receipt)) if row.ledger_account == "surplus_paid_out"
    ]
    number = f"2022-{second.int % 1_000_000:06d}"
    assert out.cause.reason == f"tendered at receipt {number}"

    body = neighbours.payment_reversed(second, line, day="2022-02-11")
    app.consumer.absorb("on_payment_reversed", [body])
    rows = explain(receipt_id=str(receipt))
    assert left(rows, "surplus_paid_out") == 0
    assert "given back: tender" in {row.cause.reason for row in rows}


def test_recv_001_money_on_no_bill_is_followed_to_the_bill_it_went_to(
    channel, caller, explain, pay, neighbours, bill, item
):
    """RECV-001, RECV-043: from suspense to a bill, and whose decision it was."""
    receipt = pay(neighbours.line(1, 5_000))
    asked = surplus_pb2.StartCaseRequest(
        idempotency_key="apply", surplus_item_id=item(), procedure="apply", target_bill_id=str(bill)
    )
    surplus_pb2_grpc.SurplusServiceStub(channel).StartCase(asked, metadata=caller("clerk"))

    rows = explain(receipt_id=str(receipt))
    assert left(rows, "suspense_liability") == 0
    assert left(rows, "taxes_receivable") == -5_000
    drawn = {row.cause.reason for row in rows if row.cause.kind == "draw"}
    (number,) = {row.bill_number for row in rows if row.bill_number}
    assert drawn == {f"apply to Dolores Park on bill {number}"}


def test_recv_056_a_returned_check_says_by_whom_why_and_whose_fee(
    channel, caller, explain, pay, neighbours, bill
):
    """RECV-001, RECV-056: the reversal and the fee name the bank's reason and who reported it."""
    receipt = pay(neighbours.line(1, 50_000, bill))
    asked = returns_pb2.ReturnPaymentRequest(
        idempotency_key="bounce", receipt_id=str(receipt), reason_code="R01",
        returned_on="2022-02-11",
    )  # fmt: skip
    returns_pb2_grpc.ReturnsServiceStub(channel).ReturnPayment(asked, metadata=caller("clerk"))

    rows = explain(bill_id=str(bill))
    said = {
        (row.cause.kind, row.cause.asked_by, row.cause.reason)
        for row in rows
        if row.posting_kind in ("reversal", "fee")
    }
    assert said == {("reversal", "clerk", "R01"), ("fee", "clerk", "R01")}


def test_cash_051_what_a_till_waived_names_its_receipt_and_line(explain, pay, neighbours, bill):
    """RECV-001, RECV-020: the waiver of a line is found by the line that brought it."""
    line = neighbours.line(2, 103_000 - 1_500, bill) | {"waived": {"interest_cents": 1_500}}
    pay(neighbours.line(1, 1_000), line, day="2022-04-20")
    rows = [row for row in explain(bill_id=str(bill)) if row.posting_kind == "waiver"]

    assert {(row.fact.kind, row.fact.receipt_line) for row in rows} == {("waiver", 2)}
    assert all(row.fact.receipt_id for row in rows)


def test_cash_046_what_a_counter_let_go_is_among_its_receipts_rows(explain, pay, neighbours, bill):
    """RECV-001, CASH-046: the drawer holds 0.50 less than the bill was paid."""
    receipt = pay(neighbours.line(1, 180_000, bill) | {"tolerance_cents": 50})
    rows = explain(receipt_id=str(receipt), receipt_line=1)

    assert left(rows, "tolerance") == 50
    assert left(rows, "cash_clearing") == 179_950
