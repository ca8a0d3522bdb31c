"""Levy's gRPC servicer for modifications: reads requests, words answers, decides nothing."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import grpc
from google.protobuf.message import Message
from sqlalchemy import Connection
from typing_extensions import override

from levy_service import answers as levy_answers
from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.guard import gate
from levy_service.guard.gate import Change
from levy_service.modifications import answers, drafted, drafts, issuing, requested, rows
from millage.levy.v1 import modifications_pb2 as pb
from millage.levy.v1 import modifications_pb2_grpc as stubs
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires


class ModificationServicer(stubs.ModificationServiceServicer):
    def __init__(self, app: LevyApp) -> None:
        self._app = app

    @requires("levy.read")
    @override
    def FindModifiable(
        self, request: pb.FindModifiableRequest, context: grpc.ServicerContext
    ) -> pb.FindModifiableResponse:
        wanted, standing = requested.bills(request.bills)
        with self._app.database.begin() as connection:
            found = drafts.find_modifiable(self._app, connection, wanted, standing)
        return pb.FindModifiableResponse(bills=[levy_answers.bill(each.whole) for each in found])

    @requires("levy.modify")
    @override
    def OpenModification(
        self, request: pb.OpenModificationRequest, context: grpc.ServicerContext
    ) -> pb.Modification:
        opening = requested.opening(request, self._app.clock.today())

        def do(connection: Connection, asked: Asked) -> UUID:
            return drafts.open_draft(self._app, connection, opening, asked)

        return self._once("OpenModification", request, do)

    @requires("levy.modify")
    @override
    def EditModification(
        self, request: pb.EditModificationRequest, context: grpc.ServicerContext
    ) -> pb.Modification:
        modification_id = _id(request)
        edits = requested.edits(request)

        def do(connection: Connection, asked: Asked) -> UUID:
            drafts.edit(
                self._app, connection, modification_id, request.expected_revision, edits, asked
            )
            return modification_id

        return self._once("EditModification", request, do)

    @requires("levy.modify")
    @override
    def RollBackModification(
        self, request: pb.RollBackModificationRequest, context: grpc.ServicerContext
    ) -> pb.Modification:
        modification_id = _id(request)

        def do(connection: Connection, asked: Asked) -> UUID:
            revision = request.expected_revision
            drafts.roll_back(self._app, connection, modification_id, revision, asked)
            return modification_id

        return self._once("RollBackModification", request, do)

    @requires("levy.modify")
    @override
    def DropModification(
        self, request: pb.DropModificationRequest, context: grpc.ServicerContext
    ) -> pb.Modification:
        modification_id = _id(request)

        def do(connection: Connection, asked: Asked) -> UUID:
            drafts.drop(self._app, connection, modification_id, asked)
            return modification_id

        return self._once("DropModification", request, do)

    @requires("levy.read")
    @override
    def GetModification(
        self, request: pb.GetModificationRequest, context: grpc.ServicerContext
    ) -> pb.Modification:
        modification_id = _id(request)
        with self._app.database.begin() as connection:
            draft = drafted.find(connection, modification_id)
            return answers.whole(self._app, connection, draft)

    @requires("levy.read")
    @override
    def ListModifications(
        self, request: pb.ListModificationsRequest, context: grpc.ServicerContext
    ) -> pb.ListModificationsResponse:
        status = requested.status(request.status)
        token = request.page_token
        before = requests.required_id(token, "page_token") if token else None
        size = requests.page_size(request.page_size)
        with self._app.database.begin() as connection:
            found = rows.drafts_page(connection, status, before, size + 1)
        page = found[:size]
        return pb.ListModificationsResponse(
            modifications=[answers.head(each) for each in page],
            next_page_token=str(page[-1].modification_id) if len(found) > size else "",
        )

    @requires("levy.modify")
    @override
    def FinishModification(
        self, request: pb.FinishModificationRequest, context: grpc.ServicerContext
    ) -> pb.Modification:
        modification_id = _id(request)

        def do(connection: Connection, asked: Asked) -> UUID:
            revision = request.expected_revision

            def finish() -> None:
                issuing.finish(self._app, connection, modification_id, revision, asked)

            bill_ids = drafts.bills_to_finish(connection, modification_id, revision)
            body = {"modification_id": str(modification_id), "revision": revision}
            change = Change("modification", bill_ids, body, asked.user, asked.traceparent)
            if not gate.hold(self._app, connection, change, finish):
                finish()
            return modification_id

        return self._once("FinishModification", request, do)

    def _once(
        self, method: str, request: Message, do: Callable[[Connection, Asked], UUID]
    ) -> pb.Modification:
        """Do a command once, and answer with the draft as it then is."""
        asked = Asked(rpc.caller().user, rpc.traceparent())

        def answer(connection: Connection) -> pb.Modification:
            draft = drafted.find(connection, do(connection, asked))
            return answers.whole(self._app, connection, draft)

        return idempotency.in_transaction(
            self._app.database, method, request, pb.Modification, answer
        )


def _id(request: Any) -> UUID:
    return requests.required_id(request.modification_id, "modification_id")


def servicer(app: LevyApp) -> rpc.Servicer:
    return rpc.Servicer(
        ModificationServicer(app),
        stubs.add_ModificationServiceServicer_to_server,
        "millage.levy.v1.ModificationService",
    )
