"""NOTI-005: what paper cannot show is told, and what was asked for by mail stays off paper."""

from uuid import UUID

import pytest
from services.notifications.tests.api.test_printing import Press, requested

from millage.notifications.v1 import subscriptions_pb2 as pb
from millage.notifications.v1 import subscriptions_pb2_grpc as stubs
from notifications_service.domain.outcome import NoticeState
from taxkit import testing
from taxkit.ids import new_id


@pytest.fixture
def press(app, channel, keys) -> Press:
    return Press(app, channel, keys)


def owner(name: str) -> dict[str, str]:
    return {"name": name, "email": "", "mailing_address": "PO Box 12, Chicago"}


def test_a_name_the_typeface_cannot_set_is_told_with_its_batch(press) -> None:
    """Of those it can, however far from English, nothing is said."""
    set_names = ("Łukasz Żółć", "Nguyễn Thị Ngọc Ánh", "Київ Іванов", "Şirin Παπά")
    press.ask_for(*(requested(at, owner=owner(name)) for at, name in enumerate(set_names, 1)))
    press.ask_for(requested(9, owner=owner("王小明 王")))
    batch = press.start(key="once")
    assert batch.letter_count == 5
    ((letter, name, characters),) = [
        (one.notice_id, one.recipient_name, one.characters) for one in batch.unset
    ]
    assert (letter, name, characters) == (str(UUID(int=9)), "王小明 王", "王小明")
    assert press.start(key="once") == batch
    assert any("Nguyễn Thị Ngọc Ánh" in page for page in press.read(batch.batch_id))


def test_noti_004_who_asked_for_mail_gets_no_letter_when_mail_fails(press, channel, keys) -> None:
    """Staff that read of payment files by mail have no address here; owners' letters do go out."""
    office = stubs.SubscriptionServiceStub(channel)
    asked = pb.SubscribeRequest(
        idempotency_key=str(new_id()), topic="code_policy", email="ada@example.org", name="Ada"
    )
    rights = testing.bearer(keys.token("notifications.subscribe", user="ana"))
    office.Subscribe(asked, metadata=rights)
    data = {
        "code": "FC", "description": "Foreclosure", "switches": [], "delinquent_notices": "exclude",
        "effective_on": "2023-03-01", "changed_by": "ana", "reason": "r",
    }  # fmt: skip
    name = "org.millage.receivables.CodeSettingChanged.v1"
    told = testing.foreign_event(name, "code/FC", data, time="2023-03-01T18:00:00+00:00")
    press.app.consumer.absorb("on_code_setting_changed", [told])
    press.ask_for(requested())
    with press.app.database.begin() as connection:
        connection.exec_driver_sql("update notices set state = %s", (NoticeState.FAILED.value,))
    batch = press.start(failed_too=True)
    assert (batch.letter_count, len(press.read(batch.batch_id))) == (1, 1)


def test_noti_006_a_plan_s_letter_on_paper_is_told_of_by_itself(press) -> None:
    """It is about neither a bill nor a receipt: nothing else may have to wait for it."""
    data = {
        "plan_number": "2023-000001", "plan_type": "standard", "parcel_number": "13264290020000",
        "bill_ids": [str(new_id())], "status": "void", "changed_on": "2023-03-01",
        "deficiencies": [], "owner": owner("Imogen Vale"),
    }  # fmt: skip
    name = "org.millage.receivables.PlanStatusChanged.v1"
    told = testing.foreign_event(name, "plan/2023-000001", data, time="2023-03-01T18:00:00+00:00")
    press.app.consumer.absorb("on_plan_status_changed", [told])
    press.end("Confirm", press.start().batch_id)
    (event,) = [one for one in testing.emitted(press.app) if ".NoticePrinted." in one["type"]]
    assert event["partitionkey"] == event["subject"]
