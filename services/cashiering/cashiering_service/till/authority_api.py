"""The gRPC servicer of what cashiers may do, and of second persons."""

from typing import Any

import grpc
from typing_extensions import override

from cashiering_service.domain.limits import LimitsSet, MayTake
from cashiering_service.domain.override import Action
from cashiering_service.till import authority_commands as commands
from cashiering_service.till import limits_store
from cashiering_service.till.authority_commands import OverrideAsked
from cashiering_service.topic_api import NAME_MAX, TEXT_MAX, Topic, asked
from millage.cashiering.v1 import authority_pb2 as pb
from millage.cashiering.v1 import authority_pb2_grpc as stubs
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid
from taxkit.idempotency import KEY_LENGTH_MAX
from taxkit.money import CENTS_MAX, format_cents

_AMOUNTS: tuple[Any, ...] = (
    "max_interest_waiver_cents",
    "max_penalty_waiver_cents",
    "tolerance_cents",
)


class AuthorityServicer(Topic, stubs.AuthorityServiceServicer):
    @override
    @requires("cashiering.limits.manage")
    def SetLimits(self, request: pb.SetLimitsRequest, context: grpc.ServicerContext) -> pb.Limits:
        wanted, who = _limits(request), asked()
        return self._once(
            "SetLimits",
            request,
            pb.Limits,
            lambda connection: commands.set_limits(self._app, connection, who, wanted),
        )

    @override
    @requires("cashiering.read")
    def GetLimits(self, request: pb.GetLimitsRequest, context: grpc.ServicerContext) -> pb.Limits:
        cashier = requests.plain_text(request.cashier, "cashier", NAME_MAX)
        on = requests.optional_date(request.on, "on") or self._app.clock.today()
        return self._read(
            lambda connection: commands.limits_state(self._app, connection, cashier, on)
        )

    @override
    @requires("cashiering.override")
    def AuthoriseOverride(
        self, request: pb.AuthoriseOverrideRequest, context: grpc.ServicerContext
    ) -> pb.Override:
        wanted, who = _wanted(request), asked()
        approver = rpc.second_person(request.approver_token)
        approver.require("cashiering.override.approve")
        return self._once(
            "AuthoriseOverride",
            request,
            pb.Override,
            lambda connection: commands.authorise(self._app, connection, who, wanted, approver),
        )

    @override
    @requires("cashiering.read")
    def ListOverrides(
        self, request: pb.ListOverridesRequest, context: grpc.ServicerContext
    ) -> pb.ListOverridesResponse:
        order_key = requests.plain_text(request.order_key, "order_key", KEY_LENGTH_MAX)
        size = requests.page_size(request.page_size)
        after = requests.id_after(request.page_token)
        with self._app.database.begin() as connection:
            rows = limits_store.grants(connection, order_key, after, size + 1)
        return pb.ListOverridesResponse(
            overrides=[commands.override_answer(row) for row in rows[:size]],
            next_page_token=str(rows[size - 1].grant_id) if len(rows) > size else "",
        )


def _limits(request: pb.SetLimitsRequest) -> LimitsSet:
    amounts = {
        name: getattr(request, name) if request.HasField(name) else None for name in _AMOUNTS
    }
    for name, cents in amounts.items():
        if cents is not None and not 0 <= cents <= CENTS_MAX:
            raise invalid("LIMIT_OUT_OF_RANGE", f"from $0.00 to {format_cents(CENTS_MAX)}", name)
    if request.cashier and not request.cashier.strip():
        raise invalid("CASHIER_MISSING", "name the cashier, or nobody for everybody", "cashier")
    if request.may_take and request.may_take not in list(MayTake):
        raise invalid("MAY_TAKE_UNKNOWN", f"one of {', '.join(MayTake)}", "may_take")
    return LimitsSet(
        requests.plain_text(request.cashier, "cashier", NAME_MAX),
        requests.required_date(request.effective_from, "effective_from"),
        **amounts,
        overrides_allowed=request.overrides_allowed
        if request.HasField("overrides_allowed")
        else None,
        may_take=MayTake(request.may_take) if request.may_take else None,
    )


def _wanted(request: pb.AuthoriseOverrideRequest) -> OverrideAsked:
    if request.action not in list(Action):
        raise invalid("ACTION_UNKNOWN", f"one of {', '.join(Action)}", "action")
    order_key = requests.plain_text(request.order_key, "order_key", KEY_LENGTH_MAX)
    if not order_key.strip():
        raise invalid("ORDER_KEY_MISSING", "name the key the order will be sent under", "order_key")
    return OverrideAsked(
        requests.required_id(request.session_id, "session_id"),
        order_key,
        Action(request.action),
        request.amount_cents,
        requests.plain_text(request.reason, "reason", TEXT_MAX),
    )
