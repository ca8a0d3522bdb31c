"""Receipts after they were given, as staff look them up and print them."""

import json
from typing import Any

import pytest

from cashiering_service.receipts.printing import print_waiting
from cashiering_service.reports.printed import printing_desk
from millage.cashiering.v1 import receipts_pb2 as pb
from millage.cashiering.v1 import receipts_pb2_grpc as stubs
from millage.reports.v1 import reports_pb2, reports_pb2_grpc


class Receipts:
    def __init__(self, app: Any, channel: Any, counter: Any) -> None:
        self.stub = stubs.ReceiptsServiceStub(channel)
        self.reports = reports_pb2_grpc.ReportsServiceStub(channel)
        self.app, self.counter = app, counter

    def find(self, **wanted: Any) -> list[str]:
        """Numbers of the receipts found, in the days of the test unless others are named."""
        given = {"from_on": "2022-12-01", "to_on": "2022-12-31", **wanted}
        request = pb.FindReceiptsRequest(**given)
        answer = self.stub.FindReceipts(request, metadata=self.counter.metadata)
        return [one.receipt_number for one in answer.receipts]

    def view(self, receipt: str) -> pb.ReceiptView:
        request = pb.ViewReceiptRequest(receipt=receipt)
        return self.stub.ViewReceipt(request, metadata=self.counter.metadata)

    def start(self, *, key: str = "", metadata: Any = None, **asked: Any) -> pb.PrintJob:
        given = {"from_on": "2022-12-01", "to_on": "2022-12-31", **asked}
        request = pb.StartPrintingRequest(idempotency_key=key or self.counter.key(), **given)
        return self.stub.StartPrinting(request, metadata=metadata or self.counter.metadata)

    def job(self, job_id: str) -> pb.PrintJob:
        request = pb.GetPrintJobRequest(job_id=job_id)
        return self.stub.GetPrintJob(request, metadata=self.counter.metadata)

    def print_waiting(self) -> None:
        """What the worker's timer does."""
        print_waiting(self.app, printing_desk(self.app))

    def run(self, report: str, **parameters: str) -> reports_pb2.ReportRun:
        request = reports_pb2.RunReportRequest(
            idempotency_key=self.counter.key(), report=report, parameters=parameters
        )
        return self.reports.RunReport(request, metadata=self.counter.metadata)

    def read(self, run_id: str, form: str = "json") -> bytes:
        request = reports_pb2.ReadReportRequest(run_id=run_id, format=form)
        parts = self.reports.ReadReport(request, metadata=self.counter.metadata)
        return b"".join(part.content for part in parts)

    def rows(self, report: str, **parameters: str) -> list[dict[str, Any]]:
        return self.read_rows(self.run(report, **parameters).run_id)

    def read_rows(self, run_id: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(self.read(run_id))["rows"]
        return rows


@pytest.fixture
def receipts(app: Any, channel: Any, counter: Any) -> Receipts:
    return Receipts(app, channel, counter)
