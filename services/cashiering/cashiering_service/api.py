"""Cashiering's gRPC servicer: reads requests, words answers, decides nothing."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message
from sqlalchemy import Connection

from cashiering_service import commands, queries
from cashiering_service.answers import stored_receipt_answer
from cashiering_service.baskets import quote_warnings
from cashiering_service.baskets import rulebook as basket_rulebook
from cashiering_service.baskets.api import basket_servicer
from cashiering_service.baskets.header_api import basket_header_servicer
from cashiering_service.baskets.money_holds_api import money_holds_servicer
from cashiering_service.baskets.payment_api import basket_payment_servicer
from cashiering_service.baskets.plan_api import plan_lookup_servicer
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.commands import Asked
from cashiering_service.discounts import offering
from cashiering_service.imports import runs as imports
from cashiering_service.imports import told as import_told
from cashiering_service.imports.api import imports_servicer
from cashiering_service.quotes import Quotes, passed_on_by
from cashiering_service.receipt_message import delinquency_message
from cashiering_service.returns.api import return_files_servicer
from cashiering_service.sessions import commands as session_commands
from cashiering_service.sessions.counts import read_counts
from cashiering_service.sessions.drawer_topics import drawer_servicers
from cashiering_service.till import lenders
from cashiering_service.till.orders import of_caller, read_order
from cashiering_service.till.posting import Poster
from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import cashiering_pb2_grpc as stubs
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires
from taxkit.errors import Refusal, not_found

_REFERENCE_MAX = 100
_TEXT_MAX = 500
R = TypeVar("R", bound=Message)


class CashieringServicer(stubs.CashieringServiceServicer):
    def __init__(self, app: CashieringApp, poster: Poster, quotes: Quotes) -> None:
        self._app = app
        self._poster = poster
        self._quotes = quotes

    @requires("cashiering.session")
    def OpenSession(
        self, request: pb.OpenSessionRequest, context: grpc.ServicerContext
    ) -> pb.Session:
        business_date = requests.required_date(request.business_date, "business_date")
        effective_on = requests.optional_date(request.effective_on, "effective_on")
        asked = _asked()
        return self._once(
            "OpenSession",
            request,
            pb.Session,
            lambda connection: commands.open_session(
                self._app,
                connection,
                asked,
                till_code=request.till_code,
                business_date=business_date,
                effective_on=effective_on or business_date,
            ),
        )

    @requires("cashiering.session")
    def CloseSession(
        self, request: pb.CloseSessionRequest, context: grpc.ServicerContext
    ) -> pb.Session:
        session_id = requests.required_id(request.session_id, "session_id")
        counts = read_counts(request.counts)
        asked = _asked()
        return self._once(
            "CloseSession",
            request,
            pb.Session,
            lambda connection: commands.close_session(
                self._app, connection, asked, session_id, counts
            ),
        )

    @requires("cashiering.read")
    def GetSession(
        self, request: pb.GetSessionRequest, context: grpc.ServicerContext
    ) -> pb.Session:
        till_code = requests.plain_text(request.till_code, "till_code", _REFERENCE_MAX)
        with self._app.database.begin() as connection:
            if till_code and not request.session_id:
                return commands.till_session(connection, till_code)
            return commands.session_state(
                connection, requests.required_id(request.session_id, "session_id")
            )

    @requires("cashiering.quote")
    def Quote(self, request: pb.QuoteRequest, context: grpc.ServicerContext) -> pb.QuoteResponse:
        bill_ids = [requests.required_id(one, "bill_ids") for one in request.bill_ids]
        today = self._app.clock.today()
        as_of = requests.optional_date(request.as_of, "as_of") or today
        parcel_number = requests.plain_text(request.parcel_number, "parcel_number", _REFERENCE_MAX)
        return self._quotes.quote_with_warnings(
            parcel_number, bill_ids, as_of, today, passed_on_by(context)
        )

    @requires("cashiering.pay")
    async def PostPayment(
        self, request: pb.PostPaymentRequest, context: grpc.ServicerContext
    ) -> pb.Receipt:
        caller = rpc.caller()
        try:
            if not request.session_id:
                raise not_found("NO_OPEN_SESSION", "no session is named")
            order = of_caller(read_order(request), caller)
            if lender_code := order.intake.lender_code:
                await asyncio.to_thread(lenders.check_in, self._app.database, lender_code)
            answer = await self._poster.post(
                request.idempotency_key, request, order, caller.user, rpc.traceparent()
            )
        except Refusal as refusal:
            offer = session_commands.with_offer
            raise await asyncio.to_thread(offer, self._app, refusal, caller.user) from refusal
        return pb.Receipt.FromString(answer)

    @requires("cashiering.reverse")
    def ReversePayment(
        self, request: pb.ReversePaymentRequest, context: grpc.ServicerContext
    ) -> pb.Receipt:
        asked = _asked()
        receipt = requests.plain_text(request.receipt_id, "receipt_id", _REFERENCE_MAX)
        reason = requests.plain_text(request.reason, "reason", _TEXT_MAX)
        return self._once(
            "ReversePayment",
            request,
            pb.Receipt,
            lambda connection: commands.reverse_payment(
                self._app, connection, asked, receipt, reason
            ),
        )

    @requires("cashiering.read")
    def GetReceipt(
        self, request: pb.GetReceiptRequest, context: grpc.ServicerContext
    ) -> pb.Receipt:
        receipt = requests.plain_text(request.receipt, "receipt", _REFERENCE_MAX)
        with self._app.database.begin() as connection:
            found = commands.receipt_state(connection, receipt)
            found.delinquency_message = delinquency_message(
                connection,
                self._app.law,
                date.fromisoformat(found.business_date),
                (line.parcel_number for line in found.lines),
            )
        return found

    @requires("cashiering.read")
    def ListReceipts(
        self, request: pb.ListReceiptsRequest, context: grpc.ServicerContext
    ) -> pb.ListReceiptsResponse:
        size = requests.page_size(request.page_size)
        after = requests.id_after(request.page_token)
        day = requests.optional_date(request.business_date, "business_date")
        session_id = (
            requests.required_id(request.session_id, "session_id") if request.session_id else None
        )
        with self._app.database.begin() as connection:
            rows = queries.receipts_page(connection, session_id, day, after, size + 1)
            receipt_ids = [row.receipt_id for row in rows[:size]]
            lines = queries.lines_of(connection, receipt_ids)
            tenders = queries.tenders_of(connection, receipt_ids)
        return pb.ListReceiptsResponse(
            receipts=[
                stored_receipt_answer(row, lines[row.receipt_id], tenders[row.receipt_id])
                for row in rows[:size]
            ],
            next_page_token=str(receipt_ids[-1]) if len(rows) > size else "",
        )

    @requires("cashiering.import")
    def ImportRemittance(
        self, request_iterator: Iterator[pb.ImportRemittanceRequest], context: grpc.ServicerContext
    ) -> Iterator[pb.ImportProgress]:
        asked = replace(_asked(), ask_due=self._quotes.asker(context))
        return imports.run(self._app, asked, request_iterator)

    @requires("cashiering.read")
    def GetImportRun(
        self, request: pb.GetImportRunRequest, context: grpc.ServicerContext
    ) -> pb.ImportRun:
        run_id = requests.required_id(request.run_id, "run_id")
        with self._app.database.begin() as connection:
            found = import_told.run_state(connection, run_id)
        if found is None:
            raise not_found("IMPORT_RUN_NOT_FOUND", f"no import run {run_id}")
        return found

    @requires("cashiering.read")
    def GetTotals(self, request: pb.GetTotalsRequest, context: grpc.ServicerContext) -> pb.Totals:
        day = requests.required_date(request.business_date, "business_date")
        with self._app.database.begin() as connection:
            row = queries.totals(connection, day)
        return pb.Totals(
            business_date=day.isoformat(),
            receipt_count=row.n,
            received_cents=row.cents - row.reversed,
            reversed_cents=row.reversed,
            source_cents=row.source_cents,
        )

    def _once(self, method: str, request: Any, answer: type[R], do: Callable[[Connection], R]) -> R:
        return idempotency.in_transaction(self._app.database, method, request, answer, do)


def servicers(app: CashieringApp) -> list[rpc.Servicer]:
    # Before the first call, whose loop would not wait for them.
    app.counter.begin()
    poster = Poster(app, app.law)
    offers = offering.load(app.settings.jurisdictions_dir, app.settings.jurisdiction, app.clock)
    warn = quote_warnings.warner(basket_rulebook.of_counters(app))
    quotes = Quotes(app.settings, app.database, offers, warn)
    app.closers.append(quotes.close)
    return [
        rpc.Servicer(
            CashieringServicer(app, poster, quotes),
            stubs.add_CashieringServiceServicer_to_server,
            "millage.cashiering.v1.CashieringService",
            close=poster.close,
        ),
        basket_servicer(app, quotes),
        basket_payment_servicer(app, quotes, poster),
        plan_lookup_servicer(app, quotes),
        basket_header_servicer(app, quotes),
        money_holds_servicer(app),
        *drawer_servicers(app),
        imports_servicer(app, quotes),
        return_files_servicer(app),
    ]


def _asked() -> Asked:
    caller = rpc.caller()
    return Asked(
        caller.user,
        rpc.traceparent(),
        may_register_tills=caller.may("cashiering.till.manage"),
        any_session=caller.may("cashiering.session.any"),
    )
