"""NOTI-005: where letters reach a payer is kept with the receipt and told with it."""

from cashiering_service.schemas import PaymentPostedV1, PaymentReversedV1
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing

ADDRESS = "2901 W Logan Blvd\nChicago, IL 60647"


def _told(app, name: str) -> list[dict]:
    return [one["data"] for one in testing.emitted(app) if f".{name}." in one["type"]]


def test_noti_005_a_payers_address_is_told_with_the_receipt_and_its_end(app, counter) -> None:
    """NOTI-005: posted and reversed, it is the same; a receipt without one says none."""
    session = counter.open().session_id
    payer = pb.Payer(name="Ada Moore", mailing_address=ADDRESS)
    receipt = counter.pay(session, 100, payer=payer)
    assert receipt.payer == payer
    counter.reverse(receipt.receipt_id)
    counter.pay(session, 100)
    with_one, without = _told(app, "PaymentPosted")
    (reversed_,) = _told(app, "PaymentReversed")
    assert with_one["payer"]["mailing_address"] == reversed_["payer"]["mailing_address"] == ADDRESS
    assert "mailing_address" not in without["payer"]
    assert PaymentPostedV1().validate(with_one) == {}
    assert PaymentReversedV1().validate(reversed_) == {}
