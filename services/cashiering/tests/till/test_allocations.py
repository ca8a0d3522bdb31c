"""CASH-052, CASH-053, CASH-054: another rule, or amounts by hand, on the receipt's detail."""

import pytest

from cashiering_service.schemas import PaymentPostedV1
from cashiering_service.till.schemas import AllocationOverriddenV1
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing


def _rows(*rows: tuple[int, str, int]) -> list[pb.AllocationRow]:
    return [
        pb.AllocationRow(installment=number, charge_type=kind, amount_cents=cents)
        for number, kind, cents in rows
    ]


@pytest.fixture
def half(bill):
    """A late bill: tax 100, interest 8."""
    return bill(due_on="2022-03-01", tax=10_000, interest=800)


def _by_hand(counter, bill_id, cents: int, *rows: tuple[int, str, int]) -> pb.PaymentLine:
    line = counter.line(cents, bill_id)
    line.allocation.extend(_rows(*rows))
    return line


def _pay(counter, session, line, **changes):
    return counter.pay(
        session.session_id, lines=[line], tenders=[counter.cash(line.amount_cents)], **changes
    )


def test_cash_053_hands_leave_their_mark_on_the_detail(app, counter, session, half) -> None:
    """Rows, user and time; the receipt query shows them, two events tell them."""
    receipt = _pay(counter, session, _by_hand(counter, half, 5_000, (1, "tax", 5_000)))

    (line,) = receipt.lines
    assert line.rule_id == "statute"
    assert (line.allocation.overridden, line.allocation.by) == (True, "cashier")
    assert line.allocation.at == receipt.recorded_at
    assert list(line.allocation.rows) == _rows((1, "tax", 5_000))
    request = pb.GetReceiptRequest(receipt=receipt.receipt_number)
    assert counter.stub.GetReceipt(request, metadata=counter.metadata) == receipt
    posted, overridden = testing.emitted(app)
    assert PaymentPostedV1().validate(posted["data"]) == {}
    assert AllocationOverriddenV1().validate(overridden["data"]) == {}
    assert overridden["subject"] == f"allocation/{receipt.receipt_id}"
    assert (
        overridden["data"]["lines"][0]["rows"] == posted["data"]["lines"][0]["allocation"]["rows"]
    )


def test_cash_052_a_rule_for_the_order_and_another_for_a_line(
    app, counter, session, bill, half
) -> None:
    """The line's own goes before the order's; the law's own leaves no mark."""
    other = bill("88888888888888")
    lines = [counter.line(1_000, half), counter.line(1_000, other)]
    lines[1].allocation_rule = "statute"
    receipt = counter.pay(
        session.session_id,
        lines=lines,
        tenders=[counter.cash(2_000)],
        allocation_rule="tax-first",
    )

    assert [line.rule_id for line in receipt.lines] == ["tax-first", "statute"]
    assert [line.HasField("allocation") for line in receipt.lines] == [True, False]
    assert not receipt.lines[0].allocation.overridden
    (event,) = testing.emitted(app)
    assert [line.get("allocation", {}).get("rule_id") for line in event["data"]["lines"]] == [
        "tax-first",
        None,
    ]


def test_cash_053_a_plain_line_records_the_laws_own_rule(counter, session, rows) -> None:
    """Nobody chose it; it is written down all the same."""
    receipt = counter.pay(session.session_id)

    assert receipt.lines[0].rule_id == "statute"
    assert rows("select rule_id from receipt_lines") == [("statute",)]
    assert rows("select count(*) from line_terms") == [(0,)]


@pytest.mark.parametrize(
    ("cents", "given", "reason"),
    [
        (5_000, [(1, "tax", 4_999)], "ALLOCATION_NOT_THE_LINE"),
        (5_000, [(1, "tax", 4_999), (1, "interest", 2)], "ALLOCATION_NOT_THE_LINE"),
        (10_001, [(1, "tax", 10_001)], "ALLOCATION_ABOVE_OPEN"),
        (801, [(1, "interest", 801)], "ALLOCATION_ABOVE_OPEN"),
        (5, [(2, "tax", 5)], "ALLOCATION_ABOVE_OPEN"),
        (5, [(1, "roads", 5)], "CHARGE_TYPE_UNKNOWN"),
        (5, [(1, "", 5)], "CHARGE_TYPE_UNKNOWN"),
        (5, [(1, "tax", -5), (1, "interest", 10)], "AMOUNT_NOT_POSITIVE"),
        (10, [(1, "tax", 5), (1, "tax", 5)], "CHARGE_TWICE"),
    ],
)
def test_cash_054_rows_that_are_not_the_line_or_not_open_are_refused(
    counter, session, half, refused, unchanged, cents: int, given, reason: str
) -> None:
    """Nothing is written."""
    with unchanged():
        refused(reason, _pay, counter, session, _by_hand(counter, half, cents, *given))


def test_cash_052_a_rule_the_law_does_not_know_is_refused(
    counter, session, refused, unchanged
) -> None:
    """For the order, and for a line."""
    with unchanged():
        refused("ALLOCATION_RULE_UNKNOWN", counter.pay, session.session_id, allocation_rule="mine")
        line = counter.line(10_000)
        line.allocation_rule = "x" * 101
        refused("TEXT_INVALID", counter.pay, session.session_id, lines=[line])


def test_cash_009_rules_and_hands_need_a_right(
    counter, session, half, keys, refused, unchanged
) -> None:
    """For the order, for a line, and for rows."""
    plain = testing.bearer(keys.token("cashiering.pay", user="cashier"))
    line = counter.line(10_000)
    line.allocation_rule = "statute"
    by_hand = _by_hand(counter, half, 10_000, (1, "tax", 10_000))
    orders = [
        counter.order(session.session_id, allocation_rule="statute"),
        counter.order(session.session_id, lines=[line]),
        counter.order(session.session_id, lines=[by_hand]),
    ]
    with unchanged():
        for order in orders:
            refused("FORBIDDEN", counter.post, order, plain)


def test_cash_053_a_reversal_tells_the_allocation_back(app, counter, session, half) -> None:
    """From what is stored."""
    receipt = _pay(counter, session, _by_hand(counter, half, 5_000, (1, "tax", 5_000)))
    counter.reverse(receipt.receipt_id)

    events = {event["type"].split(".")[-2]: event["data"] for event in testing.emitted(app)}
    assert events["PaymentReversed"]["lines"] == events["PaymentPosted"]["lines"]


def test_cash_071_numbers_that_no_lookup_knows_are_refused(
    counter, session, refused, unchanged
) -> None:
    """Of the kinds a basket is looked up by, and none else; an empty one is not kept."""
    line = counter.line(1_000)
    line.account_keys["shoe_size"] = "9"
    with unchanged():
        order = counter.order(session.session_id, 1_000, lines=[line])
        error = refused("ACCOUNT_KEY_KIND_UNKNOWN", counter.post, order)
    assert error.fields == ["lines[0].account_keys"]

    plain = counter.line(1_000)
    plain.account_keys["plate"] = ""
    receipt = counter.pay(session.session_id, 1_000, lines=[plain])
    assert not receipt.lines[0].HasField("allocation")
