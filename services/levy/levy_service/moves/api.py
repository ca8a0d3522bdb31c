"""Levy's gRPC servicer for moves: reads requests, words answers, decides nothing."""

from typing import Any

import grpc
from sqlalchemy import Connection
from typing_extensions import override

from levy_service import answers
from levy_service.bootstrap import LevyApp
from levy_service.guard import answers as guard_answers
from levy_service.guard import gate
from levy_service.guard.gate import Change
from levy_service.moves import coded, moving, store, with_specials
from millage.levy.v1 import moves_pb2 as pb
from millage.levy.v1 import moves_pb2_grpc as stubs
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid

BILLS_MAX = 500
_REASON_MAX = 200
_NAME_MAX = 200
_NUMBER_MAX = 60


class MoveServicer(stubs.MoveServiceServicer):
    def __init__(self, app: LevyApp) -> None:
        self._app = app

    @requires("levy.move")
    @override
    def MoveBills(
        self, request: pb.MoveBillsRequest, context: grpc.ServicerContext
    ) -> pb.MoveBillsResponse:
        change = _change(self._app, request)
        wanted = moving.from_body(change.body, change.user, change.traceparent)

        def do(connection: Connection) -> pb.MoveBillsResponse:
            held = gate.hold(
                self._app,
                connection,
                change,
                lambda: moving.move_bills(self._app, connection, wanted),
            )
            if held:
                return pb.MoveBillsResponse(held=guard_answers.held_change(held))
            moved = moving.move_bills(self._app, connection, wanted)
            return pb.MoveBillsResponse(bills=[answers.bill(one) for one in moved])

        return idempotency.in_transaction(
            self._app.database, "MoveBills", request, pb.MoveBillsResponse, do
        )

    @requires("levy.read")
    @override
    def ListMovableBills(
        self, request: pb.ListMovableBillsRequest, context: grpc.ServicerContext
    ) -> pb.ListMovableBillsResponse:
        number = _parcel(request.parcel_number)
        if not number:
            raise invalid("PARCEL_NUMBER_MISSING", "name the parcel", "parcel_number")
        with self._app.database.begin() as connection:
            found = coded.movable(connection, number, self._app.clock.today())
        return pb.ListMovableBillsResponse(bills=[_movable(*one) for one in found])

    @requires("levy.read")
    @override
    def ListMoves(
        self, request: pb.ListMovesRequest, context: grpc.ServicerContext
    ) -> pb.ListMovesResponse:
        bill_id = requests.required_id(request.bill_id, "bill_id")
        with self._app.database.begin() as connection:
            found = store.moves_of(connection, bill_id)
        return pb.ListMovesResponse(moves=[_move(one) for one in found])


def _change(app: LevyApp, request: pb.MoveBillsRequest) -> Change:
    versions = {
        requests.required_id(one.bill_id, "bills.bill_id"): one.expected_version
        for one in request.bills
    }
    if not versions or len(versions) != len(request.bills) or len(versions) > BILLS_MAX:
        raise invalid("BILLS_INVALID", f"name 1 to {BILLS_MAX} bills, each once", "bills")
    reason = requests.plain_text(request.reason, "reason", _REASON_MAX).strip()
    if not reason:
        raise invalid("REASON_MISSING", "say why the bills are moved", "reason")
    name = requests.plain_text(request.owner_name, "owner_name", _NAME_MAX).strip()
    email = requests.plain_text(request.owner_email, "owner_email", _NAME_MAX).strip()
    number = _parcel(request.parcel_number)
    if not number and not name:
        raise invalid("MOVE_WHERE", "name another parcel, another owner, or both", "parcel_number")
    if request.specials not in with_specials.ANSWERS:
        raise invalid("SPECIALS_ANSWER_UNKNOWN", "go, stay, or nothing", "specials")
    day = requests.optional_date(request.moved_on, "moved_on") or app.clock.today()
    body = {
        "bills": [
            {"bill_id": str(bill_id), "expected_version": version}
            for bill_id, version in versions.items()
        ],
        "parcel_number": number,
        "owner_name": name,
        "owner_email": email,
        "moved_on": day.isoformat(),
        "reason": reason,
        "specials": request.specials,
    }
    return Change("move", list(versions), body, rpc.caller().user, rpc.traceparent())


def _parcel(given: str) -> str:
    return requests.plain_text(given, "parcel_number", _NUMBER_MAX).strip()


def _movable(row: Any, codes: list[str]) -> pb.MovableBill:
    return pb.MovableBill(
        bill_id=str(row.bill_id),
        bill_number=row.bill_number,
        bill_version=row.bill_version,
        tax_year=row.tax_year,
        owner_name=row.owner_name,
        total_cents=row.total_cents,
        open_cents=row.total_cents if row.open_cents is None else row.open_cents,
        codes=codes,
    )


def _move(row: Any) -> pb.BillMove:
    return pb.BillMove(
        bill_version=row.bill_version,
        from_parcel_number=row.from_parcel_number,
        from_owner_name=row.from_owner_name,
        to_parcel_number=row.to_parcel_number,
        to_owner_name=row.to_owner_name,
        moved_on=row.moved_on.isoformat(),
        moved_by=row.moved_by,
        reason=row.reason,
        recorded_at=row.recorded_at.isoformat(),
    )


def servicer(app: LevyApp) -> rpc.Servicer:
    return rpc.Servicer(
        MoveServicer(app),
        stubs.add_MoveServiceServicer_to_server,
        "millage.levy.v1.MoveService",
    )
