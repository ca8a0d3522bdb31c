"""The gRPC servicer of repay reversals and voids."""

import grpc
from typing_extensions import override

from cashiering_service.corrections import commands as corrections
from cashiering_service.topic_api import NUMBER_MAX, TEXT_MAX, Topic, asked
from millage.cashiering.v1 import corrections_pb2 as pb
from millage.cashiering.v1 import corrections_pb2_grpc as stubs
from taxkit import requests
from taxkit.auth import requires


class CorrectionsServicer(Topic, stubs.CorrectionsServiceServicer):
    @override
    @requires("cashiering.reverse")
    def RepayReversal(
        self, request: pb.RepayReversalRequest, context: grpc.ServicerContext
    ) -> pb.RepayReversalResponse:
        who = asked()
        number = requests.plain_text(request.receipt_number, "receipt_number", NUMBER_MAX)
        reason = requests.plain_text(request.reason, "reason", TEXT_MAX)
        return self._once(
            "RepayReversal",
            request,
            pb.RepayReversalResponse,
            lambda connection: corrections.repay(
                self._app, connection, who, number, request.receipt_year, reason
            ),
        )

    @override
    @requires("cashiering.void")
    def RequestVoid(self, request: pb.RequestVoidRequest, context: grpc.ServicerContext) -> pb.Void:
        who = asked()
        receipt = requests.plain_text(request.receipt, "receipt", NUMBER_MAX)
        reason = requests.plain_text(request.reason, "reason", TEXT_MAX)
        return self._once(
            "RequestVoid",
            request,
            pb.Void,
            lambda connection: corrections.request_void(
                self._app, connection, who, receipt, reason
            ),
        )

    @override
    @requires("cashiering.void.approve")
    def DecideVoid(self, request: pb.DecideVoidRequest, context: grpc.ServicerContext) -> pb.Void:
        void_id, who = requests.required_id(request.void_id, "void_id"), asked()
        note = requests.plain_text(request.note, "note", TEXT_MAX)
        return self._once(
            "DecideVoid",
            request,
            pb.Void,
            lambda connection: corrections.decide_void(
                self._app, connection, who, void_id, note, agreed=request.agreed
            ),
        )

    @override
    @requires("cashiering.read")
    def ListVoids(
        self, request: pb.ListVoidsRequest, context: grpc.ServicerContext
    ) -> pb.ListVoidsResponse:
        session_id = (
            requests.required_id(request.session_id, "session_id") if request.session_id else None
        )
        return self._read(
            lambda connection: corrections.voids(
                connection, session_id, undecided=request.undecided
            )
        )
