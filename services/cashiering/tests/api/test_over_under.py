"""AC-2: what the counter makes of tenders that are more, or less, than the lines ask for."""

import json

import pytest

from cashiering_service.projections import BALANCE_CHANGED
from cashiering_service.schemas import PaymentPostedV1
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing

CASH, CHECK = pb.TENDER_TYPE_CASH, pb.TENDER_TYPE_CHECK
# line, tenders, change wanted (None: not said); kept as surplus, handed back
MATRIX = {
    "AC-2 a: cash above the line is handed back": (10_000, [(CASH, 12_000)], True, 0, 2_000),
    "AC-2 a: also when nothing was said": (10_000, [(CASH, 12_000)], None, 0, 2_000),
    "AC-2 b: no change wanted": (10_000, [(CASH, 12_000)], False, 2_000, 0),
    "AC-2 c: a check gives no change": (10_000, [(CHECK, 12_000)], True, 2_000, 0),
    "AC-2 d: above the balance on the line": (11_000, [(CASH, 11_000)], True, 0, 0),
    "AC-2 e: above on the line and the tender": (11_000, [(CASH, 12_000)], True, 0, 1_000),
    "AC-2 f: above what is due on the line": (70_000, [(CHECK, 70_000)], None, 0, 0),
    "AC-2 g: less than is due": (6_000, [(CASH, 6_000)], None, 0, 0),
    "a check and some cash": (10_000, [(CHECK, 12_000), (CASH, 500)], True, 2_000, 500),
}


@pytest.mark.parametrize("case", MATRIX)
def test_ac_2_the_counters_part_of_the_matrix(app, counter, session, case: str) -> None:
    """CASH-039, CASH-043, CASH-044: answer, stored receipt and event say the same."""
    line, given, wanted, surplus, change = MATRIX[case]
    tenders = [
        pb.Tender(tender_type=kind, amount_cents=cents, reference="7" if kind == CHECK else "")
        for kind, cents in given
    ]
    receipt = counter.pay(
        session.session_id, line, tenders=tenders, return_change=wanted, allocate_tendered=False
    )

    tendered = sum(cents for _, cents in given)
    assert (receipt.due_cents, receipt.tendered_cents) == (line, tendered)
    assert (receipt.surplus_cents, receipt.change_cents) == (surplus, change)
    assert receipt.total_cents == tendered - change
    assert [one.amount_cents for one in receipt.lines] == [line + surplus]
    request = pb.GetReceiptRequest(receipt=receipt.receipt_id)
    assert counter.stub.GetReceipt(request, metadata=counter.metadata) == receipt
    (event,) = testing.emitted(app)
    told = event["data"]
    assert PaymentPostedV1().validate(told) == {}
    assert (told["surplus_cents"], told["change_cents"]) == (surplus, change)
    assert told["total_cents"] == sum(one["amount_cents"] for one in told["lines"])


@pytest.mark.parametrize("short", [50, 200])
def test_ac_2_i_short_tenders_are_refused_where_no_tolerance_is_granted(
    counter, session, refused, unchanged, short: int
) -> None:
    """CASH-046: Cook's law on file grants none, so a cent is too much."""
    with unchanged():
        refused(
            "TENDERS_UNBALANCED",
            counter.pay,
            session.session_id,
            10_000,
            tenders=[counter.cash(10_000 - short)],
        )


def test_cash_043_surplus_of_a_receipt_with_several_bills_is_on_the_last(
    app, counter, session, balance, bill_of
) -> None:
    """It belongs to the payer, and has to be found again: by a bill."""
    app.consumer.absorb(BALANCE_CHANGED.method, [balance("77777777777777", 2021, 5_000)])
    last = bill_of("77777777777777", 2021)
    receipt = counter.pay(
        session.session_id,
        lines=[counter.line(10_000), counter.line(5_000, last)],
        tenders=[counter.check(15_300)],
    )

    assert [one.amount_cents for one in receipt.lines] == [10_000, 5_300]
    assert (receipt.due_cents, receipt.surplus_cents) == (15_000, 300)


def test_a_drawer_expects_the_surplus_it_kept(counter, session) -> None:
    """Change left it, surplus did not."""
    counter.pay(session.session_id, 10_000, tenders=[counter.cash(12_000)])
    counter.pay(session.session_id, 10_000, tenders=[counter.cash(12_000)], return_change=False)
    counter.pay(session.session_id, 10_000, tenders=[counter.check(10_700)])
    closed = counter.close(session.session_id, (CASH, 22_000), (CHECK, 10_700))

    assert closed.total_cents == 32_700
    assert closed.over_short_cents == 0


def test_the_same_key_with_another_wish_for_change_is_refused(counter, session, refused) -> None:
    """Whether change was given is part of what was asked."""
    order = counter.order(session.session_id, 10_000, tenders=[counter.cash(12_000)])
    first = counter.post(order)
    order.return_change = False

    refused("IDEMPOTENCY_CONFLICT", counter.post, order)
    order.return_change = True
    assert counter.post(order) == first


def test_a_reversal_takes_the_surplus_back_with_its_line(app, counter, session) -> None:
    """CASH-060: the whole receipt, as its lines were told."""
    receipt = counter.pay(session.session_id, 10_000, tenders=[counter.check(12_000)])
    counter.reverse(receipt.receipt_id)

    posted, reversed_ = (event["data"] for event in testing.emitted(app))
    assert json.dumps(posted["lines"]) == json.dumps(reversed_["lines"])
    assert reversed_["total_cents"] == 12_000
