"""Levy's gRPC servicer for the import guard: reads requests, words answers, decides nothing."""

import grpc
from sqlalchemy import Connection
from typing_extensions import override

from levy_service.bootstrap import LevyApp
from levy_service.guard import answers, releasing, runs, store
from millage.levy.v1 import guard_pb2 as pb
from millage.levy.v1 import guard_pb2_grpc as stubs
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid
from taxkit.telemetry import trace_id_of

_REASON_MAX = 500
_STATES = ("", "waiting", "done", "refused", "withdrawn")


class GuardServicer(stubs.GuardServiceServicer):
    def __init__(self, app: LevyApp) -> None:
        self._app = app

    @requires("levy.read")
    @override
    def ListHoldingRuns(
        self, request: pb.ListHoldingRunsRequest, context: grpc.ServicerContext
    ) -> pb.ListHoldingRunsResponse:
        size = requests.page_size(request.page_size)
        token = request.page_token
        before = requests.required_id(token, "page_token") if token else None
        with self._app.database.begin() as connection:
            found = runs.listed(connection, before, size + 1, open_only=request.open_only)
        page = [answers.holding_run(each) for each in found[:size]]
        return pb.ListHoldingRunsResponse(
            runs=page, next_page_token=page[-1].run_id if len(found) > size else ""
        )

    @requires("levy.force")
    @override
    def ReleaseRun(
        self, request: pb.ReleaseRunRequest, context: grpc.ServicerContext
    ) -> pb.ReleaseRunResponse:
        run_id = requests.required_id(request.run_id, "run_id")
        trace_id = trace_id_of(rpc.traceparent())
        released = (rpc.caller().user, _reason(request.reason), trace_id, self._app.clock.now())

        def do(connection: Connection) -> pb.ReleaseRunResponse:
            runs.release(connection, run_id, released)
            return pb.ReleaseRunResponse(run_id=str(run_id))

        return idempotency.in_transaction(
            self._app.database, "ReleaseRun", request, pb.ReleaseRunResponse, do
        )

    @requires("levy.read")
    @override
    def ListHeldChanges(
        self, request: pb.ListHeldChangesRequest, context: grpc.ServicerContext
    ) -> pb.ListHeldChangesResponse:
        if request.state not in _STATES:
            raise invalid("STATE_UNKNOWN", f"one of {', '.join(filter(None, _STATES))}", "state")
        size = requests.page_size(request.page_size)
        bill_id = requests.required_id(request.bill_id, "bill_id") if request.bill_id else None
        after = requests.place_after(request.page_token)
        with self._app.database.begin() as connection:
            found = store.changes_page(connection, request.state, bill_id, after, size + 1)
        return pb.ListHeldChangesResponse(
            changes=[answers.held_change(each) for each in found[:size]],
            next_page_token=str(found[size - 1].place) if len(found) > size else "",
        )

    @requires("levy.force")
    @override
    def ForceHeldChange(
        self, request: pb.ForceHeldChangeRequest, context: grpc.ServicerContext
    ) -> pb.HeldChange:
        change_id = requests.required_id(request.change_id, "change_id")
        why, user, traceparent = _reason(request.reason), rpc.caller().user, rpc.traceparent()

        def do(connection: Connection) -> pb.HeldChange:
            releasing.force(self._app, connection, change_id, why, user, traceparent)
            return answers.held_change(store.change(connection, change_id))

        return idempotency.in_transaction(
            self._app.database, "ForceHeldChange", request, pb.HeldChange, do
        )

    @requires("levy.correct")
    @override
    def WithdrawHeldChange(
        self, request: pb.WithdrawHeldChangeRequest, context: grpc.ServicerContext
    ) -> pb.HeldChange:
        change_id = requests.required_id(request.change_id, "change_id")
        why, user = _reason(request.reason), rpc.caller().user

        def do(connection: Connection) -> pb.HeldChange:
            releasing.withdraw(self._app, connection, change_id, why, user)
            return answers.held_change(store.change(connection, change_id))

        return idempotency.in_transaction(
            self._app.database, "WithdrawHeldChange", request, pb.HeldChange, do
        )


def _reason(given: str) -> str:
    reason = requests.plain_text(given, "reason", _REASON_MAX).strip()
    if not reason:
        raise invalid("REASON_MISSING", "say why", "reason")
    return reason


def servicer(app: LevyApp) -> rpc.Servicer:
    return rpc.Servicer(
        GuardServicer(app),
        stubs.add_GuardServiceServicer_to_server,
        "millage.levy.v1.GuardService",
    )
