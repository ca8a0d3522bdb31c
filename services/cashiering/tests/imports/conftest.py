"""Payment files as staff send them: the imports' own service beside the counter's."""

from pathlib import Path
from typing import Any

import grpc
import pytest

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import imports_pb2 as files
from millage.cashiering.v1 import imports_pb2_grpc as stubs
from taxkit import ids, testing

LAYOUTS = Path(__file__).parents[4] / "examples" / "remittances" / "layouts"


class Files:
    """The public API of payment files."""

    def __init__(self, channel: grpc.Channel, keys: testing.Keys, counter: Any) -> None:
        self.stub = stubs.ImportsServiceStub(channel)
        self.counter = counter
        self.metadata = testing.bearer(keys.token("cashiering.*", user="night operator"))

    def prepare(self, content: bytes, layout: str, **changes: Any) -> pb.ImportRun:
        header = {
            "idempotency_key": str(ids.new_id()), "layout": layout, "file_name": "file",
            "till_code": "FILES", "business_date": "2022-12-30",
        }  # fmt: skip
        parts = [
            files.PrepareImportRequest(header=pb.ImportHeader(**(header | changes))),
            files.PrepareImportRequest(chunk=content),
        ]
        return list(self.stub.PrepareImport(iter(parts), metadata=self.metadata))[-1].run

    def validate(self, run_id: str) -> pb.ImportRun:
        return self.stub.ValidateImport(
            files.ValidateImportRequest(run_id=run_id), metadata=self.metadata
        )

    def commit(self, run_id: str) -> pb.ImportRun:
        asked = files.CommitImportRequest(run_id=run_id)
        return list(self.stub.CommitImport(asked, metadata=self.metadata))[-1].run

    def abandon(self, run_id: str, reason: str = "sent by mistake") -> pb.ImportRun:
        asked = files.AbandonImportRequest(run_id=run_id, reason=reason)
        return self.stub.AbandonImport(asked, metadata=self.metadata)

    def imported(self, content: bytes, layout: str, **changes: Any) -> pb.ImportRun:
        """All steps at once, with whatever a header may say."""
        header = {
            "idempotency_key": str(ids.new_id()), "layout": layout, "file_name": "file",
            "till_code": "FILES", "business_date": "2022-12-30",
        }  # fmt: skip
        parts = [
            pb.ImportRemittanceRequest(header=pb.ImportHeader(**(header | changes))),
            pb.ImportRemittanceRequest(chunk=content),
        ]
        sent = self.counter.stub.ImportRemittance(iter(parts), metadata=self.metadata)
        return list(sent)[-1].run

    def lines(self, run_id: str, **given: Any) -> list[pb.ImportLine]:
        found: list[pb.ImportLine] = []
        token = ""
        while True:
            asked = files.ListImportLinesRequest(run_id=run_id, page_token=token, **given)
            page = self.stub.ListImportLines(asked, metadata=self.metadata)
            found += page.lines
            token = page.next_page_token
            if not token:
                return found

    def add(
        self, document: str, effective_on: str = "2022-01-01", key: str = ""
    ) -> files.ImportLayout:
        asked = files.AddImportLayoutRequest(
            idempotency_key=key or str(ids.new_id()), document=document, effective_on=effective_on
        )
        return self.stub.AddImportLayout(asked, metadata=self.metadata)

    def add_example(self, name: str) -> files.ImportLayout:
        return self.add((LAYOUTS / f"{name}.yaml").read_text(encoding="utf-8"))

    def layouts(self, **given: Any) -> dict[str, files.ImportLayout]:
        asked = files.ListImportLayoutsRequest(**given)
        found = self.stub.ListImportLayouts(asked, metadata=self.metadata)
        return {one.name: one for one in found.layouts}


@pytest.fixture
def files_service(channel: grpc.Channel, keys: testing.Keys, counter: Any) -> Files:
    return Files(channel, keys, counter)
