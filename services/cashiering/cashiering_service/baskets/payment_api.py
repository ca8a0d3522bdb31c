"""The gRPC servicer of what a basket pays: reads requests, words answers, decides nothing."""

from datetime import date
from typing import Any

import grpc

from cashiering_service.baskets import line_commands as basket_line_commands
from cashiering_service.baskets import quotes as basket_quotes
from cashiering_service.baskets import requests as basket_requests
from cashiering_service.baskets import rulebook as basket_rulebook
from cashiering_service.baskets import store as basket_store
from cashiering_service.baskets.desk import Desk
from cashiering_service.baskets.desk_topic import DeskTopic
from cashiering_service.baskets.posting import BasketPoster
from cashiering_service.baskets.replays import answer_of
from cashiering_service.baskets.rulebook import BasketLaw
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.domain.basket import Line
from cashiering_service.domain.line_changes import LineChange
from cashiering_service.domain.paying import Basis, Quoted
from cashiering_service.quotes import Quotes
from cashiering_service.till.posting import Poster
from millage.cashiering.v1 import basket_payment_pb2 as pay
from millage.cashiering.v1 import basket_payment_pb2_grpc as stubs
from millage.cashiering.v1 import basket_pb2 as pb
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid

_NAME_MAX = 200
_MAIL_MAX = 500
_EMAIL_MAX = 254
_CODE_MAX = 60


