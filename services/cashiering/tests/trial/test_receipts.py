"""Receipts after they were given, each method asked in every wrong way."""

import pytest

from millage.cashiering.v1 import receipts_pb2 as pb
from taxkit.trial import Case, Suite

DAYS = {"from_on": "2022-12-01", "to_on": "2022-12-31"}


class TestReceipts(Suite):
    service = "millage.cashiering.v1.ReceiptsService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        def printing(**changes: str) -> pb.StartPrintingRequest:
            return pb.StartPrintingRequest(**{**DAYS, **changes})

        def nothing() -> pb.StartPrintingRequest:
            return pb.StartPrintingRequest(from_on="2021-01-01", to_on="2021-01-02")

        receipt = stage.receipt_of_closed()
        job = stage.do(printing())
        return {
            "FindReceipts": Case(lambda: pb.FindReceiptsRequest(**DAYS, payer="Imogen")),
            "ViewReceipt": Case(lambda: pb.ViewReceiptRequest(receipt=receipt.receipt_number)),
            "StartPrinting": Case(
                lambda: printing(custom_receipt="proof-of-payment"),
                refused_when={"NOTHING_TO_PRINT": nothing},
            ),
            "GetPrintJob": Case(lambda: pb.GetPrintJobRequest(job_id=job.job_id)),
            "ListPrintJobs": Case(pb.ListPrintJobsRequest),
        }
