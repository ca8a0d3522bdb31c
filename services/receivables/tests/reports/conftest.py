"""Receivables' reports as other programs get them, over gRPC."""

import csv
import io
import json
from typing import Any

import grpc
import pypdfium2
import pytest

from millage.reports.v1 import reports_pb2 as pb
from millage.reports.v1 import reports_pb2_grpc as stubs
from taxkit import testing
from taxkit.ids import new_id


class Reports:
    def __init__(self, channel: grpc.Channel, keys: testing.Keys) -> None:
        self._stub = stubs.ReportsServiceStub(channel)
        self._keys = keys

    def run(self, report: str, *rights: str, **parameters: str) -> pb.ReportRun:
        request = pb.RunReportRequest(
            idempotency_key=str(new_id()), report=report, parameters=parameters
        )
        return self._stub.RunReport(request, metadata=self._as(*rights))

    def refused(self, report: str, *rights: str, **parameters: str) -> grpc.RpcError:
        with pytest.raises(grpc.RpcError) as refusal:
            self.run(report, *rights, **parameters)
        return refusal.value

    def read(self, run_id: str, form: str) -> bytes:
        request = pb.ReadReportRequest(run_id=run_id, format=form)
        _, *parts = self._stub.ReadReport(request, metadata=self._as())
        return b"".join(part.content for part in parts)

    def json(self, report: str, **parameters: str) -> dict[str, Any]:
        return json.loads(self.read(self.run(report, **parameters).run_id, "json"))

    def csv(self, run_id: str) -> list[dict[str, str]]:
        text = self.read(run_id, "csv").decode()
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def paper(self, run_id: str) -> str:
        with pypdfium2.PdfDocument(self.read(run_id, "pdf")) as document:
            return "\n".join(page.get_textpage().get_text_bounded() for page in document)

    def _as(self, *rights: str) -> tuple[tuple[str, str], ...]:
        return testing.bearer(self._keys.token(*(rights or ("receivables.report",)), user="clerk"))


@pytest.fixture
def reports(channel: grpc.Channel, keys: testing.Keys) -> Reports:
    return Reports(channel, keys)
