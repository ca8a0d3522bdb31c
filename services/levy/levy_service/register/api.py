"""Levy's gRPC servicer for the register: reads requests, words answers, decides nothing."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import grpc
from sqlalchemy import Connection
from typing_extensions import override

from levy_service.bootstrap import LevyApp
from levy_service.domain.register import Party, Role
from levy_service.register import answers, lenders, recording, searching, sent, store
from levy_service.register.lenders import Registration
from levy_service.register.recording import Wanted
from levy_service.register.searching import Criterion
from millage.levy.v1 import register_pb2 as pb
from millage.levy.v1 import register_pb2_grpc as stubs
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid, not_found
from taxkit.telemetry import trace_id_of

_TEXT_MAX = 200
_NUMBER_MAX = 60
_CODE_MAX = 40
_CRITERIA = ("parcel_number", "ain", "name", "situs_address")


class RegisterServicer(stubs.RegisterServiceServicer):
    def __init__(self, app: LevyApp) -> None:
        self._app = app

    @requires("levy.read")
    @override
    def GetParcel(
        self, request: pb.GetParcelRequest, context: grpc.ServicerContext
    ) -> pb.RegisteredParcel:
        number = _number(request.parcel_number)
        on = requests.optional_date(request.as_of, "as_of") or self._app.clock.today()
        with self._app.database.begin() as connection:
            return _parcel(connection, number, on)

    @requires("levy.read")
    @override
    def SearchParcels(
        self, request: pb.SearchParcelsRequest, context: grpc.ServicerContext
    ) -> pb.SearchParcelsResponse:
        given = {name: _text(getattr(request, name), name) for name in _CRITERIA}
        asked = {name: text for name, text in given.items() if text}
        if len(asked) != 1:
            raise invalid("SEARCH_BY_ONE", f"give one of {', '.join(_CRITERIA)}", "name")
        ((by, beginning),) = asked.items()
        wanted = Criterion(by, beginning, request.with_former)
        after = _text(request.page_token, "page_token")
        size, today = requests.page_size(request.page_size), self._app.clock.today()
        with self._app.database.begin() as connection:
            return searching.page(connection, wanted, today, after, size)

    @requires("levy.read")
    @override
    def ListParcelChanges(
        self, request: pb.ListParcelChangesRequest, context: grpc.ServicerContext
    ) -> pb.ListParcelChangesResponse:
        number = _number(request.parcel_number)
        with self._app.database.begin() as connection:
            found = store.parcel(connection, number).recorded
        newest = sorted(found, key=lambda one: (one.row.recorded_at, one.saying.number))[::-1]
        return pb.ListParcelChangesResponse(changes=map(answers.change, newest))

    @requires("levy.register")
    @override
    def RecordParcel(
        self, request: pb.RecordParcelRequest, context: grpc.ServicerContext
    ) -> pb.RegisteredParcel:
        return self._record("RecordParcel", request, sent.facts(request.facts), {})

    @requires("levy.register")
    @override
    def ChangeParties(
        self, request: pb.ChangePartiesRequest, context: grpc.ServicerContext
    ) -> pb.RegisteredParcel:
        return self._record("ChangeParties", request, {}, sent.parties(request.parties))

    def _record(
        self,
        method: str,
        request: Any,
        facts: Mapping[str, Any],
        parties: Mapping[Role, tuple[Party, ...]],
    ) -> pb.RegisteredParcel:
        today = self._app.clock.today()
        day = requests.optional_date(request.effective_on, "effective_on") or today
        traceparent = rpc.traceparent()
        wanted = Wanted(
            _number(request.parcel_number), request.expected_version, day, facts, parties,
            _reason(request.reason), rpc.caller().user, trace_id_of(traceparent), traceparent,
        )  # fmt: skip

        def do(connection: Connection) -> pb.RegisteredParcel:
            recording.record(self._app, connection, wanted)
            return _parcel(connection, wanted.parcel_number, today)

        return idempotency.in_transaction(
            self._app.database, method, request, pb.RegisteredParcel, do
        )

    @requires("levy.register")
    @override
    def RegisterLender(
        self, request: pb.RegisterLenderRequest, context: grpc.ServicerContext
    ) -> pb.RegisteredLender:
        given, traceparent = request.lender, rpc.traceparent()
        code = requests.plain_text(given.lender_code, "lender.lender_code", _CODE_MAX).strip()
        name = _text(given.name, "lender.name")
        if not code or not name:
            raise invalid("LENDER_INVALID", "a lender has a code and a name", "lender.lender_code")
        address = _text(given.mailing_address, "lender.mailing_address")
        asked = Registration(
            Party(name, _text(given.email, "lender.email"), address, code),
            _reason(request.reason), rpc.caller().user, trace_id_of(traceparent), traceparent,
        )  # fmt: skip
        return idempotency.in_transaction(
            self._app.database, "RegisterLender", request, pb.RegisteredLender,
            lambda connection: answers.lender(lenders.register(self._app, connection, asked)),
        )  # fmt: skip

    @requires("levy.read")
    @override
    def ListLenders(
        self, request: pb.ListLendersRequest, context: grpc.ServicerContext
    ) -> pb.ListLendersResponse:
        like, after = _text(request.like, "like"), _text(request.page_token, "page_token")
        size = requests.page_size(request.page_size)
        with self._app.database.begin() as connection:
            rows = lenders.page(connection, like, after, size + 1)
        return pb.ListLendersResponse(
            lenders=map(answers.lender, rows[:size]),
            next_page_token=rows[size - 1].lender_code if len(rows) > size else "",
        )


def _parcel(connection: Connection, number: str, on: date) -> pb.RegisteredParcel:
    on_file = store.parcel(connection, number)
    if not on_file.is_known:
        raise not_found("PARCEL_UNKNOWN", f"parcel {number} is on no roll and was not recorded")
    return answers.parcel(connection, on_file, on)


def _text(given: str, field: str) -> str:
    return requests.plain_text(given, field, _TEXT_MAX).strip()


def _number(given: str) -> str:
    number = requests.plain_text(given, "parcel_number", _NUMBER_MAX).strip()
    if not number:
        raise invalid("PARCEL_NUMBER_MISSING", "name the parcel", "parcel_number")
    return number


def _reason(given: str) -> str:
    reason = _text(given, "reason")
    if not reason:
        raise invalid("REASON_MISSING", "say why", "reason")
    return reason


def servicer(app: LevyApp) -> rpc.Servicer:
    return rpc.Servicer(
        RegisterServicer(app),
        stubs.add_RegisterServiceServicer_to_server,
        "millage.levy.v1.RegisterService",
    )
