"""gRPC servicer of payment files' exceptions: translate, call, translate back."""

from uuid import UUID

import grpc
from sqlalchemy import Connection
from typing_extensions import override

from millage.receivables.v1 import import_exceptions_pb2 as pb
from millage.receivables.v1 import import_exceptions_pb2_grpc as stubs
from receivables_service.asking import asked_because, run_once
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.held import import_exceptions
from receivables_service.held.import_exceptions import LISTED_MAX, STATES, Found
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid


class ImportExceptionsServicer(stubs.ImportExceptionsServiceServicer):
    def __init__(self, app: ReceivablesApp) -> None:
        self._app = app

    @requires("receivables.read")
    @override
    def ListImportExceptions(
        self, request: pb.ListImportExceptionsRequest, context: grpc.ServicerContext
    ) -> pb.ListImportExceptionsResponse:
        run_id = requests.required_id(request.run_id, "run_id") if request.run_id else None
        state = request.state or STATES[0]
        if state not in STATES:
            raise invalid("STATE_INVALID", f"{state[:20]!r}: {', '.join(STATES)}", "state")
        with self._app.database.begin() as connection:
            found = import_exceptions.listed(connection, run_id, state)
        return pb.ListImportExceptionsResponse(
            exceptions=map(told, found[:LISTED_MAX]), more=len(found) > LISTED_MAX
        )

    @requires("receivables.surplus")
    @override
    def SettleImportException(
        self, request: pb.SettleImportExceptionRequest, context: grpc.ServicerContext
    ) -> pb.ImportException:
        exception_id = requests.required_id(request.exception_id, "exception_id")
        asked = asked_because(request.note, "note")
        return run_once(
            self._app, "SettleImportException", request, pb.ImportException,
            lambda work: told(import_exceptions.settle(work, exception_id, asked)),
        )  # fmt: skip


def told(found: Found) -> pb.ImportException:
    return pb.ImportException(
        exception_id=str(found.exception_id),
        run_id=str(found.run_id),
        line_number=found.line_number,
        outcome=found.outcome,
        reason=found.reason,
        message=found.message,
        parcel_number=found.parcel_number,
        amount_cents=found.amount_cents,
        receipt_id=str(found.receipt_id or ""),
        surplus_item_id=str(found.item_id or ""),
        open_cents=found.open_cents,
        state=found.state,
        told_at=found.told_at.isoformat(),
        note=found.note,
        settled_by=found.settled_by,
    )


def of_receipt(connection: Connection, receipt_id: UUID) -> pb.ImportException | None:
    """The line of a file whose money a receipt holds; none where it came another way."""
    found = import_exceptions.of_receipt(connection, receipt_id)
    return told(found) if found else None


def servicer(app: ReceivablesApp) -> rpc.Servicer:
    return rpc.Servicer(
        ImportExceptionsServicer(app),
        stubs.add_ImportExceptionsServiceServicer_to_server,
        "millage.receivables.v1.ImportExceptionsService",
    )
