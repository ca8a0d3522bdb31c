"""The servicer of files of returned payments."""

from collections.abc import Iterator

import grpc

from cashiering_service.bootstrap import CashieringApp
from cashiering_service.commands import Asked
from cashiering_service.returns import files as return_files
from cashiering_service.returns import store as return_file_store
from millage.cashiering.v1 import return_files_pb2 as pb
from millage.cashiering.v1 import return_files_pb2_grpc as stubs
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid

_OUTCOMES = ("", "matched", "unmatched", "duplicate", "change")


class ReturnFilesServicer(stubs.ReturnFilesServiceServicer):
    def __init__(self, app: CashieringApp) -> None:
        self._app = app

    @requires("cashiering.import")
    def ImportReturns(
        self, request_iterator: Iterator[pb.ImportReturnsRequest], context: grpc.ServicerContext
    ) -> pb.ReturnFile:
        caller = rpc.caller()
        asked = Asked(caller.user, rpc.traceparent())
        return return_files.take(self._app, asked, request_iterator)

    @requires("cashiering.read")
    def ListReturns(
        self, request: pb.ListReturnsRequest, context: grpc.ServicerContext
    ) -> pb.ListReturnsResponse:
        size = requests.page_size(request.page_size)
        file_id = requests.required_id(request.file_id, "file_id") if request.file_id else None
        if request.outcome not in _OUTCOMES:
            raise invalid("OUTCOME_UNKNOWN", f"one of {', '.join(_OUTCOMES[1:])}", "outcome")
        after = requests.id_after(request.page_token)
        with self._app.database.begin() as connection:
            rows = return_file_store.page(connection, file_id, request.outcome, after, size + 1)
        return pb.ListReturnsResponse(
            returns=[return_files.return_answer(row) for row in rows[:size]],
            next_page_token=str(rows[size - 1].return_id) if len(rows) > size else "",
        )


def return_files_servicer(app: CashieringApp) -> rpc.Servicer:
    return rpc.Servicer(
        ReturnFilesServicer(app),
        stubs.add_ReturnFilesServiceServicer_to_server,
        "millage.cashiering.v1.ReturnFilesService",
    )
