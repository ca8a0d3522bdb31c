"""Payment files, their layouts and files of returned payments, asked in every wrong way."""

import importlib.util
from pathlib import Path

import pytest

from millage.cashiering.v1 import cashiering_pb2 as counter
from millage.cashiering.v1 import imports_pb2 as pb
from millage.cashiering.v1 import return_files_pb2 as returns
from taxkit.trial import Case, Suite

_spec = importlib.util.spec_from_file_location(
    "return_file", Path(__file__).parents[1] / "return_file.py"
)
writer = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(writer)
DAY = "2022-12-30"
LAYOUT = """
name: {name}
source: mail
form: delimited
fields:
  - {{name: bill_reference, at: {{position: 1}}}}
  - {{name: amount, at: {{position: 2}}}}
  - {{name: received_on, at: {{position: 3}}}}
"""


class TestImports(Suite):
    service = "millage.cashiering.v1.ImportsService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        stage.do(pb.CommitImportRequest(run_id=self._judged(stage)))  # the till is known from here
        return {**self._steps(stage), **self._layouts(stage), **self._questions(stage)}

    def _file(self, stage) -> list[pb.PrepareImportRequest]:
        header = counter.ImportHeader(
            layout="csv", file_name="file", till_code="FILES", business_date=DAY
        )
        return [
            pb.PrepareImportRequest(header=header),
            pb.PrepareImportRequest(chunk=stage.remittance()),
        ]

    def _prepared(self, stage) -> str:
        return stage.do(self._file(stage)).run.run_id

    def _judged(self, stage) -> str:
        run_id = self._prepared(stage)
        stage.do(pb.ValidateImportRequest(run_id=run_id))
        return run_id

    def _committed(self, stage) -> str:
        run_id = self._judged(stage)
        stage.do(pb.CommitImportRequest(run_id=run_id))
        return run_id

    def _steps(self, stage) -> dict[str, Case]:
        def committed_file() -> list[pb.PrepareImportRequest]:
            parts = self._file(stage)
            run_id = stage.do(parts).run.run_id
            stage.do(pb.ValidateImportRequest(run_id=run_id))
            stage.do(pb.CommitImportRequest(run_id=run_id))
            return parts

        def abandon(run_id: str) -> pb.AbandonImportRequest:
            return pb.AbandonImportRequest(run_id=run_id, reason="sent by mistake")

        return {
            "PrepareImport": Case(
                lambda: self._file(stage),
                refused_when={"FILE_ALREADY_IMPORTED": committed_file},
                on_record=frozenset({"import_runs"}),
            ),
            "ValidateImport": Case(
                lambda: pb.ValidateImportRequest(run_id=self._prepared(stage)),
                writes=True,
                refused_when={
                    "IMPORT_RUN_STATE": lambda: pb.ValidateImportRequest(
                        run_id=self._committed(stage)
                    )
                },
            ),
            "CommitImport": Case(
                lambda: pb.CommitImportRequest(run_id=self._judged(stage)),
                writes=True,
                refused_when={
                    "IMPORT_RUN_STATE": lambda: pb.CommitImportRequest(run_id=self._prepared(stage))
                },
            ),
            "AbandonImport": Case(
                lambda: abandon(self._prepared(stage)),
                writes=True,
                refused_when={"IMPORT_RUN_STATE": lambda: abandon(self._committed(stage))},
            ),
        }

    def _layouts(self, stage) -> dict[str, Case]:
        def layout() -> pb.AddImportLayoutRequest:
            document = LAYOUT.format(name=stage.name("mail"))
            return pb.AddImportLayoutRequest(document=document, effective_on="2022-01-01")

        def known() -> pb.AddImportLayoutRequest:
            asked = layout()
            stage.do(asked)
            return asked

        return {
            "AddImportLayout": Case(layout, refused_when={"LAYOUT_EXISTS": known}),
            "ListImportLayouts": Case(lambda: pb.ListImportLayoutsRequest(as_of=DAY)),
        }

    def _questions(self, stage) -> dict[str, Case]:
        run_id = self._judged(stage)
        return {
            "ListImportRuns": Case(lambda: pb.ListImportRunsRequest(business_date=DAY)),
            "ListImportLines": Case(lambda: pb.ListImportLinesRequest(run_id=run_id)),
            "ListPaymentSources": Case(lambda: pb.ListPaymentSourcesRequest(as_of=DAY)),
        }


class TestReturnFiles(Suite):
    service = "millage.cashiering.v1.ReturnFilesService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        def file() -> list[returns.ImportReturnsRequest]:
            back = writer.Back(trace=f"{int(stage.name('')):015d}", cents=100)
            content = writer.return_file([back]).encode()
            header = returns.ReturnFileHeader(file_name="returns.ach")
            return [
                returns.ImportReturnsRequest(header=header),
                returns.ImportReturnsRequest(chunk=content),
            ]

        return {
            "ImportReturns": Case(
                file,
                always_possible="a file may be sent again: what it returned is a duplicate",
            ),
            "ListReturns": Case(returns.ListReturnsRequest),
        }


def test_no_service_is_left_out(trial) -> None:
    """Every gRPC service of the process is named by a class beside this one."""
    beside = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in trial.services() if f'service = "{name}"' not in beside] == [
        "millage.ops.v1.OpsService"
    ], "asked where notifications is: it is the same everywhere"
