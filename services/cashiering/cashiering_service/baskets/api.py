"""The gRPC servicer of baskets: reads requests, words answers, decides nothing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import grpc
from sqlalchemy import Connection

from cashiering_service.baskets import commands as basket_commands
from cashiering_service.baskets import loading as basket_loading
from cashiering_service.baskets import plan_desk, prepay
from cashiering_service.baskets import quotes as basket_quotes
from cashiering_service.baskets import requests as basket_requests
from cashiering_service.baskets import rulebook as basket_rulebook
from cashiering_service.baskets import store as basket_store
from cashiering_service.baskets.answers import found_account, header_answer
from cashiering_service.baskets.desk import Desk
from cashiering_service.baskets.desk_topic import DeskTopic
from cashiering_service.baskets.loading import Found
from cashiering_service.baskets.replays import answer_of
from cashiering_service.baskets.requests import KEY_MAX
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.domain import basket as baskets
from cashiering_service.domain.basket import Basket
from cashiering_service.domain.limits import MayTake, limits_of
from cashiering_service.domain.line_changes import first_basis
from cashiering_service.domain.lookup import (
    ADVANCE,
    PRE_PAY,
    TAX,
    Lookup,
    check_enabled,
    check_lookup,
)
from cashiering_service.quotes import Quotes
from cashiering_service.sessions.offers import named_session, offering
from cashiering_service.till import limits_store
from millage.cashiering.v1 import basket_pb2 as pb
from millage.cashiering.v1 import basket_pb2_grpc as stubs
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import Refusal, invalid

_TEXT_MAX = 500
_FOUND_MAX = 100


class BasketServicer(DeskTopic, stubs.BasketServiceServicer):
    @requires("cashiering.basket")
    def OpenBasket(self, request: pb.OpenBasketRequest, context: grpc.ServicerContext) -> pb.Basket:
        effective_on = requests.optional_date(request.effective_on, "effective_on")
        user = rpc.caller().user
        if effective_on is not None:
            rpc.caller().require("cashiering.effective_date")
        with offering(self._app):
            session_id = named_session(request.session_id)
            return self._once(
                "OpenBasket",
                request,
                pb.Basket,
                lambda desk: basket_commands.open_basket(desk, user, session_id, effective_on),
            )

    @requires("cashiering.basket")
    def GetBasket(self, request: pb.GetBasketRequest, context: grpc.ServicerContext) -> pb.Basket:
        basket_id = requests.required_id(request.basket_id, "basket_id")
        with self._app.database.begin() as connection:
            desk = Desk(connection, self._law)
            return desk.answer(desk.find(basket_id))

    @requires("cashiering.basket")
    def ListBaskets(
        self, request: pb.ListBasketsRequest, context: grpc.ServicerContext
    ) -> pb.ListBasketsResponse:
        size = requests.page_size(request.page_size)
        session_id = (
            requests.required_id(request.session_id, "session_id") if request.session_id else None
        )
        before = (
            requests.required_id(request.page_token, "page_token") if request.page_token else None
        )
        with self._app.database.begin() as connection:
            rows = basket_store.headers(
                connection, session_id, paused=request.paused_only, before=before, limit=size + 1
            )
        return pb.ListBasketsResponse(
            baskets=map(header_answer, rows[:size]),
            next_page_token=str(rows[size - 1].basket_id) if len(rows) > size else "",
        )

    @requires("cashiering.basket")
    def SearchAccounts(
        self, request: pb.SearchAccountsRequest, context: grpc.ServicerContext
    ) -> pb.SearchAccountsResponse:
        limit = min(request.limit, _FOUND_MAX) if request.limit > 0 else _FOUND_MAX
        wanted = {
            "owner": basket_requests.prefix(request.owner_name.lower(), "owner_name"),
            "parcel": basket_requests.prefix(request.parcel_number, "parcel_number"),
            "key": requests.plain_text(request.account_key, "account_key", KEY_MAX) or None,
            "year": request.tax_year or None,
            "personal": request.personal_property,
            "limit": limit + 1,
        }
        if not (wanted["owner"] or wanted["parcel"] or wanted["key"]):
            raise invalid(
                "KEY_MISSING",
                "give an owner's name, a parcel number or another number",
                "owner_name",
            )
        with self._app.database.begin() as connection:
            rows = basket_store.search(connection, wanted)
        return pb.SearchAccountsResponse(
            accounts=map(found_account, rows[:limit]), more=len(rows) > limit
        )

    @requires("cashiering.basket")
    def LoadBasket(self, request: pb.LoadBasketRequest, context: grpc.ServicerContext) -> pb.Basket:
        basket_id = requests.required_id(request.basket_id, "basket_id")
        version = request.version if request.HasField("version") else None
        with self._app.database.begin() as connection:
            if (known := answer_of(connection, "LoadBasket", request, pb.Basket)) is not None:
                return known
            basket = Desk(connection, self._law).find(basket_id)
            may_take = self._may_take(connection, basket)
            found = self._find(connection, basket, request)
            if isinstance(found, Lookup):
                ahead = prepay.placed(self._quotes, found, basket_requests.passed_on(context))
                return self._add_advance(request, basket_id, version, ahead)
            terms = self._law.at(basket.session.business_date)
            if terms.defaulted_together and found.service_type != plan_desk.PAYMENT_PLAN:
                found = basket_loading.with_defaulted_set(connection, found)
        passed_on, basis = basket_requests.passed_on(context), first_basis(terms)
        quoted = basket_quotes.ask(self._quotes, found.bills, basket.effective_on, passed_on, basis)
        if found.service_type == plan_desk.PAYMENT_PLAN:
            picked = basket_requests.picked_plan(request)
            plans = plan_desk.ask(self._quotes, picked.plan_number, picked.parcel_number, passed_on)
            found = plan_desk.narrowed(plans, picked, found, quoted)
        return self._once(
            "LoadBasket",
            request,
            pb.Basket,
            lambda desk: basket_commands.load(desk, basket_id, version, found, quoted, may_take),
        )

    @requires("cashiering.basket")
    def RemoveLines(
        self, request: pb.RemoveLinesRequest, context: grpc.ServicerContext
    ) -> pb.Basket:
        basket_id = requests.required_id(request.basket_id, "basket_id")
        numbers = list(request.line_numbers)
        return self._once(
            "RemoveLines",
            request,
            pb.Basket,
            lambda desk: basket_commands.remove_lines(desk, basket_id, request.version, numbers),
        )

    @requires("cashiering.basket")
    def PauseBasket(
        self, request: pb.PauseBasketRequest, context: grpc.ServicerContext
    ) -> pb.Basket:
        return self._change("PauseBasket", request, baskets.pause)

    @requires("cashiering.basket")
    def ClearBasket(
        self, request: pb.ClearBasketRequest, context: grpc.ServicerContext
    ) -> pb.Basket:
        return self._change("ClearBasket", request, baskets.clear)

    @requires("cashiering.basket")
    def RetrieveBasket(
        self, request: pb.RetrieveBasketRequest, context: grpc.ServicerContext
    ) -> pb.Basket:
        basket_id = requests.required_id(request.basket_id, "basket_id")
        with offering(self._app):
            session_id = named_session(request.session_id)
            return self._once(
                "RetrieveBasket",
                request,
                pb.Basket,
                lambda desk: basket_commands.retrieve(desk, basket_id, request.version, session_id),
            )

    @requires("cashiering.basket")
    def CloseBasket(
        self, request: pb.CloseBasketRequest, context: grpc.ServicerContext
    ) -> pb.Basket:
        basket_id = requests.required_id(request.basket_id, "basket_id")
        return self._once(
            "CloseBasket",
            request,
            pb.Basket,
            lambda desk: basket_commands.close(desk, basket_id, request.version),
        )

    @requires("cashiering.account_key.manage")
    def RecordAccountKey(
        self, request: pb.RecordAccountKeyRequest, context: grpc.ServicerContext
    ) -> pb.AccountKey:
        for name in ("kind", "value", "parcel_number"):
            requests.plain_text(getattr(request.account_key, name), f"account_key.{name}", KEY_MAX)
        return self._once(
            "RecordAccountKey",
            request,
            pb.AccountKey,
            lambda desk: basket_commands.record_account_key(desk.connection, request.account_key),
        )

    @requires("cashiering.basket.approve")
    def ApproveFinding(
        self, request: pb.ApproveFindingRequest, context: grpc.ServicerContext
    ) -> pb.Basket:
        basket_id = requests.required_id(request.basket_id, "basket_id")
        requests.plain_text(request.reason, "reason", _TEXT_MAX)
        user = rpc.caller().user
        return self._once(
            "ApproveFinding",
            request,
            pb.Basket,
            lambda desk: basket_commands.approve(desk, user, request, basket_id),
        )

    def _may_take(self, connection: Connection, basket: Basket) -> MayTake:
        """Bills of which collection type the caller takes money for (CASH-006)."""
        user, day = rpc.caller().user, basket.session.business_date
        settings = limits_store.settings_of(connection, user)
        return limits_of(user, day, settings, self._app.law.limits(day)).may_take

    def _find(
        self, connection: Connection, basket: Basket, request: pb.LoadBasketRequest
    ) -> Found | Lookup:
        """What a request to load asks for, which has to be one way of asking."""
        keys = basket_requests.keys(request.keys)
        asked = [bool(keys), bool(request.bill_codes), bool(request.parcel_numbers)]
        if asked.count(True) > 1:
            raise invalid(
                "KEYS_AMBIGUOUS", "load by keys, by bill codes or by picked accounts", "keys"
            )
        day = basket.session.business_date
        enabled = self._law.at(day).service_types
        if request.bill_codes or request.parcel_numbers:
            check_enabled(TAX, enabled)
        if request.bill_codes:
            codes = basket_requests.texts(request.bill_codes, "bill_codes")
            return basket_loading.by_codes(connection, codes, self._app.law.reference_format(day))
        if request.parcel_numbers:
            parcels = basket_requests.texts(request.parcel_numbers, "parcel_numbers")
            return self._unless_paid(basket_loading.of_parcels(connection, parcels), request)
        lookup = check_lookup(request.service_type or TAX, keys, enabled)
        if lookup.service_type in (ADVANCE, PRE_PAY):
            return lookup
        return self._unless_paid(basket_loading.by_keys(connection, lookup), request)

    def _add_advance(
        self, request: pb.LoadBasketRequest, basket_id: UUID, version: int | None, lookup: Lookup
    ) -> pb.Basket:
        return self._once(
            "LoadBasket",
            request,
            pb.Basket,
            lambda desk: basket_commands.add_advance(desk, basket_id, version, lookup),
        )

    def _unless_paid(self, found: Found, request: pb.LoadBasketRequest) -> Found | Lookup:
        if request.with_paid or found.by_bill_number:
            return found
        unpaid = [one for one in found.bills if one.open_cents]
        if not unpaid:
            raise Refusal(
                "NOTHING_OPEN", "none of these bills owes anything: ask with_paid to see them"
            )
        return replace(found, bills=unpaid)

    def _change(self, method: str, request: Any, decide: Callable[[Basket], Basket]) -> pb.Basket:
        basket_id = requests.required_id(request.basket_id, "basket_id")
        return self._once(
            method,
            request,
            pb.Basket,
            lambda desk: basket_commands.change(desk, basket_id, request.version, decide),
        )


def basket_servicer(app: CashieringApp, quotes: Quotes) -> rpc.Servicer:
    law = basket_rulebook.of_counters(app)
    return rpc.Servicer(
        BasketServicer(app, quotes, law),
        stubs.add_BasketServiceServicer_to_server,
        "millage.cashiering.v1.BasketService",
    )
