"""The servicer of payment files: their three steps, their lines, their layouts."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import grpc

from cashiering_service.bootstrap import CashieringApp
from cashiering_service.commands import Asked
from cashiering_service.imports import layouts as import_layouts
from cashiering_service.imports import posting as import_posting
from cashiering_service.imports import runs as imports
from cashiering_service.imports import steps as import_steps
from cashiering_service.imports import store as import_store
from cashiering_service.imports import told as import_told
from cashiering_service.quotes import Quotes
from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import imports_pb2 as files
from millage.cashiering.v1 import imports_pb2_grpc as stubs
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid, not_found
from taxkit.ids import parse_id

_NAME_MAX = 40
_REASON_MAX = 500
_OUTCOMES = {
    "": "",
    "posted": "post",
    "suspense": "suspense",
    "rejected": "rejected",
    "duplicate": "duplicate",
}


class ImportsServicer(stubs.ImportsServiceServicer):
    def __init__(self, app: CashieringApp, quotes: Quotes) -> None:
        self._app = app
        self._quotes = quotes

    @requires("cashiering.import")
    def PrepareImport(
        self, request_iterator: Iterator[files.PrepareImportRequest], context: grpc.ServicerContext
    ) -> Iterator[pb.ImportProgress]:
        return imports.prepare(self._app, _asked(), request_iterator)

    @requires("cashiering.import")
    def ValidateImport(
        self, request: files.ValidateImportRequest, context: grpc.ServicerContext
    ) -> pb.ImportRun:
        run_id = requests.required_id(request.run_id, "run_id")
        asked = replace(_asked(), ask_due=self._quotes.asker(context))
        return self._app.database.run(
            lambda connection: import_steps.validate(self._app, connection, asked, run_id)
        )

    @requires("cashiering.import")
    def CommitImport(
        self, request: files.CommitImportRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.ImportProgress]:
        run_id = requests.required_id(request.run_id, "run_id")
        asked = replace(_asked(), ask_due=self._quotes.asker(context))
        return import_posting.start_and_commit(self._app, asked, run_id)

    @requires("cashiering.import")
    def AbandonImport(
        self, request: files.AbandonImportRequest, context: grpc.ServicerContext
    ) -> pb.ImportRun:
        run_id = requests.required_id(request.run_id, "run_id")
        reason = requests.plain_text(request.reason, "reason", _REASON_MAX)
        asked = _asked()
        return self._app.database.run(
            lambda connection: import_steps.abandon(self._app, connection, asked, run_id, reason)
        )

    @requires("cashiering.read")
    def ListImportRuns(
        self, request: files.ListImportRunsRequest, context: grpc.ServicerContext
    ) -> files.ListImportRunsResponse:
        size = requests.page_size(request.page_size)
        day = requests.optional_date(request.business_date, "business_date")
        before = _run_before(request.page_token)
        with self._app.database.begin() as connection:
            found = import_store.runs_page(connection, day, before, size + 1)
            states = [import_told.run_state(connection, one) for one in found[:size]]
        runs = [one for one in states if one is not None]
        for one in runs:
            del one.lines[:]
        return files.ListImportRunsResponse(
            runs=runs, next_page_token=runs[-1].run_id if len(found) > size else ""
        )

    @requires("cashiering.read")
    def ListImportLines(
        self, request: files.ListImportLinesRequest, context: grpc.ServicerContext
    ) -> files.ListImportLinesResponse:
        run_id = requests.required_id(request.run_id, "run_id")
        size = requests.page_size(request.page_size)
        if request.outcome not in _OUTCOMES:
            raise invalid(
                "OUTCOME_UNKNOWN", f"one of {', '.join(filter(None, _OUTCOMES))}", "outcome"
            )
        after = requests.place_after(request.page_token)
        with self._app.database.begin() as connection:
            run = import_store.run(connection, run_id)
            if run is None:
                raise not_found("IMPORT_RUN_NOT_FOUND", f"no import run {run_id}")
            rows = import_store.lines_page(
                connection,
                run_id,
                _OUTCOMES[request.outcome],
                after,
                size + 1,
                unpaid=request.unpaid_only,
            )
        return files.ListImportLinesResponse(
            lines=[import_told.line_answer(row, run.state) for row in rows[:size]],
            next_page_token=str(rows[size - 1].line_number) if len(rows) > size else "",
        )

    @requires("cashiering.layouts")
    def AddImportLayout(
        self, request: files.AddImportLayoutRequest, context: grpc.ServicerContext
    ) -> files.ImportLayout:
        effective_on = requests.required_date(request.effective_on, "effective_on")
        asked = _asked()
        return idempotency.in_transaction(
            self._app.database,
            "AddImportLayout",
            request,
            files.ImportLayout,
            lambda connection: import_layouts.add(
                self._app, connection, asked, request.document, effective_on
            ),
        )

    @requires("cashiering.read")
    def ListImportLayouts(
        self, request: files.ListImportLayoutsRequest, context: grpc.ServicerContext
    ) -> files.ListImportLayoutsResponse:
        name = requests.plain_text(request.name, "name", _NAME_MAX)
        day = requests.optional_date(request.as_of, "as_of") or self._app.clock.today()
        with self._app.database.begin() as connection:
            return import_layouts.listed(connection, name, day)

    @requires("cashiering.read")
    def ListPaymentSources(
        self, request: files.ListPaymentSourcesRequest, context: grpc.ServicerContext
    ) -> files.ListPaymentSourcesResponse:
        day = requests.optional_date(request.as_of, "as_of") or self._app.clock.today()
        return files.ListPaymentSourcesResponse(
            sources=[
                files.PaymentSource(
                    code=one.code, name=one.name, capture=one.capture, unmatched=one.unmatched
                )
                for one in self._app.law.payment_sources(day).values()
            ]
        )


def _run_before(token: str) -> UUID | None:
    found = parse_id(token) if token else None
    if token and found is None:
        raise requests.bad_page_token()
    return found


def _asked() -> Asked:
    caller = rpc.caller()
    return Asked(caller.user, rpc.traceparent(), caller.may("cashiering.till.manage"))


def imports_servicer(app: CashieringApp, quotes: Quotes) -> rpc.Servicer:
    return rpc.Servicer(
        ImportsServicer(app, quotes),
        stubs.add_ImportsServiceServicer_to_server,
        "millage.cashiering.v1.ImportsService",
    )
