"""The gRPC servicer of tills, cashiers and their sessions."""

import grpc
from typing_extensions import override

from cashiering_service.domain.permits import Permit, check_lists
from cashiering_service.sessions import commands as session_commands
from cashiering_service.sessions import tills
from cashiering_service.topic_api import CODE_MAX, NAME_MAX, Topic, asked
from millage.cashiering.v1 import sessions_pb2 as pb
from millage.cashiering.v1 import sessions_pb2_grpc as stubs
from taxkit import requests
from taxkit.auth import requires


class SessionsServicer(Topic, stubs.SessionsServiceServicer):
    @override
    @requires("cashiering.till.manage")
    def SetTill(self, request: pb.SetTillRequest, context: grpc.ServicerContext) -> pb.Till:
        permit, who = _permit(request), asked()
        name = requests.plain_text(request.name, "name", NAME_MAX)
        return self._once(
            "SetTill",
            request,
            pb.Till,
            lambda connection: session_commands.set_till(
                self._app,
                connection,
                who,
                request.till_code,
                name,
                permit,
                is_active=not request.inactive,
            ),
        )

    @override
    @requires("cashiering.read")
    def ListTills(
        self, request: pb.ListTillsRequest, context: grpc.ServicerContext
    ) -> pb.ListTillsResponse:
        return self._read(
            lambda connection: pb.ListTillsResponse(
                tills=[
                    session_commands.till_answer(row, row.session_id)
                    for row in tills.all_tills(connection)
                ]
            )
        )

    @override
    @requires("cashiering.till.manage")
    def SetCashier(
        self, request: pb.SetCashierRequest, context: grpc.ServicerContext
    ) -> pb.Cashier:
        permit, who = _permit(request), asked()
        cashier = requests.plain_text(request.cashier, "cashier", NAME_MAX)
        return self._once(
            "SetCashier",
            request,
            pb.Cashier,
            lambda connection: session_commands.set_cashier(
                self._app, connection, who, cashier, permit
            ),
        )

    @override
    @requires("cashiering.read")
    def GetCashier(
        self, request: pb.GetCashierRequest, context: grpc.ServicerContext
    ) -> pb.Cashier:
        cashier = requests.plain_text(request.cashier, "cashier", NAME_MAX)
        return self._read(lambda connection: session_commands.cashier_answer(connection, cashier))

    @override
    @requires("cashiering.session")
    def ListOwnSessions(
        self, request: pb.ListOwnSessionsRequest, context: grpc.ServicerContext
    ) -> pb.ListOwnSessionsResponse:
        user = asked().user
        return self._read(lambda connection: session_commands.own_sessions(connection, user))

    @override
    @requires("cashiering.session")
    def ResumeSession(
        self, request: pb.ResumeSessionRequest, context: grpc.ServicerContext
    ) -> pb.SessionHeader:
        user = asked().user
        session_id = (
            requests.required_id(request.session_id, "session_id") if request.session_id else None
        )
        return self._read(
            lambda connection: session_commands.resume(self._app, connection, user, session_id)
        )

    @override
    @requires("cashiering.session")
    def SetDefaultSession(
        self, request: pb.SetDefaultSessionRequest, context: grpc.ServicerContext
    ) -> pb.SessionHeader:
        session_id, who = requests.required_id(request.session_id, "session_id"), asked()
        return self._once(
            "SetDefaultSession",
            request,
            pb.SessionHeader,
            lambda connection: session_commands.set_default(self._app, connection, who, session_id),
        )

    @override
    @requires("cashiering.read")
    def GetSessionHeader(
        self, request: pb.GetSessionHeaderRequest, context: grpc.ServicerContext
    ) -> pb.SessionHeader:
        session_id = requests.required_id(request.session_id, "session_id")
        return self._read(
            lambda connection: session_commands.header(self._app, connection, session_id)
        )

    @override
    @requires("cashiering.effective_date")
    def ChangeEffectiveDate(
        self, request: pb.ChangeEffectiveDateRequest, context: grpc.ServicerContext
    ) -> pb.SessionHeader:
        session_id, who = requests.required_id(request.session_id, "session_id"), asked()
        effective_on = requests.required_date(request.effective_on, "effective_on")
        return self._once(
            "ChangeEffectiveDate",
            request,
            pb.SessionHeader,
            lambda connection: session_commands.change_effective_date(
                self._app, connection, who, session_id, effective_on
            ),
        )


def _permit(request: pb.SetTillRequest | pb.SetCashierRequest) -> Permit:
    """Read the two lists; one that was not sent limits nothing."""
    sources = (
        [
            requests.plain_text(code, f"misc_sources[{place}]", CODE_MAX)
            for place, code in enumerate(request.misc_sources.codes)
        ]
        if request.HasField("misc_sources")
        else None
    )
    types = request.payment_types.codes if request.HasField("payment_types") else None
    return check_lists(types, sources)
