"""Levy's gRPC servicer for payoffs: reads requests, words answers, decides nothing."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

import grpc
from google.protobuf.message import Message
from sqlalchemy import Connection
from typing_extensions import override

from levy_service.bootstrap import LevyApp
from levy_service.guard import answers as guard_answers
from levy_service.guard import gate
from levy_service.guard.gate import Change
from levy_service.specials import (
    asked,
    assigning,
    payoff_answers,
    payoff_bills,
    payoff_store,
    payoffs,
    store,
    withdrawing,
)
from levy_service.specials.assigning import Assignment
from levy_service.specials.payoffs import OnBill, Wanted
from levy_service.specials.steps import By
from levy_service.specials.withdrawing import Withdrawal
from millage.levy.v1 import special_payoffs_pb2 as pb
from millage.levy.v1 import special_payoffs_pb2_grpc as stubs
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid

_TRACTS_MAX: Final = 100
_NAME_MAX: Final = 200
M = TypeVar("M", bound=Message)


class SpecialPayoffServicer(stubs.SpecialPayoffServiceServicer):
    def __init__(self, app: LevyApp) -> None:
        self._app = app

    @requires("levy.read")
    @override
    def QuotePayoff(
        self, request: pb.QuotePayoffRequest, context: grpc.ServicerContext
    ) -> pb.PayoffQuote:
        wanted = self._wanted(request, "quoted")
        with self._app.database.begin() as connection:
            payoff = payoffs.quoted(self._app, connection, wanted)
            row = store.assessment(connection, wanted.assessment_id)
            bills = payoff_store.bills_of(connection, wanted.assessment_id)
        return payoff_answers.quoted(row, payoff, bills)

    @requires("levy.special.payoff")
    @override
    def PayOffPosted(
        self, request: pb.PayOffPostedRequest, context: grpc.ServicerContext
    ) -> pb.PayOffResponse:
        wanted = self._wanted(request, asked.reason(request.reason))
        on = OnBill(
            requests.required_id(request.bill_id, "bill_id"),
            request.expected_version,
            requests.plain_text(request.change_reason, "change_reason", _NAME_MAX).strip(),
        )

        def do(connection: Connection) -> pb.PayOffResponse:
            def pay_off() -> UUID:
                return payoffs.pay_off_posted(self._app, connection, wanted, on)

            # What leaves the bill as it is need not wait for anybody.
            if payoffs.corrects(self._app, on):
                change = _change(wanted, on)
                held = gate.hold(self._app, connection, change, pay_off)
                if held:
                    message = "the payoff waits until the payment file is done"
                    return pb.PayOffResponse(message=message, held=guard_answers.held_change(held))
            return payoff_answers.done(connection, pay_off())

        return self._once("PayOffPosted", request, pb.PayOffResponse, do)

    @requires("levy.special.payoff")
    @override
    def PayOffUnposted(
        self, request: pb.PayOffUnpostedRequest, context: grpc.ServicerContext
    ) -> pb.PayOffResponse:
        wanted = self._wanted(request, asked.reason(request.reason))

        def do(connection: Connection) -> pb.PayOffResponse:
            return payoff_answers.done(
                connection, payoffs.pay_off_unposted(self._app, connection, wanted)
            )

        return self._once("PayOffUnposted", request, pb.PayOffResponse, do)

    @requires("levy.read")
    @override
    def GetPayoff(
        self, request: pb.GetPayoffRequest, context: grpc.ServicerContext
    ) -> pb.SpecialPayoff:
        payoff_id = requests.required_id(request.payoff_id, "payoff_id")
        with self._app.database.begin() as connection:
            row = payoff_bills.found(connection, payoff_id)
            return payoff_answers.whole(connection, row)

    @requires("levy.read")
    @override
    def ListPayoffs(
        self, request: pb.ListPayoffsRequest, context: grpc.ServicerContext
    ) -> pb.ListPayoffsResponse:
        states = ("", *payoff_store.STATES)
        if request.state not in states:
            raise invalid("STATE_UNKNOWN", f"one of {', '.join(states[1:])}", "state")
        parcel = requests.plain_text(request.parcel_number, "parcel_number", _NAME_MAX)
        whose = requests.plain_text(request.assignee, "assignee", _NAME_MAX)
        special = _optional_id(request.assessment_id, "assessment_id")
        before = _optional_id(request.page_token, "page_token")
        size = requests.page_size(request.page_size)
        with self._app.database.begin() as connection:
            rows = payoff_store.page(
                connection, special, parcel, request.state, whose, before, size + 1
            )
        page = [payoff_answers.head(each) for each in rows[:size]]
        return pb.ListPayoffsResponse(
            payoffs=page, next_page_token=page[-1].payoff_id if len(rows) > size else ""
        )

    @requires("levy.special.payoff")
    @override
    def AssignPayoff(
        self, request: pb.AssignPayoffRequest, context: grpc.ServicerContext
    ) -> pb.SpecialPayoff:
        payoff_id = requests.required_id(request.payoff_id, "payoff_id")
        assignee = requests.plain_text(request.assignee, "assignee", _NAME_MAX).strip()
        if not assignee:
            raise invalid("ASSIGNEE_MISSING", "say who is to see to it", "assignee")
        wanted = Assignment(assignee, requests.optional_date(request.due_on, "due_on"))
        by = self._by(asked.reason(request.reason))

        def do(connection: Connection) -> pb.SpecialPayoff:
            assigning.assign(self._app, connection, payoff_id, wanted, by)
            return payoff_answers.whole(connection, payoff_bills.found(connection, payoff_id))

        return self._once("AssignPayoff", request, pb.SpecialPayoff, do)

    @requires("levy.special.payoff")
    @override
    def SettlePayoff(
        self, request: pb.SettlePayoffRequest, context: grpc.ServicerContext
    ) -> pb.SpecialPayoff:
        payoff_id = requests.required_id(request.payoff_id, "payoff_id")
        by = self._by(asked.reason(request.reason))

        def do(connection: Connection) -> pb.SpecialPayoff:
            payoffs.settle(self._app, connection, payoff_id, by)
            return payoff_answers.whole(connection, payoff_bills.found(connection, payoff_id))

        return self._once("SettlePayoff", request, pb.SpecialPayoff, do)

    @requires("levy.special.payoff")
    @override
    def WithdrawPayoff(
        self, request: pb.WithdrawPayoffRequest, context: grpc.ServicerContext
    ) -> pb.PayOffResponse:
        payoff_id = requests.required_id(request.payoff_id, "payoff_id")
        wanted = Withdrawal(payoff_id, self._by(asked.reason(request.reason)))

        def do(connection: Connection) -> pb.PayOffResponse:
            def withdraw() -> None:
                withdrawing.withdraw(self._app, connection, wanted)

            row = payoff_bills.found(connection, payoff_id)
            if row.is_billed:
                change = Change(
                    withdrawing.KIND, [row.bill_id], withdrawing.body_of(wanted), wanted.by.user,
                    wanted.by.traceparent,
                )  # fmt: skip
                held = gate.hold(self._app, connection, change, withdraw)
                if held:
                    message = "the withdrawal waits until the payment file is done"
                    return pb.PayOffResponse(message=message, held=guard_answers.held_change(held))
            withdraw()
            return payoff_answers.done(connection, payoff_id)

        return self._once("WithdrawPayoff", request, pb.PayOffResponse, do)

    def _by(self, reason: str) -> By:
        return By(rpc.caller().user, reason, self._app.clock.today(), rpc.traceparent())

    def _wanted(self, request: Any, reason: str) -> Wanted:
        payoff_on = requests.optional_date(request.payoff_on, "payoff_on")
        return Wanted(
            requests.required_id(request.assessment_id, "assessment_id"),
            payoff_on or self._app.clock.today(),
            _tracts(request.tracts),
            self._by(reason),
        )

    def _once(self, method: str, request: Any, answer: type[M], do: Callable[[Connection], M]) -> M:
        return idempotency.in_transaction(self._app.database, method, request, answer, do)


def _change(wanted: Wanted, on: OnBill) -> Change:
    body = {
        "assessment_id": str(wanted.assessment_id),
        "payoff_on": wanted.payoff_on.isoformat(),
        "tracts": list(wanted.tracts),
        "bill_id": str(on.bill_id),
        "expected_version": on.expected_version,
        "change_reason": on.change_reason,
        "reason": wanted.by.reason,
    }
    return Change(payoffs.KIND, [on.bill_id], body, wanted.by.user, wanted.by.traceparent)


def _tracts(names: Sequence[str]) -> list[str]:
    if len(names) > _TRACTS_MAX:
        raise invalid("TOO_MANY_TRACTS", f"at most {_TRACTS_MAX} tracts", "tracts")
    return [requests.plain_text(each, "tracts", _NAME_MAX).strip() for each in names]


def _optional_id(text: str, field: str) -> UUID | None:
    return requests.required_id(text, field) if text else None


def servicer(app: LevyApp) -> rpc.Servicer:
    return rpc.Servicer(
        SpecialPayoffServicer(app),
        stubs.add_SpecialPayoffServiceServicer_to_server,
        "millage.levy.v1.SpecialPayoffService",
    )
