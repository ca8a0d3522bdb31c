"""The gRPC servicer of money held that baskets keep."""

from datetime import datetime
from typing import Any
from uuid import UUID

import grpc
from sqlalchemy import Connection
from typing_extensions import override

from cashiering_service.baskets import money_holds
from cashiering_service.baskets import rulebook as basket_rulebook
from cashiering_service.baskets.desk import Desk
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.domain.held import ESCROW, SURPLUS
from cashiering_service.till import hold_store
from cashiering_service.topic_api import NUMBER_MAX, Topic, asked
from millage.cashiering.v1 import money_holds_pb2 as pb
from millage.cashiering.v1 import money_holds_pb2_grpc as stubs
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid


class MoneyHoldsServicer(Topic, stubs.MoneyHoldsServiceServicer):
    def __init__(self, app: CashieringApp) -> None:
        super().__init__(app)
        self._law = basket_rulebook.of_counters(app)

    @override
    @requires("cashiering.held_tender")
    def HoldMoney(
        self, request: pb.HoldMoneyRequest, context: grpc.ServicerContext
    ) -> pb.MoneyHolds:
        basket_id, who = requests.required_id(request.basket_id, "basket_id"), asked()
        surplus = requests.plain_text(request.surplus_item_id, "surplus_item_id", NUMBER_MAX)
        escrow = requests.plain_text(request.escrow_account, "escrow_account", NUMBER_MAX)
        if bool(surplus) == bool(escrow):
            raise invalid("KEY_MISSING", "name a surplus or an escrow account", "surplus_item_id")
        if escrow or request.amount_cents:
            requests.positive_cents(request.amount_cents, "amount_cents")
        key = (SURPLUS, surplus) if surplus else (ESCROW, escrow)

        def do(connection: Connection) -> pb.MoneyHolds:
            basket = Desk(connection, self._law).take(basket_id)
            money_holds.hold(self._app, connection, who, basket, key, request.amount_cents)
            return self._holds(connection, basket_id)

        return self._once("HoldMoney", request, pb.MoneyHolds, do)

    @override
    @requires("cashiering.held_tender")
    def ReleaseMoney(
        self, request: pb.ReleaseMoneyRequest, context: grpc.ServicerContext
    ) -> pb.MoneyHolds:
        hold_id, who = requests.required_id(request.hold_id, "hold_id"), asked()
        return self._once(
            "ReleaseMoney",
            request,
            pb.MoneyHolds,
            lambda connection: self._holds(
                connection, money_holds.release(self._app, connection, who, hold_id)
            ),
        )

    @override
    @requires("cashiering.read")
    def ListMoneyHolds(
        self, request: pb.ListMoneyHoldsRequest, context: grpc.ServicerContext
    ) -> pb.MoneyHolds:
        basket_id = requests.required_id(request.basket_id, "basket_id")
        return self._read(lambda connection: self._holds(connection, basket_id))

    def _holds(self, connection: Connection, basket_id: UUID) -> pb.MoneyHolds:
        now = self._app.clock.now()
        rows = hold_store.of_basket(connection, basket_id)
        return pb.MoneyHolds(holds=[_hold(row, now) for row in rows])


def _hold(row: Any, now: datetime) -> pb.MoneyHold:
    return pb.MoneyHold(
        hold_id=str(row.hold_id),
        basket_id=str(row.basket_id),
        kind=row.kind,
        reference=row.reference,
        amount_cents=row.amount_cents,
        held_by=row.held_by,
        until=row.until.isoformat(),
        stands=row.stands and row.until > now,
        outcome=row.outcome or "",
        ended_by=row.ended_by or "",
    )


def money_holds_servicer(app: CashieringApp) -> rpc.Servicer:
    return rpc.Servicer(
        MoneyHoldsServicer(app),
        stubs.add_MoneyHoldsServiceServicer_to_server,
        "millage.cashiering.v1.MoneyHoldsService",
    )
