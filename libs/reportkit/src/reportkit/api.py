"""The gRPC servicer of a service's reports, under the service's own right."""

import functools
from collections.abc import Callable, Iterator
from typing import Any, Final

import grpc

from millage.reports.v1 import reports_pb2 as pb
from millage.reports.v1 import reports_pb2_grpc as stubs
from reportkit.desk import ReportDesk, Run
from reportkit.shape import Report
from taxkit import idempotency, requests, rpc
from taxkit.app import App
from taxkit.auth import requires

_METHODS: Final = ("ListReports", "RunReport", "ListRuns", "ReadReport")
_NAME_MAX: Final = 200


class ReportsServicer(stubs.ReportsServiceServicer):
    """What a desk is asked; `reports_servicer` puts each method under a right."""

    def __init__(self, app: App, desk: ReportDesk) -> None:
        self._app = app
        self._desk = desk

    def ListReports(
        self, request: pb.ListReportsRequest, context: grpc.ServicerContext
    ) -> pb.ListReportsResponse:
        return pb.ListReportsResponse(reports=map(_report, self._desk.reports.values()))

    def RunReport(
        self, request: pb.RunReportRequest, context: grpc.ServicerContext
    ) -> pb.ReportRun:
        asked_by = rpc.caller().user
        with self._app.database.begin() as connection:
            return idempotency.once(
                connection,
                "RunReport",
                request.idempotency_key,
                request,
                pb.ReportRun,
                lambda: _run(
                    self._desk.run(connection, request.report, request.parameters, asked_by)
                ),
            )

    def ListRuns(
        self, request: pb.ListRunsRequest, context: grpc.ServicerContext
    ) -> pb.ListRunsResponse:
        token = request.page_token
        before = requests.required_id(token, "page_token") if token else None
        size = requests.page_size(request.page_size)
        report = requests.plain_text(request.report, "report", _NAME_MAX)
        runs = self._desk.runs(report, before, size + 1)
        more = str(runs[size - 1].row.run_id) if len(runs) > size else ""
        return pb.ListRunsResponse(runs=map(_run, runs[:size]), next_page_token=more)

    def ReadReport(
        self, request: pb.ReadReportRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.ReportPart]:
        run = self._desk.find(requests.required_id(request.run_id, "run_id"))
        with self._desk.written(run, request.format) as pieces:
            yield pb.ReportPart(run=_run(run))
            for piece in pieces:
                yield pb.ReportPart(content=piece)


def reports_servicer(app: App, desk: ReportDesk, right: str) -> rpc.Servicer:
    """Serve a desk; whoever may run a report may read it, and needs this right."""
    methods = {name: _under(right, getattr(ReportsServicer, name)) for name in _METHODS}
    served = type("Reports", (ReportsServicer,), methods)
    return rpc.Servicer(
        served(app, desk),
        stubs.add_ReportsServiceServicer_to_server,
        "millage.reports.v1.ReportsService",
    )


def _under(right: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """A copy of a method: two services may serve theirs under different rights in one process."""

    @requires(right)
    @functools.wraps(method)
    def call(self: ReportsServicer, request: Any, context: grpc.ServicerContext) -> Any:
        return method(self, request, context)

    return call


def _report(report: Report) -> pb.Report:
    return pb.Report(
        name=report.name,
        title=report.title,
        parameters=[
            pb.Parameter(
                name=each.name, heading=each.heading, kind=each.kind.value, required=each.required
            )
            for each in report.parameters
        ],
    )


def _run(run: Run) -> pb.ReportRun:
    row = run.row
    return pb.ReportRun(
        run_id=str(row.run_id),
        report=row.report,
        title=run.report.title,
        parameters={
            name: str(value) for name, value in row.parameters.items() if value is not None
        },
        watermark=row.watermark,
        row_count=row.row_count,
        rows_sha256=row.rows_sha256.hex(),
        totals=row.totals,
        asked_by=row.asked_by,
        recorded_at=row.recorded_at.isoformat(),
    )
