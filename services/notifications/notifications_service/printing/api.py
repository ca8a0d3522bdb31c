"""gRPC servicer of letters on paper: translate, call, translate back."""

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from typing import Any
from uuid import UUID

import grpc
from sqlalchemy import Connection
from typing_extensions import override

from millage.notifications.v1 import printing_pb2 as pb
from millage.notifications.v1 import printing_pb2_grpc as stubs
from notifications_service import store as notices
from notifications_service.bootstrap import NotificationsApp
from notifications_service.printing import commands, store
from reportkit.letterpaper import PrintedLetter, write_letters
from taxkit import idempotency, outbox, requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid, not_found

_BATCH_MAX = 1000
_TEMPLATE_MAX = 60
_PIECE = 64 * 1024


class PrintServicer(stubs.PrintServiceServicer):
    def __init__(self, app: NotificationsApp) -> None:
        self._app = app

    @requires("notifications.print")
    @override
    def StartPrint(
        self, request: pb.StartPrintRequest, context: grpc.ServicerContext
    ) -> pb.PrintBatch:
        template = requests.plain_text(request.template, "template", _TEMPLATE_MAX)
        if not 0 <= request.limit <= _BATCH_MAX:
            raise invalid("LIMIT_INVALID", f"at most {_BATCH_MAX} letters a batch", "limit")
        wanted, user = (template, request.limit or _BATCH_MAX), rpc.caller().user

        def run(connection: Connection) -> pb.PrintBatch:
            row = commands.start(self._app, connection, wanted, user, failed_too=request.failed_too)
            begun = _batch(row)
            begun.unset.extend(self._unset(store.letters(connection, row.batch_id)))
            return begun

        return idempotency.in_transaction(
            self._app.database, "StartPrint", request, pb.PrintBatch, run
        )

    @requires("notifications.print")
    @override
    def ConfirmPrint(
        self, request: pb.ConfirmPrintRequest, context: grpc.ServicerContext
    ) -> pb.PrintBatch:
        return self._end("ConfirmPrint", request, commands.PRINTED)

    @requires("notifications.print")
    @override
    def DiscardPrint(
        self, request: pb.DiscardPrintRequest, context: grpc.ServicerContext
    ) -> pb.PrintBatch:
        return self._end("DiscardPrint", request, commands.DISCARDED)

    @requires("notifications.read")
    @override
    def ListPrints(
        self, request: pb.ListPrintsRequest, context: grpc.ServicerContext
    ) -> pb.ListPrintsResponse:
        size, token = requests.page_size(request.page_size), request.page_token
        before = requests.id_after(token) if token else None
        with self._app.database.begin() as connection:
            rows = store.batches(connection, before, size + 1)
        more = str(rows[size - 1].batch_id) if len(rows) > size else ""
        return pb.ListPrintsResponse(batches=map(_batch, rows[:size]), next_page_token=more)

    @requires("notifications.print")
    @override
    def ReadPrint(
        self, request: pb.ReadPrintRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.PrintPart]:
        batch_id = requests.required_id(request.batch_id, "batch_id")
        with self._app.database.begin() as connection:
            commands.found_batch(connection, batch_id)
            rows = store.letters(connection, batch_id)
        yield from self._written(rows)

    @requires("notifications.read")
    @override
    def ReadLetter(
        self, request: pb.ReadLetterRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.PrintPart]:
        notice_id = requests.required_id(request.notice_id, "notice_id")
        with self._app.database.begin() as connection:
            row = notices.notice(connection, notice_id)
        if row is None:
            raise not_found("NOTICE_NOT_FOUND", f"there is no notice {notice_id}")
        yield from self._written([row])

    def _end(
        self, method: str, request: pb.ConfirmPrintRequest | pb.DiscardPrintRequest, outcome: str
    ) -> pb.PrintBatch:
        batch_id: UUID = requests.required_id(request.batch_id, "batch_id")
        user = rpc.caller().user

        def run(connection: Connection) -> pb.PrintBatch:
            row, told = commands.end(self._app, connection, batch_id, outcome, user)
            outbox.store(connection, self._app.settings.county, told)
            return _batch(row)

        once: Callable[..., pb.PrintBatch] = idempotency.in_transaction
        return once(self._app.database, method, request, pb.PrintBatch, run)

    def _written(self, rows: Sequence[Any]) -> Iterator[pb.PrintPart]:
        out, county = BytesIO(), f"{self._app.settings.county.title()} County"
        write_letters(out, county, (self._letter(row) for row in rows))
        content = out.getvalue()
        for start in range(0, len(content), _PIECE):
            yield pb.PrintPart(content=content[start : start + _PIECE])

    def _unset(self, rows: Sequence[Any]) -> Iterator[pb.UnsetLetter]:
        for row in rows:
            if missing := self._letter(row).unset:
                yield pb.UnsetLetter(
                    notice_id=str(row.notice_id),
                    recipient_name=row.recipient_name,
                    characters=missing,
                )

    def _letter(self, row: Any) -> PrintedLetter:
        day = self._app.clock.date_of(row.queued_at)
        return PrintedLetter(
            reference=str(row.notice_id),
            dated=f"{day:%B} {day.day}, {day.year}",
            address=(row.recipient_name, *row.postal_address.splitlines()),
            subject=row.subject_line,
            body=row.body,
        )


def _batch(row: Any) -> pb.PrintBatch:
    return pb.PrintBatch(
        batch_id=str(row.batch_id),
        template=row.template,
        letter_count=row.letters,
        state=row.outcome or "open",
        asked_by=row.asked_by,
        ended_by=row.ended_by or "",
        ended_on=row.ended_on.isoformat() if row.ended_on else "",
    )


def servicer(app: NotificationsApp) -> rpc.Servicer:
    return rpc.Servicer(
        PrintServicer(app),
        stubs.add_PrintServiceServicer_to_server,
        "millage.notifications.v1.PrintService",
    )
