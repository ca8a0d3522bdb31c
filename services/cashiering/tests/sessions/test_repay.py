"""CASH-060: a receipt is taken back and its content reloaded, to be corrected and paid again."""

import pytest

from millage.cashiering.v1 import cashiering_pb2, corrections_pb2_grpc
from millage.cashiering.v1 import corrections_pb2 as pb
from taxkit import testing


@pytest.fixture
def repay(channel, counter):
    stub = corrections_pb2_grpc.CorrectionsServiceStub(channel)

    def call(number: str, year: int = 2022, reason: str = "wrong amount", key: str = ""):
        request = pb.RepayReversalRequest(
            idempotency_key=key or counter.key(),
            receipt_number=number,
            receipt_year=year,
            reason=reason,
        )
        return stub.RepayReversal(request, metadata=counter.metadata)

    return call


def test_cash_060_what_was_ordered_comes_back_and_can_be_paid_again(
    app, counter, session, repay
) -> None:
    """All of it, under a new key: the second receipt is the first one corrected."""
    ordered = counter.order(
        session.session_id,
        lines=[counter.line(70_000), counter.line(500, counter.other_bill[0])],
        tenders=[counter.check(50_000), counter.cash(30_500)],
        note="for both houses",
    )
    posted = counter.post(ordered)
    found = repay(posted.receipt_number)

    assert found.receipt.state == cashiering_pb2.RECEIPT_STATE_REVERSED
    assert (list(found.order.lines), list(found.order.tenders)) == (
        list(ordered.lines), list(ordered.tenders),
    )  # fmt: skip
    assert (found.order.payer, found.order.note) == (ordered.payer, "for both houses")
    found.order.idempotency_key = counter.key()
    found.order.lines[0].amount_cents = 70_100
    again = counter.post(found.order)
    assert (again.total_cents, again.change_cents) == (70_600, 9_900)
    names = [event["type"].split(".")[-2] for event in testing.emitted(app)]
    assert names == ["PaymentPosted", "PaymentReversed", "PaymentPosted"]


def test_cash_060_surplus_is_not_part_of_the_reloaded_line(counter, session, repay) -> None:
    """It came from the tender and comes from it again."""
    posted = counter.pay(
        session.session_id, 1_000, tenders=[counter.check(1_500)], return_change=False
    )
    order = repay(posted.receipt_number).order
    order.idempotency_key = counter.key()
    again = counter.post(order)

    assert (order.lines[0].amount_cents, posted.surplus_cents) == (1_000, 500)
    assert (again.surplus_cents, again.total_cents) == (500, 1_500)


def test_cash_060_what_nobody_dated_needs_no_right_to_date_it(
    channel, counter, session, keys, refused
) -> None:
    """Whoever may take and reverse may repay; a date that was chosen needs its right again."""
    rights = ("cashiering.pay", "cashiering.reverse", "cashiering.effective_date")
    stub = corrections_pb2_grpc.CorrectionsServiceStub(channel)
    dated = counter.pay(session.session_id, effective_on="2022-12-14")
    plain = counter.pay(session.session_id)
    counter.metadata = testing.bearer(keys.token(*rights[:2], user="cashier"))
    orders = []
    for receipt in (plain, dated):
        request = pb.RepayReversalRequest(
            idempotency_key=counter.key(),
            receipt_number=receipt.receipt_number,
            receipt_year=2022,
            reason="wrong payer",
        )
        orders.append(stub.RepayReversal(request, metadata=counter.metadata).order)
        orders[-1].idempotency_key = counter.key()

    assert [order.effective_on for order in orders] == ["", "2022-12-14"]
    assert counter.post(orders[0]).effective_on == "2022-12-15"
    refused("FORBIDDEN", counter.post, orders[1])


def test_cash_060_a_bill_reloads_in_its_newest_version(
    app, counter, session, repay, balance
) -> None:
    """So that it can be paid as it is now."""
    posted = counter.pay(session.session_id, 1_000)
    newer = balance("13264290020000", 2021, 900_000, sequence=3, bill_version=2)
    app.consumer.absorb("on_balance_changed", [newer])

    assert [line.bill_version for line in repay(posted.receipt_number).order.lines] == [2]


def test_cash_060_what_cannot_be_repaid_is_refused(
    counter, session, repay, refused, unchanged
) -> None:
    """Another year, no reason, twice; and a receipt of a closed session is cancelled instead."""
    posted, other = counter.pay(session.session_id), counter.pay(session.session_id)
    with unchanged():
        refused("RECEIPT_NOT_FOUND", repay, posted.receipt_number, 2021)
        refused("RECEIPT_NOT_FOUND", repay, "T09-20221215-1-00001")
        refused("REASON_MISSING", repay, posted.receipt_number, 2022, " ")
        refused("TEXT_INVALID", repay, "\x00")
    first = repay(posted.receipt_number, key="once")
    with unchanged():
        assert repay(posted.receipt_number, key="once") == first
        refused("RECEIPT_REVERSED", repay, posted.receipt_number)
    counter.close(session.session_id)
    with unchanged():
        error = refused("RECEIPT_OF_CLOSED_SESSION", repay, other.receipt_number)
    assert "cancel the payment instead" in error.details()


def test_cash_061_receipts_close_with_their_session(counter, session) -> None:
    """Posted, then closed; what was taken back stays so."""
    kept, undone = counter.pay(session.session_id), counter.pay(session.session_id)
    counter.reverse(undone.receipt_id)

    def states() -> list[int]:
        return [
            counter.stub.GetReceipt(
                cashiering_pb2.GetReceiptRequest(receipt=one.receipt_id), metadata=counter.metadata
            ).state
            for one in (kept, undone)
        ]

    assert states() == [
        cashiering_pb2.RECEIPT_STATE_POSTED, cashiering_pb2.RECEIPT_STATE_REVERSED,
    ]  # fmt: skip
    counter.close(session.session_id)
    assert states() == [
        cashiering_pb2.RECEIPT_STATE_CLOSED, cashiering_pb2.RECEIPT_STATE_REVERSED,
    ]  # fmt: skip
