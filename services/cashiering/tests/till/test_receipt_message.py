"""CASH-057: a receipt says that back taxes remain unpaid, where the county has it so."""

import shutil
from pathlib import Path

import pytest

from cashiering_service.bootstrap import SPEC
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing

JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"
PARCEL = "77777777777777"


@pytest.fixture
def printing(make_app, keys, counter, tmp_path):
    """A counter of a county that prints the message."""
    pack = tmp_path / "us-il-cook"
    shutil.copytree(JURISDICTIONS / "us-il-cook", pack)
    law = pack / "cashiering.yaml"
    text = law.read_text(encoding="utf-8")
    assert "is_shown: false" in text
    law.write_text(text.replace("is_shown: false", "is_shown: true"), encoding="utf-8")
    with (
        make_app(MILLAGE_JURISDICTIONS_DIR=str(tmp_path)) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        yield type(counter)(channel, keys)


def _message(window, receipt_id: str) -> str:
    request = pb.GetReceiptRequest(receipt=receipt_id)
    return window.stub.GetReceipt(request, metadata=window.metadata).delinquency_message


def test_cash_057_the_message_is_there_while_something_late_is_open(
    counter, printing, session, bill
) -> None:
    """It names the parcel, goes when the taxes are paid, and stays away where it is not wanted."""
    bill_id = bill(due_on="2022-03-01")
    line = counter.line(1_000, bill_id)
    receipt = counter.pay(session.session_id, lines=[line], tenders=[counter.cash(1_000)])

    said = f"Taxes that are past due remain unpaid on parcel {PARCEL}."
    assert _message(printing, receipt.receipt_id) == said
    assert _message(counter, receipt.receipt_id) == ""
    bill(due_on="2022-03-01", sequence=3, tax=0)
    assert _message(printing, receipt.receipt_id) == ""


def test_cash_057_what_a_missed_installment_calls_due_is_late(
    app, counter, printing, session, bill
) -> None:
    """From the day that was told ahead, though no balance was told on it."""
    bill_id = bill(due_on="2022-12-15")
    call = '{"from_on": "2022-03-02", "due_on": "2022-03-01"}'
    with app.database.begin() as connection:
        connection.exec_driver_sql(
            "update dues set installments = jsonb_set(installments, '{0,call}', %s)"
            " where bill_id = %s",
            (call, bill_id),
        )
    line = counter.line(1_000, bill_id)
    receipt = counter.pay(session.session_id, lines=[line], tenders=[counter.cash(1_000)])
    assert _message(printing, receipt.receipt_id) != ""


def test_cash_057_what_is_not_late_yet_is_not_spoken_of(counter, printing, session, bill) -> None:
    """Due after the receipt's day."""
    line = counter.line(1_000, bill(due_on="2022-12-15"))
    receipt = counter.pay(session.session_id, lines=[line], tenders=[counter.cash(1_000)])

    assert _message(printing, receipt.receipt_id) == ""
