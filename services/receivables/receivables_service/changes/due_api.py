"""Receivables' gRPC servicer for what time does to bills."""

from collections.abc import Callable
from datetime import date

import grpc
from typing_extensions import override

from millage.receivables.v1 import due_pb2 as pb
from millage.receivables.v1 import due_pb2_grpc as stubs
from receivables_service.asking import run_once
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.changes import due_changes
from receivables_service.changes.due_changes import Caused, Run
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid
from taxkit.inbox import Traced, Work

_LIMIT_DEFAULT, _LIMIT_MAX = 1000, 5000
_Process = Callable[..., Run]


class DueServicer(stubs.DueServiceServicer):
    def __init__(self, app: ReceivablesApp) -> None:
        self._app = app

    @requires("receivables.default")
    @override
    def RunDefaultProcess(
        self, request: pb.RunDefaultProcessRequest, context: grpc.ServicerContext
    ) -> pb.RunAnswer:
        until = requests.required_date(request.until, "until")
        if until >= self._app.clock.today():
            raise invalid(
                "DAY_NOT_OVER", f"{until} is not over: a default is declared after its day", "until"
            )
        return self._run("RunDefaultProcess", request, due_changes.declare_defaults, until)

    @requires("receivables.default")
    @override
    def EndGracePeriods(
        self, request: pb.EndGracePeriodsRequest, context: grpc.ServicerContext
    ) -> pb.RunAnswer:
        today = self._app.clock.today()
        on = requests.optional_date(request.on, "on") or today
        if on > today:
            raise invalid("DATE_IN_FUTURE", f"{on} is after today, {today}", "on")
        return self._run("EndGracePeriods", request, due_changes.end_graces, on)

    def _run(
        self,
        method: str,
        request: pb.RunDefaultProcessRequest | pb.EndGracePeriodsRequest,
        process: _Process,
        day: date,
    ) -> pb.RunAnswer:
        limit = request.limit or _LIMIT_DEFAULT
        if not 1 <= limit <= _LIMIT_MAX:
            raise invalid("LIMIT_INVALID", f"{limit} bills: 1 to {_LIMIT_MAX} a call", "limit")
        cause: Traced = Caused(rpc.traceparent())

        def do(work: Work) -> pb.RunAnswer:
            done = process(self._app.terms, work, day, limit, cause)
            return pb.RunAnswer(
                bill_count=done.bills, amount_cents=done.amount_cents, more=done.more
            )

        return run_once(self._app, method, request, pb.RunAnswer, do)


def servicer(app: ReceivablesApp) -> rpc.Servicer:
    return rpc.Servicer(
        DueServicer(app),
        stubs.add_DueServiceServicer_to_server,
        "millage.receivables.v1.DueService",
    )
