"""CASH-009, CASH-010: whose a drawer is closes, moves and corrects it, or a supervisor."""

import pytest

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import corrections_pb2 as back
from millage.cashiering.v1 import corrections_pb2_grpc as back_stubs
from millage.cashiering.v1 import sessions_pb2, sessions_pb2_grpc
from taxkit import ids, testing

CLERK = ("cashiering.session", "cashiering.reverse", "cashiering.effective_date", "cashiering.void")
ANY = "cashiering.session.any"


@pytest.fixture
def calls(channel, counter, session):
    """What is asked of a drawer with a receipt in it, by name; asked by whoever is named."""
    receipt = counter.pay(session.session_id)
    corrections = back_stubs.CorrectionsServiceStub(channel)
    sessions = sessions_pb2_grpc.SessionsServiceStub(channel)
    requests = {
        "close": (
            counter.stub.CloseSession,
            pb.CloseSessionRequest(session_id=session.session_id),
        ),
        "reverse": (
            counter.stub.ReversePayment,
            pb.ReversePaymentRequest(receipt_id=receipt.receipt_id, reason="wrong parcel"),
        ),
        "repay": (
            corrections.RepayReversal,
            back.RepayReversalRequest(
                receipt_number=receipt.receipt_number, receipt_year=2022, reason="wrong parcel"
            ),
        ),
        "move": (
            sessions.ChangeEffectiveDate,
            sessions_pb2.ChangeEffectiveDateRequest(
                session_id=session.session_id, effective_on="2022-12-01"
            ),
        ),
    }

    def ask(name: str, metadata, key: str = ""):
        call, request = requests[name]
        request.idempotency_key = key or str(ids.new_id())
        return call(request, metadata=metadata)

    return ask


@pytest.fixture
def clerk(keys):
    """Somebody with every right of a clerk, and those named besides."""
    return lambda user, *more: testing.bearer(keys.token(*CLERK, *more, user=user))


@pytest.mark.parametrize("name", ["close", "reverse", "repay", "move"])
def test_cash_009_another_clerks_drawer_is_left_alone(
    calls, clerk, refused, unchanged, name: str
) -> None:
    """SESSION_OF_ANOTHER says whose it is; nothing is written."""
    with unchanged():
        error = refused("SESSION_OF_ANOTHER", calls, name, clerk("rosalind"))

    assert "is cashier's" in error.details()


@pytest.mark.parametrize("name", ["close", "reverse", "repay", "move"])
@pytest.mark.parametrize(("user", "more"), [("cashier", ()), ("lead", (ANY,))])
def test_cash_009_its_own_cashier_or_a_supervisor_may(calls, clerk, name: str, user, more) -> None:
    """One's own drawer needs no right besides."""
    assert calls(name, clerk(user, *more)).ByteSize()


def test_cash_009_what_was_answered_is_answered_again(calls, clerk) -> None:
    """A key's own answer asks for nothing anew, as everywhere."""
    closed = calls("close", clerk("cashier"), "the key")

    assert calls("close", clerk("rosalind"), "the key") == closed


def test_cash_060_a_void_is_decided_on_somebody_elses_drawer(
    channel, counter, session, keys, clerk
) -> None:
    """Who decides never holds the drawer: no right to every drawer is asked for."""
    receipt = counter.pay(session.session_id)
    stub = back_stubs.CorrectionsServiceStub(channel)
    asked = stub.RequestVoid(
        back.RequestVoidRequest(
            idempotency_key=str(ids.new_id()), receipt=receipt.receipt_id, reason="torn"
        ),
        metadata=clerk("rosalind"),
    )
    head = testing.bearer(keys.token("cashiering.void.approve", user="head"))
    decided = stub.DecideVoid(
        back.DecideVoidRequest(
            idempotency_key=str(ids.new_id()), void_id=asked.void_id, agreed=True
        ),
        metadata=head,
    )
    assert decided.state == back.VOID_STATE_DONE
