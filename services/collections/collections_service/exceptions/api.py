"""gRPC servicer of exceptions: translate, call, translate back."""

from typing import Any

import grpc
from sqlalchemy import Connection
from typing_extensions import override

from collections_service.bootstrap import CollectionsApp
from collections_service.domain.exceptional import ExceptionKind, ExceptionState
from collections_service.exceptions import store
from millage.collections.v1 import exceptions_pb2 as pb
from millage.collections.v1 import exceptions_pb2_grpc as stubs
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires
from taxkit.errors import conflict, invalid, not_found

_NUMBER_MAX = 60
_NOTE_MAX = 500


class ExceptionServicer(stubs.ExceptionServiceServicer):
    def __init__(self, app: CollectionsApp) -> None:
        self._app = app

    @requires("collections.read")
    @override
    def ListExceptions(
        self, request: pb.ListExceptionsRequest, context: grpc.ServicerContext
    ) -> pb.ListExceptionsResponse:
        if request.kind and request.kind not in list(ExceptionKind):
            words = ", ".join(ExceptionKind)
            raise invalid("EXCEPTION_KIND_UNKNOWN", f"one of {words}", "kind")
        state = request.state or ExceptionState.OPEN.value
        if state not in list(ExceptionState):
            words = ", ".join(ExceptionState)
            raise invalid("EXCEPTION_STATE_UNKNOWN", f"one of {words}", "state")
        parcel = requests.plain_text(request.parcel_number, "parcel_number", _NUMBER_MAX)
        size = requests.page_size(request.page_size)
        after = requests.id_after(request.page_token)
        with self._app.database.begin() as connection:
            rows = store.listed(connection, request.kind, state, parcel, (after, size + 1))
        more = str(rows[size - 1].exception_id) if len(rows) > size else ""
        return pb.ListExceptionsResponse(
            exceptions=map(_exception, rows[:size]), next_page_token=more
        )

    @requires("collections.exception")
    @override
    def SettleException(
        self, request: pb.SettleExceptionRequest, context: grpc.ServicerContext
    ) -> pb.CollectionsException:
        exception_id = requests.required_id(request.exception_id, "exception_id")
        note = requests.required_text(request.note, "note", _NOTE_MAX)
        user = rpc.caller().user

        def run(connection: Connection) -> pb.CollectionsException:
            if (found := store.one(connection, exception_id)) is None:
                raise not_found("EXCEPTION_NOT_FOUND", f"no exception {exception_id}")
            if store.end(connection, exception_id, note, user, self._app.clock.now()) is None:
                by = found.settled_by or "somebody"
                raise conflict("EXCEPTION_SETTLED", f"{by} settled it already")
            return _exception(store.one(connection, exception_id))

        return idempotency.in_transaction(
            self._app.database, "SettleException", request, pb.CollectionsException, run
        )


def _exception(row: Any) -> pb.CollectionsException:
    return pb.CollectionsException(
        exception_id=str(row.exception_id),
        kind=row.kind,
        state=row.state,
        parcel_number=row.parcel_number,
        bill_id=str(row.bill_id or ""),
        reason=row.reason,
        message=row.message,
        amount_cents=row.amount_cents,
        receipt_id=str(row.receipt_id or ""),
        told_at=row.told_at.isoformat(),
        note=row.note,
        settled_by=row.settled_by,
    )


def servicer(app: CollectionsApp) -> rpc.Servicer:
    return rpc.Servicer(
        ExceptionServicer(app),
        stubs.add_ExceptionServiceServicer_to_server,
        "millage.collections.v1.ExceptionService",
    )
