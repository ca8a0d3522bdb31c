"""NOTI-004: who asked for it is told when a discount or a code means something else than before."""

from pathlib import Path

import grpc
import pytest

from millage.notifications.v1 import subscriptions_pb2 as pb
from millage.notifications.v1 import subscriptions_pb2_grpc as stubs
from taxkit import testing
from taxkit.ids import new_id

EVENTS = Path(__file__).parents[4] / "events" / "receivables"
PROGRAM = (EVENTS / "DiscountProgramChanged.v1.example.json").read_text("utf-8")
FINISHED = (EVENTS.parent / "cashiering" / "ImportRunFinished.v1.example.json").read_text("utf-8")
CODE = (EVENTS / "CodeSettingChanged.v1.example.json").read_text("utf-8")


class Office:
    def __init__(self, app, channel, keys) -> None:
        self.app = app
        self.stub = stubs.SubscriptionServiceStub(channel)
        rights = ("notifications.read", "notifications.subscribe")
        self.bearer = testing.bearer(keys.token(*rights, user="ana"))

    def subscribe(self, email: str, topic: str = "discount_policy", **given) -> pb.Subscription:
        asked = {"idempotency_key": str(new_id()), "name": "Ada Moore", **given}
        request = pb.SubscribeRequest(topic=topic, email=email, **asked)
        return self.stub.Subscribe(request, metadata=self.bearer)

    def end(self, subscription_id: str) -> pb.Subscription:
        request = pb.UnsubscribeRequest(
            idempotency_key=str(new_id()), subscription_id=subscription_id, reason="enough"
        )
        return self.stub.Unsubscribe(request, metadata=self.bearer)

    def hear(self, method: str, *bodies: str) -> None:
        self.app.consumer.absorb(method, list(bodies))
        assert testing.parked(self.app) == []
        self.app.sender.send_due()


@pytest.fixture
def office(app, channel, keys) -> Office:
    return Office(app, channel, keys)


def _refused(call, *args, **given) -> str:
    with pytest.raises(grpc.RpcError) as refusal:
        call(*args, **given)
    return testing.reason_of(refusal.value)


def test_noti_004_each_subscriber_is_told_once_of_a_change(office, sink) -> None:
    """NOTI-004: over real SMTP; told twice on the bus, each reads it once, and nobody else."""
    office.subscribe("ada@example.org")
    office.subscribe("bo@example.org")
    office.subscribe("codes@example.org", "code_policy")
    office.hear("on_discount_program_changed", PROGRAM, PROGRAM)
    assert sorted(str(one["To"].addresses[0].addr_spec) for one in sink.messages) == [
        "ada@example.org", "bo@example.org",
    ]  # fmt: skip
    assert sink.subjects[0] == "Discount Early payment, tax year 2021: as offered now"
    words = sink.messages[0].get_content()
    assert "0.05 of the tax, from 2022-01-01 through 2022-01-31" in words
    assert "or 30 days after a correction" in words
    assert testing.emitted(office.app) == []


def test_noti_004_staff_read_what_a_code_says_now(office, sink) -> None:
    office.subscribe("codes@example.org", "code_policy")
    office.hear("on_code_setting_changed", CODE)
    (message,) = sink.messages
    assert str(message["Subject"]) == "Code BANK means something else from 2020-05-01"
    words = message.get_content()
    assert "exclude from exports\nDelinquent notices: exclude" in words.replace("\r\n", "\n")
    assert "Changed by ada: the court stays all interest" in words


def test_noti_012_who_asked_reads_what_a_payment_file_came_to(office, sink) -> None:
    """NOTI-012: once, and what somebody has to look at is in the subject."""
    office.subscribe("cash@example.org", "import_finished")
    office.subscribe("codes@example.org", "code_policy")
    office.hear("on_import_run_finished", FINISHED, FINISHED)
    (message,) = sink.messages
    assert str(message["Subject"]) == "Payment file remittance.csv: 1 posted, 2 to look at"
    words = message.get_content()
    assert "Posted: 1, $1,000.00" in words
    assert "Somebody has to look at what did not post." in words


def test_noti_004_what_is_offered_no_more_is_said_so(office, sink) -> None:
    office.subscribe("ada@example.org")
    office.hear(
        "on_discount_program_changed", PROGRAM.replace('"offered": true', '"offered": false')
    )
    assert sink.subjects == ["Discount Early payment, tax year 2021: no longer offered"]
    assert "is not offered any more" in sink.messages[0].get_content()


def test_noti_004_whoever_had_enough_is_told_no_more(office, sink) -> None:
    """NOTI-004: a subscription ends once, and may be made again."""
    assert _refused(office.end, str(new_id())) == "SUBSCRIPTION_NOT_FOUND"
    one = office.subscribe("ada@example.org")
    assert _refused(office.subscribe, "ADA@example.org") == "SUBSCRIBED"
    assert office.end(one.subscription_id).ended_by == "ana"
    assert _refused(office.end, one.subscription_id) == "SUBSCRIPTION_ENDED"
    office.hear("on_discount_program_changed", PROGRAM)
    assert sink.messages == []
    office.subscribe("ada@example.org")
    request = pb.ListSubscriptionsRequest(topic="discount_policy", page_size=1)
    listed = office.stub.ListSubscriptions(request, metadata=office.bearer)
    assert [one.end_reason for one in listed.subscriptions] == ["enough"]
    assert listed.next_page_token


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"email": "a@example.org", "topic": "receipt"}, "TOPIC_UNKNOWN"),
        ({"email": "a@example.org", "topic": ""}, "TOPIC_UNKNOWN"),
        ({"email": "a@example.org, b@example.org"}, "EMAIL_INVALID"),
        ({"email": ""}, "EMAIL_INVALID"),
        ({"email": "a@example.org", "name": " "}, "FIELD_MISSING"),
    ],
)
def test_noti_004_what_makes_no_sense_is_refused(office, given, reason: str) -> None:
    assert _refused(office.subscribe, **given) == reason
