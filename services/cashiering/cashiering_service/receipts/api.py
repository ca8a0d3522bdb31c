"""The gRPC servicer of receipts after they were given."""

from typing import Any
from uuid import UUID

import grpc
from sqlalchemy import Connection
from typing_extensions import override

from cashiering_service import queries
from cashiering_service.answers import stored_receipt_answer
from cashiering_service.receipts import finding, print_store, printing
from cashiering_service.topic_api import CODE_MAX, NAME_MAX, NUMBER_MAX, Topic, asked
from millage.cashiering.v1 import receipts_pb2 as pb
from millage.cashiering.v1 import receipts_pb2_grpc as stubs
from taxkit import requests
from taxkit.auth import requires
from taxkit.errors import invalid, not_found
from taxkit.money import CENTS_MAX

_TEXTS = {
    "payer": NAME_MAX,
    "parcel_number": NUMBER_MAX,
    "bill_number": NUMBER_MAX,
    "reference": NUMBER_MAX,
    "posted_by": NAME_MAX,
    "source": CODE_MAX,
}


class ReceiptsServicer(Topic, stubs.ReceiptsServiceServicer):
    @override
    @requires("cashiering.read")
    def FindReceipts(
        self, request: pb.FindReceiptsRequest, context: grpc.ServicerContext
    ) -> pb.FindReceiptsResponse:
        wanted = _wanted(request)
        size = requests.page_size(request.page_size)
        token = request.page_token
        after = requests.required_id(token, "page_token") if token else UUID(int=0)

        def find(connection: Connection) -> pb.FindReceiptsResponse:
            rows = finding.page(connection, wanted, after, size + 1)
            receipt_ids = [row.receipt_id for row in rows[:size]]
            lines = queries.lines_of(connection, receipt_ids)
            tenders = queries.tenders_of(connection, receipt_ids)
            return pb.FindReceiptsResponse(
                receipts=[
                    stored_receipt_answer(row, lines[row.receipt_id], tenders[row.receipt_id])
                    for row in rows[:size]
                ],
                next_page_token=str(receipt_ids[-1]) if len(rows) > size else "",
            )

        return self._read(find)

    @override
    @requires("cashiering.read")
    def ViewReceipt(
        self, request: pb.ViewReceiptRequest, context: grpc.ServicerContext
    ) -> pb.ReceiptView:
        receipt = requests.plain_text(request.receipt, "receipt", NUMBER_MAX)
        return self._read(lambda connection: finding.view(connection, receipt))

    @override
    @requires("cashiering.print")
    def StartPrinting(
        self, request: pb.StartPrintingRequest, context: grpc.ServicerContext
    ) -> pb.PrintJob:
        days = (
            requests.required_date(request.from_on, "from_on"),
            requests.required_date(request.to_on, "to_on"),
        )
        code = requests.plain_text(request.custom_receipt, "custom_receipt", CODE_MAX)
        user = asked().user

        def start(connection: Connection) -> pb.PrintJob:
            return _job(connection, printing.start(self._app, connection, user, days, code))

        return self._once("StartPrinting", request, pb.PrintJob, start)

    @override
    @requires("cashiering.read")
    def GetPrintJob(
        self, request: pb.GetPrintJobRequest, context: grpc.ServicerContext
    ) -> pb.PrintJob:
        job_id = requests.required_id(request.job_id, "job_id")
        return self._read(lambda connection: _job(connection, job_id))

    @override
    @requires("cashiering.read")
    def ListPrintJobs(
        self, request: pb.ListPrintJobsRequest, context: grpc.ServicerContext
    ) -> pb.ListPrintJobsResponse:
        size = requests.page_size(request.page_size)
        token = request.page_token
        before = requests.required_id(token, "page_token") if token else None
        with self._app.database.begin() as connection:
            rows = print_store.jobs(connection, before, size + 1)
        return pb.ListPrintJobsResponse(
            jobs=map(_answer, rows[:size]),
            next_page_token=str(rows[size - 1].job_id) if len(rows) > size else "",
        )


def _wanted(request: pb.FindReceiptsRequest) -> dict[str, object]:
    from_on = requests.required_date(request.from_on, "from_on")
    to_on = requests.required_date(request.to_on, "to_on")
    printing.check_range(from_on, to_on)
    if not 0 <= request.total_cents <= CENTS_MAX:
        raise invalid("AMOUNT_OUT_OF_RANGE", f"from 0 to {CENTS_MAX}", "total_cents")
    texts = {
        name: requests.plain_text(getattr(request, name), name, length)
        for name, length in _TEXTS.items()
    }
    return {"from_on": from_on, "to_on": to_on, "total_cents": request.total_cents, **texts}


def _job(connection: Connection, job_id: UUID) -> pb.PrintJob:
    row = print_store.job(connection, job_id)
    if row is None:
        raise not_found("PRINT_JOB_NOT_FOUND", f"no print job {job_id}")
    found = _answer(row)
    found.sessions.extend(map(_part, print_store.parts(connection, job_id)))
    return found


def _answer(row: Any) -> pb.PrintJob:
    return pb.PrintJob(
        job_id=str(row.job_id),
        state=_state(row),
        from_on=row.from_on.isoformat(),
        to_on=row.to_on.isoformat(),
        custom_receipt=row.custom_receipt,
        asked_by=row.asked_by,
        recorded_at=row.recorded_at.isoformat(),
        parts=row.parts,
        parts_done=row.done,
        rows=row.rows,
    )


def _state(row: Any) -> pb.PrintState.ValueType:
    if row.done < row.parts:
        return pb.PRINT_STATE_RUNNING if row.done else pb.PRINT_STATE_WAITING
    return pb.PRINT_STATE_FAILED if row.failed else pb.PRINT_STATE_DONE


def _part(row: Any) -> pb.PrintPart:
    return pb.PrintPart(
        session_id=str(row.session_id),
        run_id=str(row.run_id) if row.run_id else "",
        rows=row.rows or 0,
        reason=row.reason or "",
        done_at=row.done_at.isoformat() if row.done_at else "",
    )
