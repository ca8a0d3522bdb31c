"""The gRPC servicer of money held, as the till may tender it."""

import grpc
from typing_extensions import override

from cashiering_service.domain.held import ESCROW, SURPLUS, HeldMoney
from cashiering_service.till import held_store
from cashiering_service.topic_api import NUMBER_MAX, Topic
from millage.cashiering.v1 import held_money_pb2 as pb
from millage.cashiering.v1 import held_money_pb2_grpc as stubs
from taxkit import requests
from taxkit.auth import requires
from taxkit.errors import invalid, not_found


class HeldMoneyServicer(Topic, stubs.HeldMoneyServiceServicer):
    @override
    @requires("cashiering.read")
    def ListHeldMoney(
        self, request: pb.ListHeldMoneyRequest, context: grpc.ServicerContext
    ) -> pb.ListHeldMoneyResponse:
        """List what may be tendered for a parcel, or one item with what is left of it."""
        parcel = requests.plain_text(request.parcel_number, "parcel_number", NUMBER_MAX)
        surplus = requests.plain_text(request.surplus_item_id, "surplus_item_id", NUMBER_MAX)
        escrow = requests.plain_text(request.escrow_account, "escrow_account", NUMBER_MAX)
        if sum(map(bool, (parcel, surplus, escrow))) != 1:
            raise invalid("KEY_MISSING", "name a parcel, a surplus or an escrow account")
        kind = ESCROW if escrow else SURPLUS
        with self._app.database.begin() as connection:
            found = held_store.listed(connection, parcel, kind, surplus or escrow)
        if not parcel and not found:
            raise not_found(f"{kind.upper()}_UNKNOWN", f"no {kind} {surplus or escrow!r} is known")
        return pb.ListHeldMoneyResponse(items=[self._answer(one) for one in found])

    def _answer(self, one: HeldMoney) -> pb.HeldMoney:
        now = self._app.clock.now()
        by_law = one.kind == ESCROW or one.category in self._app.law.tenderable(
            self._app.clock.date_of(now)
        )
        return pb.HeldMoney(
            kind=one.kind,
            reference=one.reference,
            category=one.category,
            name=one.name,
            parcel_number=one.parcel_number,
            open_cents=one.open_cents,
            available_cents=one.available(now),
            state=one.state,
            tenderable=by_law and one.state == "open",
        )
