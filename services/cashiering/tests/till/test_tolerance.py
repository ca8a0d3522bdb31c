"""AC-2 h and j, CASH-046, CASH-007: what is let go and what is kept within the tolerance."""

import pytest

from cashiering_service.schemas import PaymentPostedV1, PaymentReversedV1
from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import corrections_pb2, corrections_pb2_grpc
from taxkit import testing


def test_ac_2_h_short_within_tolerance_pays_the_bill_in_full(
    app, counter, session, authority, bill
) -> None:
    """$99.50 for a line of $100.00: the line stays, 50 cents are the county's."""
    authority.set(tolerance_cents=100)
    receipt = counter.pay(
        session.session_id, lines=[counter.line(10_000, bill())], tenders=[counter.cash(9_950)]
    )

    assert (receipt.total_cents, receipt.due_cents, receipt.tendered_cents) == (
        10_000, 10_000, 9_950,
    )  # fmt: skip
    assert (receipt.tolerance_cents, receipt.change_cents, receipt.surplus_cents) == (50, 0, 0)
    assert [line.tolerance_cents for line in receipt.lines] == [50]
    request = pb.GetReceiptRequest(receipt=receipt.receipt_id)
    assert counter.stub.GetReceipt(request, metadata=counter.metadata) == receipt
    (event,) = testing.emitted(app)
    assert PaymentPostedV1().validate(event["data"]) == {}
    assert event["data"]["lines"][0]["tolerance_cents"] == 50


def test_ac_2_i_beyond_the_tolerance_is_refused(
    counter, session, authority, bill, refused, unchanged
) -> None:
    """$98.00 with a tolerance of $1.00: two dollars are too much."""
    authority.set(tolerance_cents=100)
    line = counter.line(10_000, bill())
    with unchanged():
        refused(
            "TENDERS_UNBALANCED",
            counter.pay,
            session.session_id,
            lines=[line],
            tenders=[counter.cash(9_800)],
        )


def test_ac_2_j_just_above_the_balance_is_kept(app, counter, session, authority, bill) -> None:
    """Q-18: $100.40 on a bill of $100.00: the bill gets its $100.00, 40 cents are the county's."""
    authority.set(tolerance_cents=100)
    receipt = counter.pay(
        session.session_id, lines=[counter.line(10_040, bill())], tenders=[counter.cash(10_040)]
    )

    assert [(line.amount_cents, line.tolerance_cents) for line in receipt.lines] == [(10_000, -40)]
    assert (receipt.total_cents, receipt.tendered_cents, receipt.tolerance_cents) == (
        10_000, 10_040, -40,
    )  # fmt: skip
    assert (receipt.change_cents, receipt.surplus_cents) == (0, 0)
    (event,) = testing.emitted(app)
    assert event["data"]["lines"][0]["tolerance_cents"] == -40


@pytest.mark.parametrize("line_cents", [10_101, 11_000])
def test_ac_2_d_above_the_tolerance_is_surplus_whole(
    counter, session, authority, bill, line_cents: int
) -> None:
    """Q-18: nothing of it is kept; the line goes to receivables as it is."""
    authority.set(tolerance_cents=100)
    receipt = counter.pay(
        session.session_id,
        lines=[counter.line(line_cents, bill())],
        tenders=[counter.cash(line_cents)],
    )

    assert (receipt.lines[0].amount_cents, receipt.tolerance_cents) == (line_cents, 0)


def test_cash_043_what_the_tender_brings_above_the_line_is_never_tolerance(
    counter, session, authority, bill
) -> None:
    """A check of $100.40 for $100.00: 40 cents of surplus, as without a tolerance."""
    authority.set(tolerance_cents=100)
    receipt = counter.pay(
        session.session_id, lines=[counter.line(10_000, bill())], tenders=[counter.check(10_040)]
    )

    assert (receipt.surplus_cents, receipt.tolerance_cents) == (40, 0)


