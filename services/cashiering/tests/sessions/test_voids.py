"""CASH-062: a void is a posting with a reason and a second person; nothing disappears."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from millage.cashiering.v1 import cashiering_pb2, corrections_pb2_grpc
from millage.cashiering.v1 import corrections_pb2 as pb
from taxkit import testing


class Voids:
    def __init__(self, channel: Any, counter: Any, keys: Any) -> None:
        self.stub = corrections_pb2_grpc.CorrectionsServiceStub(channel)
        self.counter = counter
        self.keys = keys

    def asks(self, receipt: str, reason: str = "rung up twice", user: str = "asker") -> pb.Void:
        request = pb.RequestVoidRequest(
            idempotency_key=self.counter.key(), receipt=receipt, reason=reason
        )
        return self.stub.RequestVoid(request, metadata=self._as(user))

    def decides(
        self, void_id: str, user: str = "boss", *, agreed: bool = True, note: str = "seen"
    ) -> pb.Void:
        request = pb.DecideVoidRequest(
            idempotency_key=self.counter.key(), void_id=void_id, agreed=agreed, note=note
        )
        return self.stub.DecideVoid(request, metadata=self._as(user))

    def listed(self, **asked: Any) -> list[pb.Void]:
        request = pb.ListVoidsRequest(**asked)
        return list(self.stub.ListVoids(request, metadata=self.counter.metadata).voids)

    def _as(self, user: str) -> Any:
        return testing.bearer(self.keys.token("cashiering.*", user=user))


@pytest.fixture
def voids(channel, counter, keys) -> Voids:
    return Voids(channel, counter, keys)


def test_cash_062_a_void_is_done_when_a_second_person_agrees(
    app, counter, session, voids, rows
) -> None:
    """The receipt stands until then; then a reversal with the reason stands beside it."""
    receipt = counter.pay(session.session_id)
    asked = voids.asks(receipt.receipt_number)
    assert (asked.state, asked.total_cents) == (pb.VOID_STATE_ASKED, 10_000)
    assert voids.listed(undecided=True) == [asked]
    assert rows("select count(*) from reversals") == [(0,)]

    done = voids.decides(asked.void_id)
    assert (done.state, done.requested_by, done.decided_by) == (
        pb.VOID_STATE_DONE, "asker", "boss",
    )  # fmt: skip
    assert voids.listed(session_id=session.session_id) == [done]
    assert voids.listed(undecided=True) == []
    assert rows("select reason, reversed_by from reversals") == [("rung up twice", "boss")]
    told = testing.emitted(app)[-1]
    assert told["type"] == "org.millage.cashiering.PaymentReversed.v1"
    assert told["data"]["total_cents"] == 10_000


def test_cash_062_a_declined_void_leaves_the_receipt(counter, session, voids, refused) -> None:
    """With a reason; it may be asked for again."""
    receipt = counter.pay(session.session_id)
    void = voids.asks(receipt.receipt_id)
    refused("REASON_MISSING", voids.decides, void.void_id, agreed=False, note=" ")

    assert voids.decides(void.void_id, agreed=False).state == pb.VOID_STATE_DECLINED
    assert counter.close(session.session_id).total_cents == 10_000


def test_cash_062_nobody_voids_alone(counter, session, voids, refused, unchanged) -> None:
    """Neither who asked nor who took the money decides."""
    void = voids.asks(counter.pay(session.session_id).receipt_id)
    with unchanged():
        for user in ("asker", "ASKER", "cashier"):
            refused("SECOND_PERSON_NEEDED", voids.decides, void.void_id, user)


def test_cash_062_a_void_that_cannot_be_is_refused(
    counter, session, voids, refused, unchanged
) -> None:
    """Asked twice, decided twice, unknown, without reason, reversed, of a closed session."""
    first, second, third = (counter.pay(session.session_id) for _ in range(3))
    void = voids.asks(first.receipt_id)
    later = voids.asks(third.receipt_id)
    with unchanged():
        refused("VOID_ASKED", voids.asks, first.receipt_id)
        refused("REASON_MISSING", voids.asks, second.receipt_id, " ")
        refused("RECEIPT_NOT_FOUND", voids.asks, "no such")
        refused("VOID_NOT_FOUND", voids.decides, str(UUID(int=9)))
        refused("ID_INVALID", voids.decides, "x")
    voids.decides(void.void_id)
    with unchanged():
        refused("VOID_DECIDED", voids.decides, void.void_id)
        refused("RECEIPT_REVERSED", voids.asks, first.receipt_id)
    counter.close(session.session_id)
    with unchanged():
        refused("RECEIPT_OF_CLOSED_SESSION", voids.asks, second.receipt_id)
        refused("RECEIPT_OF_CLOSED_SESSION", voids.decides, later.void_id)


def test_cash_062_eight_decisions_at_once_are_one(counter, session, voids, rows, outcome) -> None:
    """One reversal; the others are told who decided."""
    void = voids.asks(counter.pay(session.session_id).receipt_id)
    with ThreadPoolExecutor(8) as threads:
        found = list(
            threads.map(lambda n: outcome(voids.decides, void.void_id, f"boss{n}"), range(8))
        )

    assert found.count("VOID_DECIDED") == 7
    assert rows("select count(*) from reversals") == [(1,)]


@pytest.mark.parametrize(
    "statement",
    [
        "update void_requests set reason = ''",
        "delete from void_requests",
        "update void_decisions set agreed = false",
        "delete from void_decisions",
        "truncate void_decisions",
        "delete from sessions",
        "truncate sessions cascade",
        "update sessions set is_open = true where not is_open",
        "update sessions set over_short_cents = 0 where not is_open",
    ],
)
def test_cash_062_the_trail_cannot_be_changed(
    app, counter, session, voids, unchanged, statement: str
) -> None:
    """Not even around the service."""
    void = voids.asks(counter.pay(session.session_id).receipt_id)
    voids.decides(void.void_id)
    counter.close(session.session_id)
    with (
        unchanged(),
        pytest.raises(DBAPIError, match=r"append-only|closed|kept"),
        app.database.begin() as connection,
    ):
        connection.exec_driver_sql(statement)


def test_cash_009_voiding_needs_its_rights(counter, session, voids, keys, refused) -> None:
    """Asking and agreeing are two rights; the void of a receipt shows in its state."""
    receipt = counter.pay(session.session_id)
    void = voids.asks(receipt.receipt_id)
    asker_only = testing.bearer(keys.token("cashiering.void", user="boss"))
    request = pb.DecideVoidRequest(idempotency_key="k", void_id=void.void_id, agreed=True)
    refused("FORBIDDEN", voids.stub.DecideVoid, request, metadata=asker_only)
    voids.decides(void.void_id)
    found = counter.stub.GetReceipt(
        cashiering_pb2.GetReceiptRequest(receipt=receipt.receipt_id), metadata=counter.metadata
    )
    assert found.state == cashiering_pb2.RECEIPT_STATE_REVERSED