class BasketPaymentServicer(DeskTopic, stubs.BasketPaymentServiceServicer):
    def __init__(
        self, app: CashieringApp, quotes: Quotes, law: BasketLaw, poster: BasketPoster
    ) -> None:
        super().__init__(app, quotes, law)
        self._poster = poster

    @requires("cashiering.basket")
    def ChangeLine(
        self, request: pay.ChangeLineRequest, context: grpc.ServicerContext
    ) -> pb.Basket:
        basket_id = requests.required_id(request.basket_id, "basket_id")
        with self._app.database.begin() as connection:
            if (known := answer_of(connection, "ChangeLine", request, pb.Basket)) is not None:
                return known
            basket = Desk(connection, self._law).find(basket_id)
            line = basket.line(request.line_number)
            year_days = self._law.at(basket.session.business_date).year_days
            change = basket_requests.line_change(request, line.subject.tax_year, year_days)
            found = (
                basket_store.bills_by_id(connection, [line.subject.bill_id])
                if line.subject.bill_id
                else []
            )
        if change.effective_on is not None:
            rpc.caller().require("cashiering.effective_date")
        if change.rule_id:
            rpc.caller().require("cashiering.allocate")
            self._check_rule(change.rule_id, basket.session.business_date)
        if change.share is not None:
            rpc.caller().require("cashiering.prorate")
        quoted = self._quoted(found, line, change, context)
        place = (basket_id, request.version, request.line_number)
        return self._once(
            "ChangeLine",
            request,
            pb.Basket,
            lambda desk: basket_line_commands.change_line(desk, place, change, quoted),
        )

    @requires("cashiering.basket")
    def AddEntry(self, request: pay.AddEntryRequest, context: grpc.ServicerContext) -> pb.Basket:
        basket_id = requests.required_id(request.basket_id, "basket_id")
        version = request.version if request.HasField("version") else None
        return self._once(
            "AddEntry",
            request,
            pb.Basket,
            lambda desk: basket_line_commands.add_entry(desk, basket_id, version, request.entry),
        )

    @requires("cashiering.basket")
    def SwitchBasis(
        self, request: pay.SwitchBasisRequest, context: grpc.ServicerContext
    ) -> pb.Basket:
        basket_id = requests.required_id(request.basket_id, "basket_id")
        basis = basket_requests.required_basis(request.basis)
        with self._app.database.begin() as connection:
            if (done := answer_of(connection, "SwitchBasis", request, pb.Basket)) is not None:
                return done
            lines = Desk(connection, self._law).find(basket_id).lines
            free = [line for line in lines if line.quoted and line.quoted.is_free_to_choose]
            wanted = [line.subject.bill_id for line in free if line.subject.bill_id]
            known = {one.bill_id: one for one in basket_store.bills_by_id(connection, wanted)}
        # One quote a line: each has its own date.
        quoted = {
            line.line_number: found
            for line in free
            if line.subject.bill_id in known
            and (found := self._ask(known[line.subject.bill_id], line, basis, context))
        }
        return self._once(
            "SwitchBasis",
            request,
            pb.Basket,
            lambda desk: basket_line_commands.switch_basis(
                desk, basket_id, request.version, basis, quoted
            ),
        )

    @requires("cashiering.basket")
    def SetPayer(self, request: pay.SetPayerRequest, context: grpc.ServicerContext) -> pb.Basket:
        basket_id = requests.required_id(request.basket_id, "basket_id")
        requests.plain_text(request.name, "name", _NAME_MAX)
        requests.plain_text(request.email, "email", _EMAIL_MAX)
        requests.plain_text(request.mailing_address, "mailing_address", _MAIL_MAX)
        requests.plain_text(request.lender_code, "lender_code", _CODE_MAX)
        return self._once(
            "SetPayer",
            request,
            pb.Basket,
            lambda desk: basket_line_commands.name_payer(desk, basket_id, request),
        )

    @requires("cashiering.pay")
    async def PostBasket(
        self, request: pay.PostBasketRequest, context: grpc.ServicerContext
    ) -> pay.PostBasketResponse:
        basket_id = requests.required_id(request.basket_id, "basket_id")
        return await self._poster.post(request, basket_id, rpc.caller(), rpc.traceparent())

    @requires("cashiering.lender.manage")
    def RecordLender(
        self, request: pay.RecordLenderRequest, context: grpc.ServicerContext
    ) -> pay.Lender:
        requests.plain_text(request.lender.lender_code, "lender.lender_code", _CODE_MAX)
        requests.plain_text(request.lender.name, "lender.name", _NAME_MAX)
        requests.plain_text(request.lender.email, "lender.email", _EMAIL_MAX)
        return self._once(
            "RecordLender",
            request,
            pay.Lender,
            lambda desk: basket_line_commands.record_lender(desk.connection, request.lender),
        )

    def _check_rule(self, rule_id: str, business_date: date) -> None:
        known = [rule.code for rule in self._app.law.allocation_rules(business_date)]
        if rule_id not in known:
            raise invalid(
                "ALLOCATION_RULE_UNKNOWN",
                f"{rule_id} is not one of {', '.join(known)}",
                "allocation_rule",
            )

    def _quoted(
        self, found: Any, line: Line, change: LineChange, context: grpc.ServicerContext
    ) -> tuple[int, Quoted] | None:
        """What the line's bill owes as of its date; of a line without a bill nothing."""
        if not found:
            return None
        as_of = change.effective_on or line.wish.effective_on
        basis = change.basis or line.wish.basis
        passed_on = basket_requests.passed_on(context)
        return basket_quotes.ask(self._quotes, found, as_of, passed_on, basis)[found[0].bill_id]

    def _ask(
        self, bill: Any, line: Line, basis: Basis, context: grpc.ServicerContext
    ) -> tuple[int, Quoted]:
        passed_on = basket_requests.passed_on(context)
        on = line.wish.effective_on
        return basket_quotes.ask(self._quotes, [bill], on, passed_on, basis)[bill.bill_id]


def basket_payment_servicer(app: CashieringApp, quotes: Quotes, poster: Poster) -> rpc.Servicer:
    law = basket_rulebook.of_counters(app)
    return rpc.Servicer(
        BasketPaymentServicer(app, quotes, law, BasketPoster(app, law, poster)),
        stubs.add_BasketPaymentServiceServicer_to_server,
        "millage.cashiering.v1.BasketPaymentService",
    )
