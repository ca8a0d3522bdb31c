"""Notifications' gRPC servicer: translate, ask, translate back."""

from typing import Any
from uuid import UUID

import grpc

from millage.notifications.v1 import notifications_pb2 as pb
from millage.notifications.v1 import notifications_pb2_grpc as stubs
from notifications_service import store
from notifications_service.alerts import api as alerts_api
from notifications_service.bootstrap import NotificationsApp
from notifications_service.domain.outcome import NoticeState
from notifications_service.printing import api as printing_api
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import not_found

_STATES = {
    NoticeState.PENDING: pb.NOTICE_STATE_PENDING,
    NoticeState.SENT: pb.NOTICE_STATE_SENT,
    NoticeState.FAILED: pb.NOTICE_STATE_FAILED,
    NoticeState.TO_PRINT: pb.NOTICE_STATE_TO_PRINT,
    NoticeState.PRINTED: pb.NOTICE_STATE_PRINTED,
}


class NotificationsServicer(stubs.NotificationsServiceServicer):
    def __init__(self, app: NotificationsApp) -> None:
        self._app = app

    @requires("notifications.read")
    def ListNotices(
        self, request: pb.ListNoticesRequest, context: grpc.ServicerContext
    ) -> pb.ListNoticesResponse:
        about = "bill_id" if request.bill_id and not request.receipt_id else "receipt_id"
        subject_id = requests.required_id(getattr(request, about), about)
        size = requests.page_size(request.page_size)
        after = UUID(int=0)
        if request.page_token:
            after = requests.required_id(request.page_token, "page_token")
        with self._app.database.begin() as connection:
            rows = store.notices_of(connection, about, subject_id, after, size + 1)
        token = str(rows[size - 1].notice_id) if len(rows) > size else ""
        return pb.ListNoticesResponse(notices=map(_notice, rows[:size]), next_page_token=token)

    @requires("notifications.read")
    def GetNotice(self, request: pb.GetNoticeRequest, context: grpc.ServicerContext) -> pb.Notice:
        notice_id = requests.required_id(request.notice_id, "notice_id")
        with self._app.database.begin() as connection:
            row = store.notice(connection, notice_id)
        if row is None:
            raise not_found("NOTICE_NOT_FOUND", f"there is no notice {notice_id}")
        return _notice(row)


def servicers(app: NotificationsApp) -> list[rpc.Servicer]:
    return [
        rpc.Servicer(
            NotificationsServicer(app),
            stubs.add_NotificationsServiceServicer_to_server,
            "millage.notifications.v1.NotificationsService",
        ),
        printing_api.servicer(app),
        alerts_api.servicer(app),
    ]


def _notice(row: Any) -> pb.Notice:
    return pb.Notice(
        notice_id=str(row.notice_id),
        receipt_id=str(row.receipt_id or ""),
        bill_id=str(row.bill_id or ""),
        template=row.template,
        template_version=row.template_version,
        recipient=row.recipient,
        subject_line=row.subject_line,
        body=row.body,
        state=_STATES[NoticeState(row.state)],
        smtp_reply=row.smtp_reply,
        queued_at=row.queued_at.isoformat(),
        sent_at=row.sent_at.isoformat() if row.sent_at else "",
        attempts=row.attempts,
        reason=row.reason,
        postal_address=row.postal_address,
    )
