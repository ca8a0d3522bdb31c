"""The counter's methods, each asked in every wrong way."""

import pytest

from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit.trial import Case, Suite

DAY = "2022-12-15"


class TestCounter(Suite):
    service = "millage.cashiering.v1.CashieringService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        return {**self._sessions(stage), **self._receipts(stage), **self._questions(stage)}

    def _sessions(self, stage) -> dict[str, Case]:
        def opened(**given) -> pb.OpenSessionRequest:
            return pb.OpenSessionRequest(
                **{"till_code": stage.name("T"), "business_date": DAY, **given}
            )

        def busy() -> pb.OpenSessionRequest:
            code = stage.name("T")
            stage.do(opened(till_code=code))
            return opened(till_code=code)

        def closing(session_id: str) -> pb.CloseSessionRequest:
            counts = [pb.TenderCount(tender_type=pb.TENDER_TYPE_CASH, counted_cents=0)]
            return pb.CloseSessionRequest(session_id=session_id, counts=counts)

        return {
            "OpenSession": Case(opened, refused_when={"SESSION_ALREADY_OPEN": busy}),
            "CloseSession": Case(
                lambda: closing(stage.session()),
                refused_when={"SESSION_CLOSED": lambda: closing(stage.closed())},
            ),
        }

    def _receipts(self, stage) -> dict[str, Case]:
        def reversal(receipt) -> pb.ReversePaymentRequest:
            return pb.ReversePaymentRequest(receipt_id=receipt.receipt_id, reason="wrong parcel")

        def file() -> list[pb.ImportRemittanceRequest]:
            header = pb.ImportHeader(
                layout="csv", file_name="file", till_code="FILES", business_date="2022-12-30"
            )
            return [
                pb.ImportRemittanceRequest(header=header),
                pb.ImportRemittanceRequest(chunk=stage.remittance()),
            ]

        stage.do(file())  # the till of files is known from here on
        return {
            "PostPayment": Case(
                lambda: stage.order(stage.open_session),
                refused_when={
                    "SESSION_CLOSED": lambda: stage.order(stage.closed()),
                    "BILL_VERSION_MISMATCH": lambda: stage.order(
                        stage.session(), lines=[stage.line(version=2)]
                    ),
                },
            ),
            "ReversePayment": Case(
                lambda: reversal(stage.receipt()),
                refused_when={
                    "RECEIPT_REVERSED": lambda: stage.done(reversal(stage.receipt())),
                    "RECEIPT_OF_CLOSED_SESSION": lambda: reversal(stage.receipt_of_closed()),
                },
            ),
            "ImportRemittance": Case(
                file,
                refused_when={"FILE_ALREADY_IMPORTED": lambda: stage.done(file())},
                on_record=frozenset({"import_runs"}),
            ),
        }

    def _questions(self, stage) -> dict[str, Case]:
        session_id = stage.session()
        receipt = stage.receipt(session_id)
        run_id = "00000000-0000-7000-8000-000000000001"
        return {
            "GetSession": Case(lambda: pb.GetSessionRequest(session_id=session_id)),
            "Quote": Case(lambda: pb.QuoteRequest(bill_ids=[stage.bill_id], as_of=DAY)),
            "GetReceipt": Case(lambda: pb.GetReceiptRequest(receipt=receipt.receipt_number)),
            "ListReceipts": Case(lambda: pb.ListReceiptsRequest(session_id=session_id)),
            "GetImportRun": Case(
                lambda: pb.GetImportRunRequest(run_id=run_id), unanswered="IMPORT_RUN_NOT_FOUND"
            ),
            "GetTotals": Case(lambda: pb.GetTotalsRequest(business_date=DAY)),
        }
