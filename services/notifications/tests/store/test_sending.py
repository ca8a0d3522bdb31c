"""Notices are written once and sent once, through a real SMTP conversation."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from notifications_service.bootstrap import SPEC
from notifications_service.events import NOTICE_FAILED, NOTICE_SENT
from taxkit import testing
from taxkit.ids import new_id
from taxkit.testing import TRACEPARENT


def absorb(app, method, *bodies):
    app.consumer.absorb(method, list(bodies))


def test_a_posted_payment_is_receipted_by_mail(app, sink, posted, notices):
    """NOTI-002: the payer gets the receipt; the server's reply, version and data are kept."""
    receipt = new_id()
    absorb(app, "on_payment_posted", posted(receipt))
    app.sender.send_due()
    (message,), (notice,) = sink.messages, notices(receipt)
    assert message["Subject"] == "Receipt C-2023-000017 for your property tax payment"
    assert message["To"] == "Ada Moore <ada@example.com>"
    assert message["From"] == "treasurer@cook.example"
    assert "$1,234.56" in message.get_content()
    assert f"<{notice.notice_id}@cook.example>" == message["Message-ID"]
    assert (
        notice.state,
        notice.attempts,
        notice.smtp_reply,
    ) == ("sent", 1, "250 2.0.0 kept as 1")
    assert notice.data["receipt_number"] == "C-2023-000017"
    assert notice.rule_id == "us-il-cook/notifications/notices/2018-01-01"


def test_the_text_behind_a_notices_version_is_kept(app, posted, notices):
    """NOTI-001: the version names exactly the words the notice was made of."""
    receipt = new_id()
    absorb(app, "on_payment_posted", posted(receipt), posted(new_id()))
    (notice,) = notices(receipt)
    with app.database.begin() as connection:
        ((version, subject),) = connection.exec_driver_sql(
            "select version, subject from template_versions"
        ).all()
    assert notice.template_version == version
    assert subject == "Receipt {{ receipt_number }} for your property tax payment"


def test_noti_011_a_redelivered_event_sends_once(app, sink, posted):
    """NOTI-011: the same event again, in the same batch or later, is not written twice."""
    body = posted(new_id())
    absorb(app, "on_payment_posted", body, body)
    app.sender.send_due()
    absorb(app, "on_payment_posted", body)
    app.sender.send_due()
    assert len(sink.messages) == 1


def test_the_void_notice_comes_after_the_receipt_whatever_came_first(app, sink, posted, reversed_):
    """A reversal that arrives before its payment waits for it."""
    receipt = new_id()
    absorb(app, "on_payment_reversed", reversed_(receipt))
    app.sender.send_due()
    assert sink.messages == []
    absorb(app, "on_payment_posted", posted(receipt))
    app.sender.send_due()
    assert sink.subjects == [
        "Receipt C-2023-000017 for your property tax payment",
        "Receipt C-2023-000017 is void",
    ]
    assert "wrong parcel" in sink.messages[1].get_content()


def test_the_void_notice_waits_while_the_receipt_is_tried_again(
    app, sink, clock, posted, reversed_
):
    """A receipt deferred by the server is not overtaken by word of its reversal."""
    receipt = new_id()
    absorb(app, "on_payment_posted", posted(receipt))
    absorb(app, "on_payment_reversed", reversed_(receipt))
    sink.rcpt_answers = ["451 try later"]
    app.sender.send_due()
    assert sink.subjects == []
    clock.moment += timedelta(minutes=1)
    app.sender.send_due()
    assert [subject.split()[0] for subject in sink.subjects] == ["Receipt", "Receipt"]
    assert sink.subjects[1].endswith("is void")


@pytest.mark.parametrize("kind", ["rcpt_answers", "data_answers"])
def test_a_refusal_for_now_is_tried_again_later(app, sink, clock, posted, notices, kind):
    """After a rest that doubles; then it is sent, and told of once."""
    receipt = new_id()
    absorb(app, "on_payment_posted", posted(receipt))
    setattr(sink, kind, ["451 4.7.1 greylisted", "452 still"])
    states = []
    for seconds in (0, 29, 1, 59, 1):
        clock.moment += timedelta(seconds=seconds)
        app.sender.send_due()
        (notice,) = notices(receipt)
        states.append((notice.state, notice.attempts))
    assert states == [("pending", 1), ("pending", 1), ("pending", 2), ("pending", 2), ("sent", 3)]
    assert [event["type"][-13:] for event in testing.emitted(app)] == ["NoticeSent.v1"]


def test_after_the_last_attempt_a_notice_has_failed(app, sink, clock, posted, notices):
    """A limit ends the trying; NoticeFailed tells how often it was tried and why it ended."""
    receipt = new_id()
    absorb(app, "on_payment_posted", posted(receipt))
    sink.rcpt_answers = ["451 no"] * 20
    for _ in range(20):
        app.sender.send_due()
        clock.moment += timedelta(hours=4)
    (notice,), (failed,) = notices(receipt), testing.emitted(app)
    assert (
        notice.state,
        notice.attempts,
        notice.reason,
    ) == ("failed", 8, "given up after 8 attempts: 451 no")
    assert NOTICE_FAILED.schema().validate(failed["data"]) == {}
    assert failed["data"]["attempts"] == 8


