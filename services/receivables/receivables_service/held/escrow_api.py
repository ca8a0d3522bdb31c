"""gRPC servicer of escrow accounts: translate, call, translate back."""

import re
from collections.abc import Callable
from typing import Any

import grpc
from sqlalchemy import Connection

from millage.receivables.v1 import escrow_pb2 as pb
from millage.receivables.v1 import escrow_pb2_grpc as stubs
from receivables_service.asked import Asked
from receivables_service.asking import run_once
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.held import escrow
from receivables_service.held.escrow import Contact
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid
from taxkit.inbox import Work

_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}")
_TEXT_MAX = 200


class EscrowServicer(stubs.EscrowServiceServicer):
    def __init__(self, app: ReceivablesApp) -> None:
        self._app = app

    @requires("receivables.escrow")
    def OpenEscrowAccount(
        self, request: pb.OpenEscrowAccountRequest, context: grpc.ServicerContext
    ) -> pb.EscrowAccount:
        number, contact, asked = _number(request), _contact(request.contact), _asked("opened")
        if request.kind not in escrow.KINDS:
            raise invalid("ESCROW_KIND_UNKNOWN", f"one of {', '.join(escrow.KINDS)}", "kind")
        return self._once(
            "OpenEscrowAccount",
            request,
            lambda work: escrow.open_account(work, asked, number, request.kind, contact),
        )

    @requires("receivables.escrow")
    def ChangeEscrowContact(
        self, request: pb.ChangeEscrowContactRequest, context: grpc.ServicerContext
    ) -> pb.EscrowAccount:
        number, contact, asked = _number(request), _contact(request.contact), _asked("contact")
        return self._once(
            "ChangeEscrowContact",
            request,
            lambda work: escrow.change_contact(work, asked, number, contact),
        )

    @requires("receivables.escrow")
    def CloseEscrowAccount(
        self, request: pb.CloseEscrowAccountRequest, context: grpc.ServicerContext
    ) -> pb.EscrowAccount:
        number, asked = _number(request), _asked("closed")
        return self._once(
            "CloseEscrowAccount",
            request,
            lambda work: escrow.close_account(work, asked, number),
        )

    @requires("receivables.read")
    def GetEscrowAccount(
        self, request: pb.GetEscrowAccountRequest, context: grpc.ServicerContext
    ) -> pb.EscrowAccount:
        number = _number(request)
        with self._app.database.begin() as connection:
            return _answer(connection, number)

    def _once(self, method: str, request: Any, do: Callable[[Work], None]) -> pb.EscrowAccount:
        number = _number(request)

        def in_work(work: Work) -> pb.EscrowAccount:
            do(work)
            return _answer(work.connection, number)

        return run_once(self._app, method, request, pb.EscrowAccount, in_work)


def servicer(app: ReceivablesApp) -> rpc.Servicer:
    return rpc.Servicer(
        EscrowServicer(app),
        stubs.add_EscrowServiceServicer_to_server,
        "millage.receivables.v1.EscrowService",
    )


def _asked(what: str) -> Asked:
    return Asked(rpc.caller().user, what, rpc.traceparent())


def _number(request: Any) -> str:
    number: str = request.escrow_account
    if not _NUMBER.fullmatch(number):
        raise invalid(
            "ESCROW_NUMBER_INVALID", "1 to 40 letters, digits and hyphens", "escrow_account"
        )
    return number


def _contact(given: pb.EscrowContact) -> Contact:
    texts = [
        requests.plain_text(getattr(given, name), name, _TEXT_MAX)
        for name in ("name", "email", "phone", "address")
    ]
    if not texts[0].strip():
        raise invalid("CONTACT_MISSING", "name whose account it is", "contact.name")
    return Contact(*texts)


def _answer(connection: Connection, number: str) -> pb.EscrowAccount:
    found = escrow.read(connection, number)
    return pb.EscrowAccount(
        escrow_account=found.escrow_account,
        kind=found.kind,
        contact=pb.EscrowContact(
            name=found.contact.name,
            email=found.contact.email,
            phone=found.contact.phone,
            address=found.contact.address,
        ),
        balance_cents=found.balance_cents,
        available_cents=found.available_cents,
        closed=found.closed_on is not None,
        movements=[
            pb.EscrowMovement(
                surplus_item_id=str(row.item_id),
                kind=row.posting_kind,
                amount_cents=row.amount_cents,
                business_date=row.business_date.isoformat(),
                receipt_id=str(row.receipt_id),
                balance_cents=row.balance,
            )
            for row in escrow.movements(connection, number)
        ],
    )
