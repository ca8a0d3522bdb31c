"""CASH-062: what receivables took back is marked, and the original stays."""

import pytest
from sqlalchemy.exc import DBAPIError

from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing


def _event(receipt: pb.Receipt, name: str, **why: str) -> str:
    data = {
        "receipt_id": receipt.receipt_id,
        "receipt_number": receipt.receipt_number,
        "business_date": "2022-12-20",
        "total_cents": receipt.total_cents,
        "bill_ids": [],
        **why,
    }
    return testing.foreign_event(
        f"org.millage.receivables.{name}.v1", f"return/{receipt.receipt_id}", data
    )


@pytest.fixture
def paid(counter, session):
    receipt = counter.pay(session.session_id, 1_000)
    counter.close(session.session_id)
    return receipt


@pytest.mark.parametrize(
    ("name", "method", "why", "state"),
    [
        (
            "PaymentReturned",
            "on_payment_returned",
            {"reason_code": "R01"},
            pb.RECEIPT_STATE_RETURNED,
        ),
        (
            "PaymentCancelled",
            "on_payment_cancelled",
            {"reason": "R01"},
            pb.RECEIPT_STATE_CANCELLED,
        ),
    ],
)
def test_cash_062_a_receipt_taken_back_is_marked_once(
    app, counter, paid, name: str, method: str, why, state: int
) -> None:
    """With the reason; its lines and amounts stay, and its money leaves on that day."""
    body = _event(paid, name, **why)
    app.consumer.absorb(method, [body])
    app.consumer.absorb(method, [body])
    found = counter.stub.GetReceipt(
        pb.GetReceiptRequest(receipt=paid.receipt_number), metadata=counter.metadata
    )

    assert (found.state, found.mark_reason) == (state, "R01")
    assert (found.total_cents, found.lines) == (paid.total_cents, paid.lines)
    totals = [
        counter.stub.GetTotals(pb.GetTotalsRequest(business_date=day), metadata=counter.metadata)
        for day in ("2022-12-15", "2022-12-20")
    ]
    assert [(one.received_cents, one.reversed_cents) for one in totals] == [
        (1_000, 0), (-1_000, 1_000),
    ]  # fmt: skip
    listed = counter.stub.ListReceipts(
        pb.ListReceiptsRequest(business_date="2022-12-15"), metadata=counter.metadata
    )
    assert [one.state for one in listed.receipts] == [state]
    assert testing.parked(app) == []


def test_cash_062_a_mark_without_an_amount_is_parked(app, paid, rows) -> None:
    """With its reason, for an operator; nothing is marked."""
    body = _event(paid, "PaymentReturned", reason_code="R01").replace(
        '"total_cents"', '"total_dollars"'
    )
    app.consumer.absorb("on_payment_returned", [body])

    ((reason, message),) = testing.parked(app)
    assert reason == "DATA_INVALID"
    assert "total_cents" in message
    assert rows("select count(*) from receipt_marks") == [(0,)]


@pytest.mark.parametrize(
    "statement", ["update receipt_marks set reason = ''", "delete from receipt_marks"]
)
def test_cash_062_a_mark_stays(app, paid, statement: str) -> None:
    """The database refuses to change it."""
    app.consumer.absorb("on_payment_returned", [_event(paid, "PaymentReturned", reason_code="x")])
    with (
        pytest.raises(DBAPIError, match="append-only"),
        app.database.begin() as connection,
    ):
        connection.exec_driver_sql(statement)
