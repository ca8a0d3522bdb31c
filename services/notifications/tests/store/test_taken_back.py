"""RECV-055, RECV-056: who paid is told that a payment counts no more, and why."""

import pytest

from taxkit import testing
from taxkit.ids import new_id

_PAYER = {"name": "Imogen Vale", "email": "imogen.vale@example.org"}


def taken_back(name: str = "PaymentReturned", **changes) -> str:
    """A receipt taken back, as receivables publishes it."""
    receipt_id = str(new_id())
    why = {
        "PaymentReturned": {
            "reason_code": "R01", "returned_on": "2023-02-27", "nsf_fee_cents": 2_500,
            "fee_bill_id": str(new_id()),
        },
        "PaymentCancelled": {"reason": "paid on the wrong parcel", "cancelled_by": "ana"},
    }[name]  # fmt: skip
    data = {
        "receipt_id": receipt_id, "receipt_number": "C-2023-000017", "bill_ids": [],
        "business_date": "2023-03-01", "total_cents": 103_000, "payer": _PAYER, **why, **changes,
    }  # fmt: skip
    return testing.foreign_event(f"org.millage.receivables.{name}.v1", f"return/{receipt_id}", data)


def _sent(app, sink, method: str, *bodies: str) -> list[str]:
    app.consumer.absorb(method, list(bodies))
    assert testing.parked(app) == []
    app.sender.send_due()
    return [each.get_content() for each in sink.messages]


def test_recv_056_a_bad_check_is_told_to_who_paid_with_its_fee_once(app, sink) -> None:
    """RECV-056: over real SMTP; told twice on the bus, it is written once."""
    body = taken_back()
    (words,) = _sent(app, sink, "on_payment_returned", body, body)
    assert sink.subjects == ["The payment of receipt C-2023-000017 was returned by your bank"]
    assert "payment of $1,030.00" in words
    assert "Its word for the reason is R01" in words
    assert "A fee of $25.00" in words


def test_recv_057_where_no_fee_is_charged_none_is_spoken_of(app, sink) -> None:
    (words,) = _sent(app, sink, "on_payment_returned", taken_back(nsf_fee_cents=0))
    assert "fee" not in words


def test_recv_055_a_cancelled_payment_is_told_with_the_offices_reason(app, sink) -> None:
    (words,) = _sent(app, sink, "on_payment_cancelled", taken_back("PaymentCancelled"))
    assert "Reason: paid on the wrong parcel." in words


@pytest.mark.parametrize("name", ["PaymentReturned", "PaymentCancelled"])
def test_recv_055_a_message_from_before_the_payer_was_told_writes_nothing(app, sink, name) -> None:
    """Nobody is named in it, and nothing is parked for that."""
    body = taken_back(name).replace('"payer"', '"somebody"')
    method = {"PaymentReturned": "on_payment_returned", "PaymentCancelled": "on_payment_cancelled"}
    assert _sent(app, sink, method[name], body) == []


def test_recv_056_a_payer_without_an_address_gets_a_letter(app, sink) -> None:
    body = taken_back(payer={"name": "Imogen Vale", "email": None})
    assert _sent(app, sink, "on_payment_returned", body) == []
    with app.database.begin() as connection:
        rows = connection.exec_driver_sql("select state, template from notices").all()
    assert [tuple(row) for row in rows] == [("to_print", "returned")]
