"""Levy's gRPC servicer for returns: reads requests, words answers, decides nothing."""

import grpc
from sqlalchemy import Connection
from typing_extensions import override

from levy_service import returns
from levy_service.bootstrap import LevyApp
from levy_service.returns import TaxReturn
from millage.levy.v1 import returns_pb2 as pb
from millage.levy.v1 import returns_pb2_grpc as stubs
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid

_NUMBER_MAX = 60


class ReturnServicer(stubs.ReturnServiceServicer):
    def __init__(self, app: LevyApp) -> None:
        self._app = app

    @requires("levy.return")
    @override
    def FileReturn(
        self, request: pb.FileReturnRequest, context: grpc.ServicerContext
    ) -> pb.TaxReturn:
        bill_id = requests.required_id(request.bill_id, "bill_id")
        number = requests.plain_text(request.return_number, "return_number", _NUMBER_MAX).strip()
        if not number:
            raise invalid("RETURN_NUMBER_MISSING", "name the return", "return_number")
        user, clock = rpc.caller().user, self._app.clock

        def file(connection: Connection) -> pb.TaxReturn:
            return _answer(connection, returns.file(connection, clock, bill_id, number, user))

        return idempotency.in_transaction(
            self._app.database, "FileReturn", request, pb.TaxReturn, file
        )

    @requires("levy.read")
    @override
    def GetReturn(
        self, request: pb.GetReturnRequest, context: grpc.ServicerContext
    ) -> pb.TaxReturn:
        if bool(request.bill_id) == bool(request.return_number):
            raise invalid("RETURN_OF_WHAT", "name either a bill or a return", "bill_id")
        number = requests.plain_text(request.return_number, "return_number", _NUMBER_MAX)
        bill_id = requests.required_id(request.bill_id, "bill_id") if request.bill_id else None
        with self._app.database.begin() as connection:
            found = returns.find(connection, bill_id=bill_id, return_number=number)
            return _answer(connection, found)


def _answer(connection: Connection, found: TaxReturn) -> pb.TaxReturn:
    return pb.TaxReturn(
        bill_id=str(found.bill_id),
        return_number=found.return_number,
        status=found.status,
        steps=[
            pb.ReturnStep(
                status=step.status,
                changed_on=step.changed_on.isoformat(),
                changed_by=step.changed_by,
                receipt_id=str(step.receipt_id or ""),
            )
            for step in returns.steps(connection, found.bill_id)
        ],
    )


def servicer(app: LevyApp) -> rpc.Servicer:
    return rpc.Servicer(
        ReturnServicer(app),
        stubs.add_ReturnServiceServicer_to_server,
        "millage.levy.v1.ReturnService",
    )
