"""The gRPC servicer of a basket's header."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import grpc
from typing_extensions import override

from cashiering_service.baskets import quotes as basket_quotes
from cashiering_service.baskets import requests as basket_requests
from cashiering_service.baskets import rulebook as basket_rulebook
from cashiering_service.baskets import store as basket_store
from cashiering_service.baskets.desk import Desk
from cashiering_service.baskets.replays import answer_of
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.domain import basket_header
from cashiering_service.domain.basket import Basket
from cashiering_service.domain.paying import Quoted
from cashiering_service.quotes import Quotes
from cashiering_service.topic_api import CODE_MAX, Topic
from millage.cashiering.v1 import basket_header_pb2 as pb
from millage.cashiering.v1 import basket_header_pb2_grpc as stubs
from millage.cashiering.v1 import basket_pb2
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid


class BasketHeaderServicer(Topic, stubs.BasketHeaderServiceServicer):
    def __init__(self, app: CashieringApp, quotes: Quotes) -> None:
        super().__init__(app)
        self._quotes = quotes
        self._law = basket_rulebook.of_counters(app)

    @override
    @requires("cashiering.basket")
    def ChangeHeader(
        self, request: pb.ChangeHeaderRequest, context: grpc.ServicerContext
    ) -> basket_pb2.Basket:
        basket_id = requests.required_id(request.basket_id, "basket_id")
        on = requests.optional_date(request.effective_on, "effective_on")
        rule_id = requests.plain_text(request.allocation_rule, "allocation_rule", CODE_MAX)
        if on is None and not rule_id:
            raise invalid("HEADER_UNCHANGED", "name a date or an allocation rule", "effective_on")
        if on is not None:
            rpc.caller().require("cashiering.effective_date")
        if rule_id:
            rpc.caller().require("cashiering.allocate")
        numbers = set(request.line_numbers)
        with self._app.database.begin() as connection:
            done = answer_of(connection, "ChangeHeader", request, basket_pb2.Basket)
            if done is not None:
                return done
            seen = Desk(connection, self._law).find(basket_id)
            wanted = [one.subject.bill_id for one in seen.lines if one.subject.bill_id]
            bills = basket_store.bills_by_id(connection, wanted)
        basket_header.check_header(seen, on, numbers)
        self._check_rule(rule_id, seen.session.business_date)
        quoted = self._quoted(seen, numbers, on, bills, context)

        def change(desk: Desk) -> basket_pb2.Basket:
            before = desk.take_open(basket_id, request.version)
            basket_header.check_header(before, on, numbers)
            terms = desk.terms(before)
            return desk.keep(basket_header.change_header(before, on, rule_id, quoted, terms))

        return self._once(
            "ChangeHeader",
            request,
            basket_pb2.Basket,
            lambda connection: change(Desk(connection, self._law)),
        )

    def _check_rule(self, rule_id: str, day: date) -> None:
        known = [rule.code for rule in self._app.law.allocation_rules(day)]
        if rule_id and rule_id not in known:
            raise invalid(
                "ALLOCATION_RULE_UNKNOWN",
                f"{rule_id} is not one of {', '.join(known)}",
                "allocation_rule",
            )

    def _quoted(
        self,
        basket: Basket,
        numbers: set[int],
        on: date | None,
        bills: Any,
        context: grpc.ServicerContext,
    ) -> Mapping[int, tuple[int, Quoted] | None]:
        """What the bills of some lines owe as of the new date, each on its line's basis."""
        lines = [line for line in basket.lines if line.line_number in numbers]
        found: dict[int, tuple[int, Quoted] | None] = {one.line_number: None for one in lines}
        if on is None:
            return found
        known = {one.bill_id: one for one in bills}
        passed_on = basket_requests.passed_on(context)
        for basis in {line.wish.basis for line in lines}:
            of_basis = [
                line for line in lines if line.wish.basis is basis and line.subject.bill_id in known
            ]
            wanted = [known[line.subject.bill_id] for line in of_basis]
            asked = basket_quotes.ask(self._quotes, wanted, on, passed_on, basis) if wanted else {}
            found |= {
                line.line_number: asked[line.subject.bill_id]
                for line in of_basis
                if line.subject.bill_id
            }
        return found


def basket_header_servicer(app: CashieringApp, quotes: Quotes) -> rpc.Servicer:
    return rpc.Servicer(
        BasketHeaderServicer(app, quotes),
        stubs.add_BasketHeaderServiceServicer_to_server,
        "millage.cashiering.v1.BasketHeaderService",
    )
