"""Every question about notices, and operations' own, asked in every wrong way."""

import pytest

from millage.notifications.v1 import notifications_pb2 as pb
from taxkit import trial as trials
from taxkit.ids import new_id


class TestNotices(trials.Suite):
    service = "millage.notifications.v1.NotificationsService"

    @pytest.fixture
    def cases(self, app, posted) -> dict[str, trials.Case]:
        receipt_id = new_id()
        app.consumer.absorb("on_payment_posted", [posted(receipt_id)])
        with app.database.begin() as connection:
            notice_id = connection.exec_driver_sql("select notice_id from notices").scalar_one()
        return {
            "ListNotices": trials.Case(lambda: pb.ListNoticesRequest(receipt_id=str(receipt_id))),
            "GetNotice": trials.Case(lambda: pb.GetNoticeRequest(notice_id=str(notice_id))),
        }


class TestOperations(trials.Suite):
    service = "millage.ops.v1.OpsService"

    @pytest.fixture
    def cases(self, app) -> dict[str, trials.Case]:
        return trials.ops_cases(app)


def test_no_service_is_left_out(trial) -> None:
    assert trial.services() == {TestNotices.service, TestOperations.service}