def test_a_recipient_refused_for_good_is_not_tried_again(app, sink, posted, notices):
    """550 ends it at once."""
    receipt = new_id()
    absorb(app, "on_payment_posted", posted(receipt))
    sink.rcpt_answers = ["550 5.1.1 no such mailbox"]
    app.sender.send_due()
    (notice,) = notices(receipt)
    assert (notice.state, notice.reason) == ("failed", "refused: 550 5.1.1 no such mailbox")


def test_a_conversation_that_breaks_off_is_begun_again(app, sink, clock, posted, notices):
    """The notice at fault rests; those behind it go out over a new connection."""
    first, second = new_id(), new_id()
    absorb(app, "on_payment_posted", posted(first))
    absorb(app, "on_payment_posted", posted(second))
    sink.data_answers = ["hang up"]
    app.sender.send_due()
    assert [notices(each)[0].state for each in (first, second)] == ["pending", "sent"]
    clock.moment += timedelta(seconds=30)
    app.sender.send_due()
    assert notices(first)[0].state == "sent"


def test_a_mail_server_that_is_away_costs_no_attempt(app, smtp, posted, notices):
    """The handler goes on, the notices wait untouched."""
    smtp.stop()
    receipt = new_id()
    absorb(app, "on_payment_posted", posted(receipt))
    app.sender.send_due()
    app.sender.send_due()
    (notice,) = notices(receipt)
    assert (notice.state, notice.attempts) == ("pending", 0)
    assert testing.parked(app) == []


def test_a_burst_goes_over_one_connection(app, sink, posted):
    """Fifty receipts, one conversation."""
    absorb(app, "on_payment_posted", *[posted(new_id()) for _ in range(50)])
    app.sender.send_due()
    assert (len(sink.messages), len(sink.sessions)) == (50, 1)


def test_senders_at_the_same_time_send_each_notice_once(app, sink, posted, database_url, clock):
    """Several workers share the queue without sending anything twice."""
    absorb(app, "on_payment_posted", *[posted(new_id()) for _ in range(120)])
    given = {
        "MILLAGE_JURISDICTIONS_DIR": app.settings.jurisdictions_dir,
        "MILLAGE_SMTP_URL": app.settings.smtp_url,
    }
    with (
        testing.application(SPEC, database_url, clock, **given) as other,
        ThreadPoolExecutor(2) as pool,
    ):
        list(pool.map(lambda one: one.sender.send_due(), (app, other)))
    ids = [str(message["Message-ID"]) for message in sink.messages]
    assert (len(ids), len(set(ids))) == (120, 120)


def test_what_is_told_of_a_sent_notice_is_valid_and_in_the_payments_trace(app, posted):
    """NoticeSent.v1 as its schema says it."""
    absorb(app, "on_payment_posted", posted(new_id()))
    app.sender.send_due()
    (sent,) = testing.emitted(app)
    assert NOTICE_SENT.schema().validate(sent["data"]) == {}
    assert sent["traceparent"] == TRACEPARENT


@pytest.mark.parametrize(
    ("email", "reason"),
    [
        (None, "the payer gave no address"),
        ("", "the payer gave no address"),
        ("ada", "the address is not of the form name@host"),
        ("ada@example.com\r\nBcc: all@example.com", "the address is not of the form name@host"),
        ("ada@example.com, eve@example.com", "the address is not of the form name@host"),
        ("ada@exämple.com", "the address has characters beyond ASCII"),
        ("a" * 65 + "@example.com", "the address has more than 64 characters before the @"),
    ],
)
def test_without_a_usable_address_a_notice_is_one_to_print(
    app, sink, posted, notices, email, reason
):
    """It is written all the same, with the reason, and never handed to the mail server."""
    receipt = new_id()
    absorb(app, "on_payment_posted", posted(receipt, {"name": "Ada", "email": email}))
    app.sender.send_due()
    (notice,) = notices(receipt)
    assert ("to_print", "", reason) == (notice.state, notice.recipient, notice.reason)
    assert sink.messages == []


def test_a_payers_name_cannot_add_a_header(app, sink, posted):
    """Line breaks in a name become spaces before they reach header or text."""
    name = "Eve\r\nBcc: all@example.com\r\n\r\nPay $0\u2028now \U0001f3e0 Ünal"
    absorb(app, "on_payment_posted", posted(new_id(), {"name": name, "email": "eve@example.com"}))
    app.sender.send_due()
    (message,) = sink.messages
    assert message["Bcc"] is None
    assert (
        message["To"].addresses[0].display_name
        == "Eve Bcc: all@example.com Pay $0 now \U0001f3e0 Ünal"
    )
    assert message.get_content().startswith("Eve Bcc: all@example.com Pay $0 now \U0001f3e0 Ünal,")


def test_a_date_before_the_law_on_file_parks_the_event(app, posted):
    """Which words would apply is not guessed."""
    absorb(app, "on_payment_posted", posted(new_id(), business_date="1999-01-04"))
    assert [reason for reason, _ in testing.parked(app)] == ["NO_LAW_FOR_DATE"]
