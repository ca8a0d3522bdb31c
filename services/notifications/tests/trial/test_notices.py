"""Every question about notices, and operations' own, asked in every wrong way."""

from typing import Any

import pytest

from millage.notifications.v1 import notifications_pb2 as pb
from millage.notifications.v1 import printing_pb2 as printing
from millage.notifications.v1 import printing_pb2_grpc as printing_grpc
from millage.notifications.v1 import subscriptions_pb2 as alerts
from millage.notifications.v1 import subscriptions_pb2_grpc as alerts_grpc
from taxkit import testing
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


class TestPrinting(trials.Suite):
    service = "millage.notifications.v1.PrintService"

    @pytest.fixture
    def cases(self, app, posted, trial) -> dict[str, trials.Case]:
        stub = printing_grpc.PrintServiceStub(trial.channel)
        bearer = testing.bearer(trial.keys.token("notifications.print", user="ana"))
        payer = {"name": "Ada Moore", "email": None}

        def waits() -> printing.StartPrintRequest:
            app.consumer.absorb("on_payment_posted", [posted(new_id(), payer)])
            return printing.StartPrintRequest(template="receipt", limit=1, failed_too=True)

        def begun(made: Any = printing.ConfirmPrintRequest) -> Any:
            request = waits()
            request.idempotency_key = str(new_id())
            batch = stub.StartPrint(request, metadata=bearer)
            return made(batch_id=batch.batch_id)

        def ended(made: Any = printing.ConfirmPrintRequest) -> Any:
            request = begun(made)
            keyed = printing.ConfirmPrintRequest(
                idempotency_key=str(new_id()), batch_id=request.batch_id
            )
            stub.ConfirmPrint(keyed, metadata=bearer)
            return request

        def nothing() -> printing.StartPrintRequest:
            return printing.StartPrintRequest(template="bill_corrected")

        batch_id = begun().batch_id
        with app.database.begin() as connection:
            notice_id = connection.exec_driver_sql("select notice_id from notices").scalar_one()
        return {
            "StartPrint": trials.Case(waits, refused_when={"NOTHING_TO_PRINT": nothing}),
            "ConfirmPrint": trials.Case(begun, refused_when={"PRINT_ENDED": ended}),
            "DiscardPrint": trials.Case(
                lambda: begun(printing.DiscardPrintRequest),
                refused_when={"PRINT_ENDED": lambda: ended(printing.DiscardPrintRequest)},
            ),
            "ListPrints": trials.Case(lambda: printing.ListPrintsRequest(page_size=5)),
            "ReadPrint": trials.Case(lambda: printing.ReadPrintRequest(batch_id=batch_id)),
            "ReadLetter": trials.Case(lambda: printing.ReadLetterRequest(notice_id=str(notice_id))),
        }


class TestSubscriptions(trials.Suite):
    service = "millage.notifications.v1.SubscriptionService"

    @pytest.fixture
    def cases(self, trial) -> dict[str, trials.Case]:
        stub = alerts_grpc.SubscriptionServiceStub(trial.channel)
        bearer = testing.bearer(trial.keys.token("notifications.subscribe", user="ana"))

        def wanted() -> alerts.SubscribeRequest:
            return alerts.SubscribeRequest(
                topic="code_policy", name="Ada", email=f"a{new_id().hex}@example.org"
            )

        def done(method: str, request: Any) -> Any:
            keyed = type(request)()
            keyed.CopyFrom(request)
            keyed.idempotency_key = str(new_id())
            return getattr(stub, method)(keyed, metadata=bearer)

        def subscribed() -> alerts.SubscribeRequest:
            request = wanted()
            done("Subscribe", request)
            return request

        def end() -> alerts.UnsubscribeRequest:
            found = done("Subscribe", wanted()).subscription_id
            return alerts.UnsubscribeRequest(subscription_id=found, reason="enough")

        def ended() -> alerts.UnsubscribeRequest:
            request = end()
            done("Unsubscribe", request)
            return request

        return {
            "Subscribe": trials.Case(wanted, refused_when={"SUBSCRIBED": subscribed}),
            "Unsubscribe": trials.Case(end, refused_when={"SUBSCRIPTION_ENDED": ended}),
            "ListSubscriptions": trials.Case(
                lambda: alerts.ListSubscriptionsRequest(topic="code_policy", page_size=5)
            ),
        }


class TestOperations(trials.Suite):
    service = "millage.ops.v1.OpsService"

    @pytest.fixture
    def cases(self, app) -> dict[str, trials.Case]:
        return trials.ops_cases(app)


def test_no_service_is_left_out(trial) -> None:
    tried = {TestNotices.service, TestPrinting.service, TestSubscriptions.service}
    assert trial.services() == tried | {TestOperations.service}
