"""CASH-055: idempotent per request key; the same key gives the same answer, byte for byte."""

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing


def test_cash_055_the_same_order_is_answered_as_before(counter, session, unchanged) -> None:
    """To the byte, and nothing is written."""
    order = counter.order(session.session_id)
    first = counter.post(order)
    with unchanged():
        again = counter.post(order)

    assert again.SerializeToString(deterministic=True) == first.SerializeToString(
        deterministic=True
    )


def test_cash_055_the_answer_outlives_the_session(counter, session) -> None:
    """A window that lost the answer gets it after the drawer was closed, too."""
    order = counter.order(session.session_id)
    first = counter.post(order)
    counter.close(session.session_id)

    assert counter.post(order) == first


@pytest.mark.parametrize(
    "changes",
    [
        {"note": "another"},
        {"payer": pb.Payer(name="Somebody Else")},
        {"session_id": "01937c3e-0000-7000-8000-0000000000bb"},
    ],
)
def test_cash_055_another_order_under_the_same_key_is_refused(
    counter, session, refused, unchanged, changes
) -> None:
    """IDEMPOTENCY_CONFLICT, whatever the difference."""
    counter.pay(session.session_id, idempotency_key="once")
    with unchanged():
        error = refused(
            "IDEMPOTENCY_CONFLICT",
            counter.pay, session.session_id, **{"idempotency_key": "once", **changes},
        )  # fmt: skip

    assert error.code() is grpc.StatusCode.ALREADY_EXISTS


def test_cash_055_eight_threads_with_one_key_make_one_receipt(app, counter, session, rows) -> None:
    """Whoever comes first writes; all are answered the same."""
    order = counter.order(session.session_id)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: counter.post(order).SerializeToString(), range(8)))

    assert len(set(answers)) == 1
    assert rows("select count(*) from receipts") == [(1,)]
    assert len(testing.emitted(app)) == 1


def test_cash_055_one_key_on_two_sessions_at_once_makes_one_receipt(counter, rows, outcome) -> None:
    """The sessions' locks do not order the two; the key's own row does."""
    sessions = [counter.open("T01"), counter.open("T02")]

    def post(number: int) -> str:
        order = counter.order(sessions[number % 2].session_id, idempotency_key="once")
        found = outcome(counter.post, order)
        return found if isinstance(found, str) else found.receipt_number

    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(post, range(16)))

    numbers = {one for one in found if one.startswith("T0")}
    assert len(numbers) == 1
    assert found - numbers == {"IDEMPOTENCY_CONFLICT"}
    assert rows("select count(*) from receipts") == [(1,)]


def test_a_refused_order_may_be_mended_under_its_key(counter, session, refused) -> None:
    """A key is taken by what was done, not by what was tried."""
    refused("AMOUNT_NOT_POSITIVE", counter.pay, session.session_id, -5, idempotency_key="mend")

    assert counter.pay(session.session_id, 500, idempotency_key="mend").total_cents == 500


def test_a_key_is_one_methods_own(counter, session) -> None:
    """Paying and reversing may use the same one."""
    receipt = counter.pay(session.session_id, idempotency_key="k")

    assert counter.reverse(receipt.receipt_id, key="k").state == pb.RECEIPT_STATE_REVERSED
