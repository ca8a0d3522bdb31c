"""Receivables' gRPC servicer for what changes how a bill's debt grows."""

from collections.abc import Callable
from typing import Any

import grpc
from typing_extensions import override

from millage.receivables.v1 import rates_pb2 as pb
from millage.receivables.v1 import rates_pb2_grpc as stubs
from receivables_service.asking import asked_because, asked_rate, run_once
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.rates import commands
from receivables_service.rates.commands import Code, Standing
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid
from taxkit.inbox import Work

_CODE_MAX = 60


class RatesServicer(stubs.RatesServiceServicer):
    def __init__(self, app: ReceivablesApp) -> None:
        self._app = app

    @requires("receivables.code")
    @override
    def SetBillCode(
        self, request: pb.SetBillCodeRequest, context: grpc.ServicerContext
    ) -> pb.BillRatesAnswer:
        bill_id = requests.required_id(request.bill_id, "bill_id")
        on = requests.optional_date(request.effective_on, "effective_on")
        code = Code(
            _code(request.code),
            requests.plain_text(request.charge_code, "charge_code", _CODE_MAX),
            asked_rate(request.monthly_rate, "monthly_rate"),
            asked_rate(request.penalty_rate, "penalty_rate"),
            requests.optional_date(request.through, "through"),
        )
        asked = asked_because(request.reason)
        return self._once(
            "SetBillCode",
            request,
            lambda work: commands.set_code(self._app.terms, work, bill_id, code, on, asked),
        )

    @requires("receivables.code")
    @override
    def LiftBillCode(
        self, request: pb.LiftBillCodeRequest, context: grpc.ServicerContext
    ) -> pb.BillRatesAnswer:
        bill_id = requests.required_id(request.bill_id, "bill_id")
        on = requests.optional_date(request.effective_on, "effective_on")
        fee = requests.plain_text(request.charge_code, "charge_code", _CODE_MAX)
        code = Code(_code(request.code), fee)
        asked = asked_because(request.reason)
        return self._once(
            "LiftBillCode",
            request,
            lambda work: commands.lift_code(self._app.terms, work, bill_id, code, on, asked),
        )

    @requires("receivables.agency")
    @override
    def SetAgencyHolding(
        self, request: pb.SetAgencyHoldingRequest, context: grpc.ServicerContext
    ) -> pb.BillRatesAnswer:
        bill_id = requests.required_id(request.bill_id, "bill_id")
        on = requests.optional_date(request.effective_on, "effective_on")
        asked = asked_because(request.reason)
        return self._once(
            "SetAgencyHolding",
            request,
            lambda work: commands.hold(
                self._app.terms, work, bill_id, on, asked, held=request.held
            ),
        )

    def _once(
        self, method: str, request: Any, do: Callable[[Work], Standing]
    ) -> pb.BillRatesAnswer:
        return run_once(
            self._app, method, request, pb.BillRatesAnswer, lambda work: _answer(request, do(work))
        )


def _answer(request: Any, standing: Standing) -> pb.BillRatesAnswer:
    return pb.BillRatesAnswer(
        bill_id=request.bill_id,
        codes=standing.codes,
        held_by_agency=standing.held_by_agency,
        open_cents=standing.open_cents,
    )


def _code(text: str) -> str:
    code = requests.plain_text(text, "code", _CODE_MAX).strip()
    if not code:
        raise invalid("CODE_MISSING", "name the code", "code")
    return code


def servicer(app: ReceivablesApp) -> rpc.Servicer:
    return rpc.Servicer(
        RatesServicer(app),
        stubs.add_RatesServiceServicer_to_server,
        "millage.receivables.v1.RatesService",
    )
