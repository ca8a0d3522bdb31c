"""Levy's gRPC servicer for retired parcels: reads requests, words answers, decides nothing."""

import grpc
from sqlalchemy import Connection
from typing_extensions import override

from levy_service.bootstrap import LevyApp
from levy_service.successors import retiring, store
from levy_service.successors.store import Link
from millage.levy.v1 import successors_pb2 as pb
from millage.levy.v1 import successors_pb2_grpc as stubs
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid
from taxkit.telemetry import trace_id_of

_REASON_MAX = 200
_NUMBER_MAX = 60


class SuccessorServicer(stubs.SuccessorServiceServicer):
    def __init__(self, app: LevyApp) -> None:
        self._app = app

    @requires("levy.retire")
    @override
    def RetireParcel(
        self, request: pb.RetireParcelRequest, context: grpc.ServicerContext
    ) -> pb.Succession:
        reason = requests.plain_text(request.reason, "reason", _REASON_MAX).strip()
        if not reason:
            raise invalid("REASON_MISSING", "say why the parcel is retired", "reason")
        day = requests.optional_date(request.retired_on, "retired_on")
        link = Link(
            parcel_number=_number(request.parcel_number, "parcel_number"),
            successor_number=_number(request.successor_number, "successor_number"),
            retired_on=day or self._app.clock.today(),
            reason=reason,
            retired_by=rpc.caller().user,
            trace_id=trace_id_of(rpc.traceparent()),
            recorded_at=self._app.clock.now(),
        )
        traceparent = rpc.traceparent()

        def do(connection: Connection) -> pb.Succession:
            retiring.retire(self._app, connection, link, traceparent)
            return _succession(connection, link.parcel_number)

        return idempotency.in_transaction(
            self._app.database, "RetireParcel", request, pb.Succession, do
        )

    @requires("levy.read")
    @override
    def GetSuccession(
        self, request: pb.GetSuccessionRequest, context: grpc.ServicerContext
    ) -> pb.Succession:
        number = _number(request.parcel_number, "parcel_number")
        with self._app.database.begin() as connection:
            return _succession(connection, number)


def _number(given: str, field: str) -> str:
    number = requests.plain_text(given, field, _NUMBER_MAX).strip()
    if not number:
        raise invalid("PARCEL_NUMBER_MISSING", "name the parcel", field)
    return number


def _succession(connection: Connection, number: str) -> pb.Succession:
    chain = store.chain(connection, number)
    return pb.Succession(
        parcel_number=number,
        current_number=chain[-1].successor_number if chain else number,
        links=[_link(one) for one in chain],
        predecessors=[_link(one) for one in store.predecessors(connection, number)],
    )


def _link(link: Link) -> pb.SuccessorLink:
    return pb.SuccessorLink(
        parcel_number=link.parcel_number,
        successor_number=link.successor_number,
        retired_on=link.retired_on.isoformat(),
        retired_by=link.retired_by,
        reason=link.reason,
        recorded_at=link.recorded_at.isoformat(),
    )


def servicer(app: LevyApp) -> rpc.Servicer:
    return rpc.Servicer(
        SuccessorServicer(app),
        stubs.add_SuccessorServiceServicer_to_server,
        "millage.levy.v1.SuccessorService",
    )
