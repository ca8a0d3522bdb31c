"""Receivables' gRPC servicer for receipts taken back after they were posted."""

from uuid import UUID

import grpc
from typing_extensions import override

from millage.receivables.v1 import returns_pb2 as pb
from millage.receivables.v1 import returns_pb2_grpc as stubs
from receivables_service.asking import asked_because, run_once
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.changes import returns
from receivables_service.changes.returns import TakenBack
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid

_NUMBER_MAX = 60


class ReturnsServicer(stubs.ReturnsServiceServicer):
    def __init__(self, app: ReceivablesApp) -> None:
        self._app = app

    @requires("receivables.cancel")
    @override
    def CancelPayment(
        self, request: pb.CancelPaymentRequest, context: grpc.ServicerContext
    ) -> pb.TakenBackAnswer:
        receipt_id, number = _which(request)
        asked = asked_because(request.reason)
        return run_once(
            self._app,
            "CancelPayment",
            request,
            pb.TakenBackAnswer,
            lambda work: _answer(returns.cancel(self._app, work, receipt_id, number, asked)),
        )

    @requires("receivables.return")
    @override
    def ReturnPayment(
        self, request: pb.ReturnPaymentRequest, context: grpc.ServicerContext
    ) -> pb.TakenBackAnswer:
        receipt_id, number = _which(request)
        returned_on = requests.required_date(request.returned_on, "returned_on")
        asked = asked_because(request.reason_code, "reason_code")
        return run_once(
            self._app,
            "ReturnPayment",
            request,
            pb.TakenBackAnswer,
            lambda work: _answer(
                returns.return_payment(self._app, work, receipt_id, number, returned_on, asked)
            ),
        )


def _which(request: pb.CancelPaymentRequest | pb.ReturnPaymentRequest) -> tuple[UUID | None, str]:
    """Read which receipt is meant; by one name, not by two."""
    if bool(request.receipt_id) == bool(request.receipt_number):
        raise invalid("RECEIPT_OF_WHAT", "name a receipt by id or by number", "receipt_id")
    if request.receipt_id:
        return requests.required_id(request.receipt_id, "receipt_id"), ""
    return None, requests.plain_text(request.receipt_number, "receipt_number", _NUMBER_MAX)


def _answer(done: TakenBack) -> pb.TakenBackAnswer:
    return pb.TakenBackAnswer(
        receipt_id=str(done.receipt.receipt_id),
        receipt_number=done.receipt.receipt_number,
        total_cents=done.receipt.total_cents,
        bill_ids=map(str, done.bill_ids),
        fee_cents=done.fee_cents,
        fee_bill_id=str(done.fee_bill_id or ""),
    )


def servicer(app: ReceivablesApp) -> rpc.Servicer:
    return rpc.Servicer(
        ReturnsServicer(app),
        stubs.add_ReturnsServiceServicer_to_server,
        "millage.receivables.v1.ReturnsService",
    )
