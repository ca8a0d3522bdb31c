"""RECV-056: what cashiering found in a bank's return file is taken back as one by hand is."""

from uuid import UUID

import pytest

from taxkit import testing
from taxkit.ids import new_id


@pytest.fixture
def receipt(app, neighbours, bill) -> UUID:
    """A payment of 500.00 on the bill."""
    paid = new_id()
    body = neighbours.payment_posted(paid, neighbours.line(1, 50_000, bill))
    app.consumer.absorb("on_payment_posted", [body])
    return paid


def _reported(receipt: UUID, *, on: str = "2022-12-30", reason: str = "R01") -> str:
    data = {
        "receipt_id": str(receipt), "reason_code": reason, "returned_on": on, "source": "nacha",
    }  # fmt: skip
    return testing.foreign_event(
        "org.millage.cashiering.PaymentReturnReported.v1", f"return/{receipt}", data
    )


def test_recv_056_a_reported_return_takes_the_receipt_back(app, ledger, receipt) -> None:
    """What it paid is open again; the bank's reason and day are told on."""
    app.consumer.absorb("on_payment_return_reported", [_reported(receipt)])

    (told,) = ledger.told("PaymentReturned")
    assert told["data"]["receipt_id"] == str(receipt)
    assert told["data"]["reason_code"] == "R01"
    assert testing.parked(app) == []
    assert ledger.rows(
        f"select kind, reason, asked_by from returned_receipts where receipt_id = '{receipt}'"
    ) == [("nsf", "R01", "nacha")]
    assert ledger.told("BalanceChanged")[-1]["data"]["open_cents"] >= 180_000


def test_recv_056_a_return_is_taken_once(app, ledger, receipt) -> None:
    """Redelivered, or reported after somebody returned it by hand."""
    body = _reported(receipt)
    app.consumer.absorb("on_payment_return_reported", [body])
    app.consumer.absorb("on_payment_return_reported", [body])
    app.consumer.absorb("on_payment_return_reported", [_reported(receipt, reason="R09")])

    assert len(ledger.told("PaymentReturned")) == 1
    assert testing.parked(app) == []


@pytest.mark.parametrize("on", ["2000-01-01", "2999-01-01"])
def test_recv_056_a_banks_day_is_kept_between_payment_and_today(app, ledger, receipt, on) -> None:
    """A file dated before the county's business date, or ahead of its clock, is no obstacle."""
    app.consumer.absorb("on_payment_return_reported", [_reported(receipt, on=on)])

    assert len(ledger.told("PaymentReturned")) == 1
    assert testing.parked(app) == []


def test_recv_056_a_return_of_a_receipt_nobody_knows_is_parked(app, ledger) -> None:
    """With its reason, to be played again when the receipt has come."""
    app.consumer.absorb("on_payment_return_reported", [_reported(new_id())])

    assert [reason for reason, _ in testing.parked(app)] == ["RECEIPT_NOT_FOUND"]
    assert ledger.told("PaymentReturned") == []
