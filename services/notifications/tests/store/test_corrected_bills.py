"""LEVY-003: the owner of a corrected bill is written to, in the pack's words, once a correction."""

import json

import pytest

from millage.notifications.v1 import notifications_pb2 as pb
from millage.notifications.v1 import notifications_pb2_grpc as stubs
from notifications_service.events import BILL_NOTICE_FAILED, BILL_NOTICE_SENT
from taxkit import testing
from taxkit.ids import new_id


def corrected(bill_id, version: int = 2, owner=None, **changes) -> str:
    """BillCorrected.v1 as levy publishes it."""
    data = {
        "bill_id": str(bill_id),
        "bill_number": "2021-13264290020000",
        "bill_version": version,
        "parcel_number": "13264290020000",
        "tax_year": 2021,
        "owner": owner or {"name": "Imogen Vale", "email": "imogen.vale@example.org"},
        "corrected_on": "2023-02-28",
        "corrected_by": "assessor",
        "reason": "Homeowner exemption granted",
        "total_cents": 1_160_222,
        "components": [],
        "installments": [
            {"installment": 1, "due_on": "2022-03-01", "amount_cents": 496_428},
            {"installment": 2, "due_on": "2022-12-30", "amount_cents": 663_794},
        ],
        "before": {"bill_version": version - 1, "total_cents": 1_260_222, "installments": []},
        **changes,
    }
    return testing.foreign_event(
        "org.millage.levy.BillCorrected.v1", f"bill/{bill_id}", data, sequence=version
    )


def absorb(app, *bodies: str) -> None:
    app.consumer.absorb("on_bill_corrected", list(bodies))


def test_levy_003_a_corrected_bill_is_told_by_mail(app, sink) -> None:
    """To its owner, with reason, old and new tax, and what each installment is now."""
    absorb(app, corrected(new_id()))
    app.sender.send_due()
    (message,) = sink.messages

    assert str(message["To"]) == "Imogen Vale <imogen.vale@example.org>"
    assert str(message["Subject"]) == "Corrected tax bill 2021-13264290020000"
    words = message.get_content()
    for said in (
        "Imogen Vale,",
        "as of 2023-02-28",
        "Reason: Homeowner exemption granted.",
        "The tax was $12,602.22 and is now $11,602.22",
        "Installment 1, due 2022-03-01: $4,964.28",
        "Installment 2, due 2022-12-30: $6,637.94",
    ):
        assert said in words


def test_noti_011_a_correction_told_twice_is_one_mail_the_next_is_another(app, sink) -> None:
    """Same event, same notice; version 3 follows version 2."""
    bill = new_id()
    second = corrected(bill)
    absorb(app, second)
    absorb(app, second, corrected(bill, 3, reason="Certificate of error"))
    app.sender.send_due()

    assert len(sink.messages) == 2
    assert "Certificate of error" in sink.messages[1].get_content()


def test_levy_003_a_later_correction_waits_for_the_earlier_ones_mail(app, sink, clock) -> None:
    """Refused for now: the second notice is not sent before the first."""
    bill = new_id()
    sink.rcpt_answers = ["450 later"]
    absorb(app, corrected(bill))
    app.sender.send_due()
    absorb(app, corrected(bill, 3))
    app.sender.send_due()

    assert sink.messages == []


@pytest.mark.parametrize("email", [None, "nobody"])
def test_levy_003_an_owner_without_an_address_gets_it_on_paper(app, channel, keys, email) -> None:
    """It is listed under the bill, with the reason why it was not mailed."""
    bill = new_id()
    absorb(app, corrected(bill, owner={"name": "A. Owner", "email": email}))
    stub = stubs.NotificationsServiceStub(channel)
    listed = stub.ListNotices(
        pb.ListNoticesRequest(bill_id=str(bill)),
        metadata=testing.bearer(keys.token("notifications.read")),
    )

    (notice,) = listed.notices
    assert (notice.state, notice.bill_id) == (pb.NOTICE_STATE_TO_PRINT, str(bill))
    assert (notice.receipt_id, notice.template) == ("", "bill_corrected")
    assert "address" in notice.reason


def test_levy_003_what_is_told_of_the_mail_names_the_bill(app, sink) -> None:
    """BillNoticeSent.v1 and BillNoticeFailed.v1: subscribers to receipts' notices hear nothing."""
    bill = new_id()
    absorb(app, corrected(bill))
    app.sender.send_due()
    sink.rcpt_answers = ["550 no such mailbox"]
    absorb(app, corrected(bill, 3))
    app.sender.send_due()
    sent, failed = testing.emitted(app)

    assert BILL_NOTICE_SENT.schema().validate(sent["data"]) == {}
    assert BILL_NOTICE_FAILED.schema().validate(failed["data"]) == {}
    assert [each["type"].split(".")[-2] for each in (sent, failed)] == [
        "BillNoticeSent",
        "BillNoticeFailed",
    ]
    assert (sent["data"]["bill_id"], sent["partitionkey"]) == (str(bill), f"bill/{bill}")


@pytest.mark.parametrize("missing", ["owner", "installments", "corrected_on", "before"])
def test_a_correction_with_a_field_missing_is_parked(app, missing: str) -> None:
    """With its name."""
    body = json.loads(corrected(new_id()))
    del body["data"][missing]
    absorb(app, json.dumps(body))

    ((reason, message),) = testing.parked(app)
    assert (reason, missing in message) == ("DATA_INVALID", True)


def test_what_was_typed_as_a_reason_stays_one_line(app, sink) -> None:
    """Nobody writes a second letter into the county's."""
    absorb(app, corrected(new_id(), reason="ok.\r\n\r\nPay here instead: evil.example"))
    app.sender.send_due()
    (message,) = sink.messages

    assert "Reason: ok. Pay here instead: evil.example." in message.get_content()
