"""CASH-060, CASH-062: a receipt of an open session is reversed whole, once."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import grpc
import pytest

from cashiering_service.schemas import PaymentReversedV1
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing


def test_cash_060_a_reversal_undoes_exactly_what_was_posted(app, counter, session, rows) -> None:
    """The receipt stays as it was; the reversal tells the same lines under the same receipt."""
    lines = [counter.line(70_000), counter.line(500, counter.other_bill[0])]
    tenders = [counter.cash(80_500)]
    posted = counter.pay(session.session_id, lines=lines, tenders=tenders)
    reversed_ = counter.reverse(posted.receipt_number, "paid the neighbour's bill")
    payment, reversal = testing.emitted(app)

    assert reversed_.state == pb.RECEIPT_STATE_REVERSED
    assert reversed_.reversal_reason == "paid the neighbour's bill"
    assert (reversed_.lines, reversed_.total_cents) == (posted.lines, posted.total_cents)
    assert PaymentReversedV1().validate(reversal["data"]) == {}
    assert (reversal["subject"], int(reversal["sequence"])) == (payment["subject"], 2)
    for same in ("lines", "receipt_id", "receipt_number", "total_cents", "effective_on", "payer"):
        assert payment["data"][same] == reversal["data"][same]
    assert (reversal["data"]["reversed_by"], reversal["data"]["reversal_id"]) == (
        "cashier", reversed_.reversal_id,
    )  # fmt: skip
    assert reversal["traceparent"].split("-")[1] == reversed_.reversal_trace_id
    assert rows("select count(*) from receipt_lines") == [(2,)]


def test_cash_060_a_receipt_is_reversed_once(counter, session, refused, unchanged) -> None:
    """The same key is answered as before; a second reversal is refused."""
    receipt = counter.pay(session.session_id)
    first = counter.reverse(receipt.receipt_id, key="reverse")
    with unchanged():
        assert counter.reverse(receipt.receipt_id, key="reverse") == first
        refused("RECEIPT_REVERSED", counter.reverse, receipt.receipt_id)
        refused("IDEMPOTENCY_CONFLICT", counter.reverse, receipt.receipt_id, "x", key="reverse")


def test_cash_060_a_receipt_of_a_closed_session_stays(counter, session, refused, unchanged) -> None:
    """The money may be on its way: cancelling is another matter."""
    receipt = counter.pay(session.session_id)
    counter.close(session.session_id)
    with unchanged():
        error = refused("RECEIPT_OF_CLOSED_SESSION", counter.reverse, receipt.receipt_id)

    assert error.code() is grpc.StatusCode.FAILED_PRECONDITION


def test_cash_060_eight_reversals_at_once_are_one(app, counter, session, rows, outcome) -> None:
    """One wins, the others are told."""
    receipt = counter.pay(session.session_id)

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: outcome(counter.reverse, receipt.receipt_id), range(8)))

    assert found.count("RECEIPT_REVERSED") == 7
    assert rows("select count(*) from reversals") == [(1,)]
    assert len(testing.emitted(app)) == 2


def test_cash_060_reversing_while_the_session_closes_is_either(counter, outcome) -> None:
    """Reversed and left out of the count, or refused and counted: never in between."""
    for number in range(6):
        session = counter.open(f"T{number}")
        receipt = counter.pay(session.session_id, 1_000)
        with ThreadPoolExecutor(2) as threads:
            closing = threads.submit(counter.close, session.session_id)
            refused = outcome(counter.reverse, receipt.receipt_id) == ("RECEIPT_OF_CLOSED_SESSION")
            assert closing.result().total_cents == (1_000 if refused else 0)


@pytest.mark.parametrize("reason", ["", "  ", "\t"])
def test_a_reversal_needs_a_reason(counter, session, refused, unchanged, reason: str) -> None:
    """REASON_MISSING."""
    receipt = counter.pay(session.session_id)
    with unchanged():
        refused("REASON_MISSING", counter.reverse, receipt.receipt_id, reason)


@pytest.mark.parametrize(
    ("receipt", "reason", "expected"),
    [
        (str(UUID(int=5)), "why", "RECEIPT_NOT_FOUND"),
        ("", "why", "RECEIPT_NOT_FOUND"),
        ("T01-20221215-1-00099", "why", "RECEIPT_NOT_FOUND"),
        ("\x00", "why", "TEXT_INVALID"),
        ("x" * 101, "why", "TEXT_INVALID"),
        ("T01-20221215-1-00001", "x" * 501, "TEXT_INVALID"),
        ("T01-20221215-1-00001", "\x00", "TEXT_INVALID"),
    ],
)
def test_a_reversal_that_cannot_be_meant_is_refused(
    counter, session, refused, unchanged, receipt: str, reason: str, expected: str
) -> None:
    """And leaves nothing."""
    counter.pay(session.session_id)
    with unchanged():
        refused(expected, counter.reverse, receipt, reason)


def test_cash_009_reversing_needs_its_own_right(counter, session, keys, refused) -> None:
    """Who takes money may not give it back."""
    receipt = counter.pay(session.session_id)
    request = pb.ReversePaymentRequest(
        idempotency_key="k", receipt_id=receipt.receipt_id, reason="why"
    )
    plain = testing.bearer(keys.token("cashiering.pay", "cashiering.read"))

    refused("FORBIDDEN", counter.stub.ReversePayment, request, metadata=plain)
