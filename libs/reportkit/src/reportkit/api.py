"""The gRPC servicer of a service's reports, under the service's own right."""

from collections.abc import Iterator

import grpc

from millage.reports.v1 import reports_pb2 as pb
from millage.reports.v1 import reports_pb2_grpc as stubs
from reportkit.desk import ReportDesk, Run
from reportkit.shape import Report
from taxkit import idempotency, requests, rpc
from taxkit.app import App
from taxkit.auth import requires


def reports_servicer(app: App, desk: ReportDesk, right: str) -> rpc.Servicer:
    """Serve a desk; whoever may run a report may read it, and needs this right."""

    class Reports(stubs.ReportsServiceServicer):
        @requires(right)
        def ListReports(
            self, request: pb.ListReportsRequest, context: grpc.ServicerContext
        ) -> pb.ListReportsResponse:
            return pb.ListReportsResponse(reports=map(_report, desk.reports.values()))

        @requires(right)
        def RunReport(
            self, request: pb.RunReportRequest, context: grpc.ServicerContext
        ) -> pb.ReportRun:
            asked_by = rpc.caller().user
            with app.database.begin() as connection:
                return idempotency.once(
                    connection,
                    "RunReport",
                    request.idempotency_key,
                    request,
                    pb.ReportRun,
                    lambda: _run(
                        desk.run(connection, request.report, request.parameters, asked_by)
                    ),
                )

        @requires(right)
        def ListRuns(
            self, request: pb.ListRunsRequest, context: grpc.ServicerContext
        ) -> pb.ListRunsResponse:
            token = request.page_token
            before = requests.required_id(token, "page_token") if token else None
            size = requests.page_size(request.page_size)
            report = requests.plain_text(request.report, "report", 200)
            runs = desk.runs(report, before, size + 1)
            more = str(runs[size - 1].row.run_id) if len(runs) > size else ""
            return pb.ListRunsResponse(runs=map(_run, runs[:size]), next_page_token=more)

        @requires(right)
        def ReadReport(
            self, request: pb.ReadReportRequest, context: grpc.ServicerContext
        ) -> Iterator[pb.ReportPart]:
            run = desk.find(requests.required_id(request.run_id, "run_id"))
            with desk.written(run, request.format) as pieces:
                yield pb.ReportPart(run=_run(run))
                for piece in pieces:
                    yield pb.ReportPart(content=piece)

    return rpc.Servicer(
        Reports(), stubs.add_ReportsServiceServicer_to_server, "millage.reports.v1.ReportsService"
    )


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