def test_ac_2_j_of_a_late_bill_nobody_quoted_nothing_is_kept(
    counter, session, authority, bill
) -> None:
    """Interest may have accrued that the copy does not know: the ledger decides what is above."""
    authority.set(tolerance_cents=100)
    receipt = counter.pay(
        session.session_id,
        lines=[counter.line(10_040, bill(due_on="2022-03-01"))],
        tenders=[counter.cash(10_040)],
    )

    assert (receipt.lines[0].amount_cents, receipt.tolerance_cents) == (10_040, 0)


def test_cash_046_a_reversal_tells_the_tolerance_back(
    app, counter, session, authority, bill
) -> None:
    """So that whoever posted it can undo it."""
    authority.set(tolerance_cents=100)
    receipt = counter.pay(
        session.session_id, lines=[counter.line(10_000, bill())], tenders=[counter.cash(9_950)]
    )
    counter.reverse(receipt.receipt_id)

    posted, reversed_ = (event["data"] for event in testing.emitted(app))
    assert PaymentReversedV1().validate(reversed_) == {}
    assert reversed_["lines"] == posted["lines"]


def test_cash_046_a_drawer_expects_what_was_tendered(counter, session, authority, bill) -> None:
    """Not what was let go."""
    authority.set(tolerance_cents=100)
    counter.pay(
        session.session_id, lines=[counter.line(10_000, bill())], tenders=[counter.cash(9_950)]
    )
    closed = counter.close(session.session_id, (pb.TENDER_TYPE_CASH, 9_950))

    assert closed.over_short_cents == 0


def test_q_42_a_cashiers_own_tolerance_goes_before_everybodys(
    counter, session, authority, bill, refused
) -> None:
    """Also when it is lower, and only from its day on."""
    authority.set("", tolerance_cents=100)
    authority.set(tolerance_cents=10, effective_from="2022-12-15")
    authority.set(tolerance_cents=500, effective_from="2022-12-16")
    line = counter.line(10_000, bill())

    refused(
        "TENDERS_UNBALANCED",
        counter.pay,
        session.session_id,
        lines=[line],
        tenders=[counter.cash(9_950)],
    )
    paid = counter.pay(session.session_id, lines=[line], tenders=[counter.cash(9_990)])
    assert paid.tolerance_cents == 10


def test_cash_040_short_and_nobody_said_what_then(
    counter, session, authority, bill, refused
) -> None:
    """A tolerance answers for nobody."""
    authority.set(tolerance_cents=100)
    order = counter.order(
        session.session_id,
        lines=[counter.line(10_000, bill())],
        tenders=[counter.cash(9_950)],
        return_change=None,
    )
    refused("ALLOCATE_TENDERED_UNANSWERED", counter.post, order)

    order.allocate_tendered = True
    assert [line.amount_cents for line in counter.post(order).lines] == [9_950]


def test_cash_060_what_was_kept_is_asked_for_again_when_it_is_repaid(
    channel, counter, session, authority, bill
) -> None:
    """The payer tendered it for the line: it does not turn into change."""
    authority.set(tolerance_cents=100)
    posted = counter.pay(
        session.session_id, lines=[counter.line(10_040, bill())], tenders=[counter.cash(10_040)]
    )
    request = corrections_pb2.RepayReversalRequest(
        idempotency_key=counter.key(),
        receipt_number=posted.receipt_number,
        receipt_year=2022,
        reason="wrong payer",
    )
    stub = corrections_pb2_grpc.CorrectionsServiceStub(channel)
    order = stub.RepayReversal(request, metadata=counter.metadata).order
    order.idempotency_key = counter.key()
    again = counter.post(order)

    assert (posted.lines[0].amount_cents, order.lines[0].amount_cents) == (10_000, 10_040)
    assert (again.lines[0].amount_cents, again.tolerance_cents, again.change_cents) == (
        10_000, -40, 0,
    )  # fmt: skip
