"""gRPC servicer of subscriptions: translate, call, translate back."""

from typing import Any

import grpc
from sqlalchemy import Connection
from typing_extensions import override

from millage.notifications.v1 import subscriptions_pb2 as pb
from millage.notifications.v1 import subscriptions_pb2_grpc as stubs
from notifications_service.alerts import subscriptions
from notifications_service.alerts.subscriptions import Wanted
from notifications_service.bootstrap import NotificationsApp
from notifications_service.domain.plaintext import address_trouble
from notifications_service.rulebook import Recipient
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid

_NAME_MAX = 120
_EMAIL_MAX = 254
_REASON_MAX = 500


class SubscriptionServicer(stubs.SubscriptionServiceServicer):
    def __init__(self, app: NotificationsApp) -> None:
        self._app = app

    @requires("notifications.subscribe")
    @override
    def Subscribe(
        self, request: pb.SubscribeRequest, context: grpc.ServicerContext
    ) -> pb.Subscription:
        terms = self._app.law.at(self._app.clock.today())
        topics = [code for code, who in terms.recipients.items() if who is Recipient.SUBSCRIBER]
        if request.topic not in topics:
            raise invalid("TOPIC_UNKNOWN", f"one of {', '.join(sorted(topics))}", "topic")
        email = requests.plain_text(request.email, "email", _EMAIL_MAX)
        if trouble := address_trouble(email):
            raise invalid("EMAIL_INVALID", f"no mail goes to {email[:40]!r}: {trouble}", "email")
        name = requests.required_text(request.name, "name", _NAME_MAX)
        wanted, user = Wanted(request.topic, name, email), rpc.caller().user

        def run(connection: Connection) -> pb.Subscription:
            return _told(subscriptions.add(connection, wanted, user, self._app.clock.now()))

        return idempotency.in_transaction(
            self._app.database, "Subscribe", request, pb.Subscription, run
        )

    @requires("notifications.subscribe")
    @override
    def Unsubscribe(
        self, request: pb.UnsubscribeRequest, context: grpc.ServicerContext
    ) -> pb.Subscription:
        found = requests.required_id(request.subscription_id, "subscription_id")
        reason, user = (
            requests.required_text(request.reason, "reason", _REASON_MAX),
            rpc.caller().user,
        )

        def run(connection: Connection) -> pb.Subscription:
            now = self._app.clock.now()
            return _told(subscriptions.end(connection, found, reason, user, now))

        return idempotency.in_transaction(
            self._app.database, "Unsubscribe", request, pb.Subscription, run
        )

    @requires("notifications.read")
    @override
    def ListSubscriptions(
        self, request: pb.ListSubscriptionsRequest, context: grpc.ServicerContext
    ) -> pb.ListSubscriptionsResponse:
        topic = requests.plain_text(request.topic, "topic", _NAME_MAX)
        size, after = requests.page_size(request.page_size), requests.id_after(request.page_token)
        with self._app.database.begin() as connection:
            rows = subscriptions.listed(connection, topic, after, size + 1)
        more = str(rows[size - 1].subscription_id) if len(rows) > size else ""
        return pb.ListSubscriptionsResponse(
            subscriptions=map(_told, rows[:size]), next_page_token=more
        )


def _told(row: Any) -> pb.Subscription:
    return pb.Subscription(
        subscription_id=str(row.subscription_id),
        topic=row.topic,
        name=row.name,
        email=row.email,
        added_by=row.added_by,
        ended_by=row.ended_by or "",
        end_reason=row.end_reason or "",
    )


def servicer(app: NotificationsApp) -> rpc.Servicer:
    return rpc.Servicer(
        SubscriptionServicer(app),
        stubs.add_SubscriptionServiceServicer_to_server,
        "millage.notifications.v1.SubscriptionService",
    )
