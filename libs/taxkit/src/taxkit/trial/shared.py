"""Cases of the services that every process serves alike: operations, and reports."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from millage.ops.v1 import ops_pb2 as ops
from millage.reports.v1 import reports_pb2 as reports
from taxkit import ids, parking
from taxkit.app import App
from taxkit.trial.cases import Case

# The same code in every process: tried where notifications is.
TRIED_ONCE = {"millage.ops.v1.OpsService"}


def ops_cases(app: App) -> dict[str, Case]:
    """Operations on messages that are parked, or were settled already."""

    def parked(*, settled: bool = False) -> str:
        body, queue = json.dumps({"id": str(ids.new_id())}), f"events--{app.service}.handler"
        with app.database.begin() as connection:
            parking.park(connection, [parking.ToPark(queue, body, "SPOILED", "unreadable")])
            parked_id: UUID = connection.exec_driver_sql(
                "select parked_id from parked_messages order by parked_id desc limit 1"
            ).scalar_one()
            if settled:
                parking.discard(connection, parked_id, "somebody", "seen to")
        return str(parked_id)

    def settle(request: Any) -> Case:
        def asked(*, settled: bool = False) -> Any:
            return request(
                idempotency_key=str(ids.new_id()),
                parked_id=parked(settled=settled),
                reason="seen to",
            )

        return Case(asked, refused_when={"PARKED_SETTLED": lambda: asked(settled=True)})

    return {
        "ListParked": Case(ops.ListParkedRequest),
        "GetParked": Case(lambda: ops.GetParkedRequest(parked_id=parked())),
        "ReplayParked": settle(ops.ReplayParkedRequest),
        "DiscardParked": settle(ops.DiscardParkedRequest),
        "GetLag": Case(ops.GetLagRequest, unanswered="BROKER_AWAY"),
        "VerifyAudit": Case(ops.VerifyAuditRequest),
        "GetTrace": Case(lambda: ops.GetTraceRequest(trace_id="0" * 31 + "1")),
    }


def report_cases(
    run: Callable[[reports.RunReportRequest], reports.ReportRun],
    report: str,
    parameters: Mapping[str, str],
) -> dict[str, Case]:
    """A service's reports, by one of them that can be run at any time."""

    def asked() -> reports.RunReportRequest:
        return reports.RunReportRequest(
            idempotency_key=str(ids.new_id()), report=report, parameters=parameters
        )

    def read() -> reports.ReadReportRequest:
        return reports.ReadReportRequest(run_id=run(asked()).run_id, format="csv")

    return {
        "ListReports": Case(reports.ListReportsRequest),
        "RunReport": Case(asked, always_possible="a report is run on whatever is committed"),
        "ListRuns": Case(lambda: reports.ListRunsRequest(report=report)),
        "ReadReport": Case(read),
    }
