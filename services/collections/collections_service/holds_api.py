"""gRPC servicer of holds: translate, call, translate back."""

import re
from collections.abc import Callable
from typing import Any

import grpc
from sqlalchemy import Connection
from typing_extensions import override

from collections_service import holds
from collections_service.bootstrap import CollectionsApp
from collections_service.holds import Asker, Wanted
from millage.collections.v1 import holds_pb2 as pb
from millage.collections.v1 import holds_pb2_grpc as stubs
from taxkit import idempotency, outbox, requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid
from taxkit.inbox import Work

_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NUMBER_MAX = 60
_TEXT_MAX = 500


class HoldServicer(stubs.HoldServiceServicer):
    def __init__(self, app: CollectionsApp) -> None:
        self._app = app

    @requires("collections.hold")
    @override
    def PlaceHold(self, request: pb.PlaceHoldRequest, context: grpc.ServicerContext) -> pb.Hold:
        if not _KIND.fullmatch(request.kind):
            raise invalid("HOLD_KIND_INVALID", f"{request.kind[:20]!r}: as bankruptcy", "kind")
        wanted = Wanted(
            requests.required_text(request.parcel_number, "parcel_number", _NUMBER_MAX),
            request.kind,
            requests.required_text(request.reason, "reason", _TEXT_MAX),
            requests.required_text(request.authority, "authority", _TEXT_MAX),
            requests.optional_date(request.begins_on, "begins_on"),
            requests.optional_date(request.ends_on, "ends_on"),
        )
        return self._once("PlaceHold", request, lambda work, by: holds.place(work, wanted, by))

    @requires("collections.hold")
    @override
    def ReleaseHold(self, request: pb.ReleaseHoldRequest, context: grpc.ServicerContext) -> pb.Hold:
        hold_id = requests.required_id(request.hold_id, "hold_id")
        reason = requests.required_text(request.reason, "reason", _TEXT_MAX)
        return self._once(
            "ReleaseHold", request, lambda work, by: holds.release(work, hold_id, reason, by)
        )

    @requires("collections.read")
    @override
    def ListHolds(
        self, request: pb.ListHoldsRequest, context: grpc.ServicerContext
    ) -> pb.ListHoldsResponse:
        parcel = requests.required_text(request.parcel_number, "parcel_number", _NUMBER_MAX)
        with self._app.database.begin() as connection:
            return pb.ListHoldsResponse(holds=map(_hold, holds.of_parcel(connection, parcel)))

    def _once(self, method: str, request: Any, do: Callable[[Work, Asker], Any]) -> pb.Hold:
        asker = Asker(rpc.caller().user, rpc.traceparent())

        def run(connection: Connection) -> pb.Hold:
            work = Work(connection, self._app.clock)
            done = _hold(do(work, asker))
            outbox.store(connection, self._app.settings.county, work.emitted)
            return done

        return idempotency.in_transaction(self._app.database, method, request, pb.Hold, run)


def _hold(row: Any) -> pb.Hold:
    return pb.Hold(
        hold_id=str(row.hold_id),
        parcel_number=row.parcel_number,
        kind=row.kind,
        reason=row.reason,
        authority=row.authority,
        begins_on=row.begins_on.isoformat(),
        ends_on=row.ends_on.isoformat() if row.ends_on else "",
        placed_by=row.placed_by,
        released_on=row.released_on.isoformat() if row.released_on else "",
        released_by=row.released_by or "",
        release_reason=row.release_reason or "",
    )


def servicer(app: CollectionsApp) -> rpc.Servicer:
    return rpc.Servicer(
        HoldServicer(app),
        stubs.add_HoldServiceServicer_to_server,
        "millage.collections.v1.HoldService",
    )
