"""The taxpayer's receipt by mail: a real SMTP conversation, once for each receipt."""

import email
import email.policy
from email.message import EmailMessage

from county import County, cash, eventually, line

from millage.cashiering.v1.cashiering_pb2 import Session
from millage.notifications.v1 import notifications_pb2 as pb


def mail_to(county: County, address: str) -> list[EmailMessage]:
    """What the mail sink holds for an address, parsed."""
    messages = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in county.stack.mail()
    ]
    return [one for one in messages if one["X-Envelope-To"] == address]


def test_a_receipt_s_notice_arrives_once_with_its_number(county: County, session: Session):
    address = "adaeze.osei@example.org"
    bill = county.bills["16321210140000", 2018]
    receipt = county.pay(session, [line(bill, 8_00)], [cash(8_00)], email=address)

    (notice,) = county.followed(receipt).notices

    assert notice.state == pb.NOTICE_STATE_SENT
    assert notice.recipient == address
    assert notice.smtp_reply.startswith("250")
    (message,) = eventually(lambda: mail_to(county, address), bool)
    text = message.get_body(("plain",)).get_content()
    assert receipt.receipt_number in f"{message['Subject']} {text}"
    assert "8.00" in text


def test_without_an_address_the_notice_goes_to_print(county: County, session: Session):
    bill = county.bills["16321210140000", 2018]
    receipt = county.pay(session, [line(bill, 8_01)], [cash(8_01)], email="")

    (notice,) = county.followed(receipt).notices

    assert notice.state == pb.NOTICE_STATE_TO_PRINT
