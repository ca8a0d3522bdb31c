"""Levy's gRPC servicer for special assessments: reads requests, words answers, decides nothing."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import grpc
from sqlalchemy import Connection
from typing_extensions import override

from levy_service.bootstrap import LevyApp
from levy_service.domain.amortization import CannotAmortize
from levy_service.domain.payoff import SpecialStatus
from levy_service.specials import answers, asked, commands, dividing, store
from levy_service.specials.steps import By
from millage.levy.v1 import specials_pb2 as pb
from millage.levy.v1 import specials_pb2_grpc as stubs
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid

_NAME_MAX = 200
_STATUSES = ("", *SpecialStatus)


class SpecialServicer(stubs.SpecialServiceServicer):
    def __init__(self, app: LevyApp) -> None:
        self._app = app

    @requires("levy.special")
    @override
    def OpenSpecial(
        self, request: pb.OpenSpecialRequest, context: grpc.ServicerContext
    ) -> pb.Special:
        opening, by = asked.opening(request), self._by("opened")

        def do(connection: Connection) -> UUID:
            try:
                return commands.open_special(self._app, connection, opening, by)
            except CannotAmortize as problem:
                raise commands.refusal_of(problem) from problem

        return self._once("OpenSpecial", request, do)

    @requires("levy.special")
    @override
    def DeferSpecial(
        self, request: pb.DeferSpecialRequest, context: grpc.ServicerContext
    ) -> pb.Special:
        return self._changed("DeferSpecial", request, commands.defer)

    @requires("levy.special")
    @override
    def ResumeSpecial(
        self, request: pb.ResumeSpecialRequest, context: grpc.ServicerContext
    ) -> pb.Special:
        on = requests.optional_date(request.resumed_on, "resumed_on")
        year = asked.tax_year(request.first_year, "first_year")

        def resume(app: LevyApp, connection: Connection, special: UUID, by: By) -> None:
            commands.resume(app, connection, special, year, by)

        return self._changed("ResumeSpecial", request, resume, on)

    @requires("levy.special")
    @override
    def CloseSpecial(
        self, request: pb.CloseSpecialRequest, context: grpc.ServicerContext
    ) -> pb.Special:
        return self._changed("CloseSpecial", request, commands.close)

    @requires("levy.special")
    @override
    def MoveSpecial(
        self, request: pb.MoveSpecialRequest, context: grpc.ServicerContext
    ) -> pb.Special:
        parcel = asked.name(request.parcel_number, "parcel_number")

        def move(app: LevyApp, connection: Connection, special: UUID, by: By) -> None:
            commands.move(app, connection, special, parcel, by)

        return self._changed("MoveSpecial", request, move)

    @requires("levy.special")
    @override
    def DivideSpecial(
        self, request: pb.DivideSpecialRequest, context: grpc.ServicerContext
    ) -> pb.DivideSpecialResponse:
        assessment_id = requests.required_id(request.assessment_id, "assessment_id")
        parts, by = asked.parts(request), self._by(asked.reason(request.reason))

        def do(connection: Connection) -> pb.DivideSpecialResponse:
            found = dividing.divide(self._app, connection, assessment_id, parts, by)
            divided, *opened = (
                answers.whole(connection, store.assessment(connection, each))
                for each in (assessment_id, *found)
            )
            return pb.DivideSpecialResponse(divided=divided, parts=opened)

        return idempotency.in_transaction(
            self._app.database, "DivideSpecial", request, pb.DivideSpecialResponse, do
        )

    @requires("levy.read")
    @override
    def GetSpecial(
        self, request: pb.GetSpecialRequest, context: grpc.ServicerContext
    ) -> pb.Special:
        if bool(request.assessment_id) == bool(request.assessment_number):
            raise invalid("SPECIAL_OF_WHAT", "name it by id or by number", "assessment_id")
        with self._app.database.begin() as connection:
            return answers.whole(connection, self._named(connection, request))

    @requires("levy.read")
    @override
    def ListSpecials(
        self, request: pb.ListSpecialsRequest, context: grpc.ServicerContext
    ) -> pb.ListSpecialsResponse:
        if request.status not in _STATUSES:
            raise invalid("STATUS_UNKNOWN", f"one of {', '.join(_STATUSES[1:])}", "status")
        names = ("parcel_number", "agency_code", "project")
        wanted = {
            each: requests.plain_text(getattr(request, each), each, _NAME_MAX) for each in names
        }
        after = requests.plain_text(request.page_token, "page_token", _NAME_MAX)
        size = requests.page_size(request.page_size)
        with self._app.database.begin() as connection:
            rows = store.page(connection, {**wanted, "status": request.status}, after, size + 1)
        page = [answers.head(each) for each in rows[:size]]
        return pb.ListSpecialsResponse(
            specials=page,
            next_page_token=page[-1].assessment_number if len(rows) > size else "",
        )

    def _named(self, connection: Connection, request: pb.GetSpecialRequest) -> Any:
        if request.assessment_id:
            named: object = requests.required_id(request.assessment_id, "assessment_id")
            return commands.found(store.assessment(connection, UUID(str(named))), named)
        number = asked.number(request.assessment_number, "assessment_number")
        return commands.found(store.numbered(connection, number), number)

    def _by(self, reason: str, on: date | None = None) -> By:
        return By(rpc.caller().user, reason, on or self._app.clock.today(), rpc.traceparent())

    def _changed(
        self,
        method: str,
        request: Any,
        change: Callable[[LevyApp, Connection, UUID, By], None],
        on: date | None = None,
    ) -> pb.Special:
        assessment_id = requests.required_id(request.assessment_id, "assessment_id")
        by = self._by(asked.reason(request.reason), on)

        def do(connection: Connection) -> UUID:
            change(self._app, connection, assessment_id, by)
            return assessment_id

        return self._once(method, request, do)

    def _once(self, method: str, request: Any, do: Callable[[Connection], UUID]) -> pb.Special:
        def done(connection: Connection) -> pb.Special:
            return answers.whole(connection, store.assessment(connection, do(connection)))

        return idempotency.in_transaction(self._app.database, method, request, pb.Special, done)


def servicer(app: LevyApp) -> rpc.Servicer:
    return rpc.Servicer(
        SpecialServicer(app),
        stubs.add_SpecialServiceServicer_to_server,
        "millage.levy.v1.SpecialService",
    )
