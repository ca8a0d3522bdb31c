"""gRPC servicer of bill and fee codes: translate, call, translate back."""

from typing import Any

import grpc
from typing_extensions import override

from millage.receivables.v1 import codes_pb2 as pb
from millage.receivables.v1 import codes_pb2_grpc as stubs
from receivables_service.asking import asked_because, run_once
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.codes import adjustments, choosing, commands, settling, store, wire
from receivables_service.codes.choosing import Statement
from receivables_service.domain.codes import Switch
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid, not_found

_ALERTING = (Switch.ALERT_USER, Switch.WARNING_PANEL)


class CodesServicer(stubs.CodesServiceServicer):
    def __init__(self, app: ReceivablesApp) -> None:
        self._app = app

    @requires("receivables.code.edit")
    @override
    def CreateCode(
        self, request: pb.CreateCodeRequest, context: grpc.ServicerContext
    ) -> pb.CodeVersion:
        code, settings = wire.new_code(request.code), wire.settings(request.settings)
        asked = asked_because(request.reason)
        return run_once(
            self._app, "CreateCode", request, pb.CodeVersion,
            lambda work: wire.version(settling.create(work, code, settings, asked)),
        )  # fmt: skip

    @requires("receivables.code.edit")
    @override
    def ChangeCode(
        self, request: pb.ChangeCodeRequest, context: grpc.ServicerContext
    ) -> pb.CodeVersion:
        code, settings = wire.code(request.code), wire.settings(request.settings)
        asked = asked_because(request.reason)
        return run_once(
            self._app, "ChangeCode", request, pb.CodeVersion,
            lambda work: wire.version(settling.change(work, code, settings, asked)),
        )  # fmt: skip

    @requires("receivables.read")
    @override
    def GetCode(
        self, request: pb.GetCodeRequest, context: grpc.ServicerContext
    ) -> pb.GetCodeResponse:
        code = wire.code(request.code)
        with self._app.database.begin() as connection:
            versions = store.history(connection, code)
        if not versions:
            raise not_found("CODE_UNKNOWN", f"there is no code {code!r}")
        told = [wire.version(each) for each in versions]
        return pb.GetCodeResponse(code=told[-1], history=told)

    @requires("receivables.read")
    @override
    def ListCodes(
        self, request: pb.ListCodesRequest, context: grpc.ServicerContext
    ) -> pb.ListCodesResponse:
        with self._app.database.begin() as connection:
            return pb.ListCodesResponse(codes=map(wire.version, store.newest_of_all(connection)))

    @requires("receivables.code")
    @override
    def SetCode(self, request: pb.SetCodeRequest, context: grpc.ServicerContext) -> pb.CodingAnswer:
        code, meant = wire.code(request.code), wire.meant(request)
        asked = asked_because(request.comment, "comment")
        return run_once(
            self._app, "SetCode", request, pb.CodingAnswer,
            lambda work: wire.coded(
                commands.set_code(
                    self._app.terms, work, code, meant, asked, replace=request.replace
                )
            ),
        )  # fmt: skip

    @requires("receivables.code")
    @override
    def RemoveCode(
        self, request: pb.RemoveCodeRequest, context: grpc.ServicerContext
    ) -> pb.CodingAnswer:
        code, meant = wire.code(request.code), wire.meant(request)
        asked = asked_because(request.comment, "comment")
        return run_once(
            self._app, "RemoveCode", request, pb.CodingAnswer,
            lambda work: wire.coded(
                commands.remove_code(self._app.terms, work, code, meant, asked)
            ),
        )  # fmt: skip

    @requires("receivables.read")
    @override
    def ListCodeItems(
        self, request: pb.ListCodeItemsRequest, context: grpc.ServicerContext
    ) -> pb.ListCodeItemsResponse:
        statement = wire.statement(request, any_year=True)
        with self._app.database.begin() as connection:
            listed = choosing.list_items(
                connection, self._app.terms, statement, self._app.clock.today()
            )
            said = {each.code: each for each in store.newest_of_all(connection)}
        alerting = {
            code: wire.version(each)
            for code, each in said.items()
            if each.settings.switches.intersection(_ALERTING)
        }
        return pb.ListCodeItemsResponse(items=[wire.item(each, alerting) for each in listed])

    @requires("receivables.read")
    @override
    def ListAdjustments(
        self, request: pb.ListAdjustmentsRequest, context: grpc.ServicerContext
    ) -> pb.ListAdjustmentsResponse:
        bill_id, statement = _of_what(request)
        with self._app.database.begin() as connection:
            if statement is None:
                lines = adjustments.of_bill(connection, bill_id)
            else:
                asked = (statement.parcel_number, statement.tax_year)
                lines = adjustments.of_statement(connection, *asked)
        return pb.ListAdjustmentsResponse(lines=map(wire.line, lines))


def _of_what(request: pb.ListAdjustmentsRequest) -> tuple[Any, Statement | None]:
    if bool(request.bill_id) == bool(request.statement_id):
        raise invalid("ADJUSTMENTS_OF_WHAT", "name either a bill or a statement", "statement_id")
    if request.bill_id:
        return requests.required_id(request.bill_id, "bill_id"), None
    return None, wire.statement(request)


def servicer(app: ReceivablesApp) -> rpc.Servicer:
    return rpc.Servicer(
        CodesServicer(app),
        stubs.add_CodesServiceServicer_to_server,
        "millage.receivables.v1.CodesService",
    )
