"""Posting a basket: claimed in one transaction, posted as any payment, then ended in another.

The receipt is posted under the basket's own key. Whoever posts it, however often, and wherever a
process stops in between: there is one receipt, and the basket ends with it.
"""

import asyncio
import json
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service.baskets import store as basket_store
from cashiering_service.baskets.desk import Desk
from cashiering_service.baskets.entries import entry_of
from cashiering_service.baskets.rulebook import BasketLaw
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.domain import basket as baskets
from cashiering_service.domain import basket_posting as posting
from cashiering_service.domain.basket import Basket, BasketState, Line, LineKind
from cashiering_service.domain.findings import DECAL
from cashiering_service.domain.lookup import TAX
from cashiering_service.sessions.commands import with_offer
from cashiering_service.till.orders import of_caller, read_order
from cashiering_service.till.posting import METHOD, Poster
from millage.cashiering.v1 import basket_payment_pb2 as pay
from millage.cashiering.v1 import cashiering_pb2 as money
from taxkit import idempotency
from taxkit.auth import Caller
from taxkit.errors import Refusal

_METHOD = "PostBasket"
_CONFLICT = "IDEMPOTENCY_CONFLICT"
_STALE = "BILL_VERSION_MISMATCH"
_HANDED_ON = (
    "source", "postmarked_on", "received_on", "suppress_receipt_print", "suppress_surplus_notice",
    "custom_receipts",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claimed:
    """A basket in the hands of this call, and the payment it asks for."""

    basket: Basket
    payment: money.PostPaymentRequest


class BasketPoster:
    def __init__(self, app: CashieringApp, law: BasketLaw, poster: Poster) -> None:
        self._app = app
        self._law = law
        self._poster = poster

    async def post(
        self, request: pay.PostBasketRequest, basket_id: UUID, caller: Caller, traceparent: str
    ) -> pay.PostBasketResponse:
        """Post a basket once; the same call again gets the same answer."""
        begun = await asyncio.to_thread(self._begin, request, basket_id)
        if isinstance(begun, pay.PostBasketResponse):
            return begun
        payment = begun.payment
        try:
            order = of_caller(read_order(payment), caller)
            keys = frozenset({request.idempotency_key, str(basket_id)})
            approved = begun.basket.approved
            order = replace(order, keys=keys, basket_id=basket_id, approved=approved)
            answer = await self._poster.post(
                payment.idempotency_key, payment, order, caller.user, traceparent
            )
        except Refusal as refusal:
            await asyncio.to_thread(self._end_refused, request, basket_id, refusal)
            offered = await asyncio.to_thread(with_offer, self._app, refusal, caller.user)
            raise offered from refusal
        receipt = money.Receipt.FromString(answer)
        return await asyncio.to_thread(self._finish, request, basket_id, receipt)

    def _begin(
        self, request: pay.PostBasketRequest, basket_id: UUID
    ) -> Claimed | pay.PostBasketResponse:
        return self._app.database.run(
            lambda connection: self._claim(connection, request, basket_id)
        )

    def _claim(
        self, connection: Connection, request: pay.PostBasketRequest, basket_id: UUID
    ) -> Claimed | pay.PostBasketResponse:
        key = idempotency.check_key(request.idempotency_key)
        desk = Desk(connection, self._law)
        basket = desk.take(basket_id)
        known = idempotency.answered(connection, _METHOD, key)
        if known is not None:
            if known[0] != idempotency.request_hash(request):
                raise idempotency.conflicting(key)
            return pay.PostBasketResponse.FromString(known[1])
        if basket.state is BasketState.POSTED:
            raise posting.already_posted(basket)
        if basket.state is BasketState.POSTING and basket.claim == key:
            return Claimed(basket, payment_of(basket, request))
        baskets.check_changeable(basket, request.version)
        book = desk.account_book(basket)
        terms = desk.terms(basket)
        posting.check_postable(basket, desk.judge(basket), terms, book, set(request.confirmed))
        claimed = posting.claim(basket, key)
        basket_store.hand_over(connection, claimed)
        return Claimed(claimed, payment_of(claimed, request))

    def _end_refused(
        self, request: pay.PostBasketRequest, basket_id: UUID, refusal: Refusal
    ) -> None:
        """Give the basket back; if its receipt stands already, say so instead."""
        posted = self._app.database.run(
            lambda connection: self._give_back(connection, request.idempotency_key, basket_id)
        )
        if refusal.reason == _CONFLICT and posted.state is BasketState.POSTED:
            raise posting.already_posted(posted) from refusal
        if refusal.reason == _STALE:
            raise Refusal("BILL_VERSION_STALE", refusal.message) from refusal

    def _give_back(self, connection: Connection, key: str, basket_id: UUID) -> Basket:
        basket = Desk(connection, self._law).take(basket_id)
        settled = settle(connection, basket)
        if settled is not basket:
            basket_store.save(connection, settled)
            return settled
        after = posting.release(basket, key)
        basket_store.hand_over(connection, after)
        return after

    def _finish(
        self, request: pay.PostBasketRequest, basket_id: UUID, receipt: money.Receipt
    ) -> pay.PostBasketResponse:
        def end(connection: Connection) -> pay.PostBasketResponse:
            desk = Desk(connection, self._law)
            basket = desk.take(basket_id)
            after = posting.posted(basket, UUID(receipt.receipt_id), receipt.receipt_number)
            return pay.PostBasketResponse(basket=desk.keep(after), receipt=receipt)

        return idempotency.in_transaction(
            self._app.database, _METHOD, request, pay.PostBasketResponse, end
        )


def settle(connection: Connection, basket: Basket) -> Basket:
    """End a basket whose receipt stands though its post was cut off."""
    known = idempotency.answered(connection, METHOD, basket.post_key)
    if known is None:
        return basket
    receipt = money.Receipt.FromString(known[1])
    return posting.posted(basket, UUID(receipt.receipt_id), receipt.receipt_number)


def payment_of(basket: Basket, request: pay.PostBasketRequest) -> money.PostPaymentRequest:
    """The payment a basket asks for, under the basket's own key."""
    on = posting.effective_on(basket)
    payment = money.PostPaymentRequest(
        idempotency_key=basket.post_key,
        session_id=str(basket.session.session_id),
        payer=money.Payer(
            name=basket.payer.name,
            email=basket.payer.email or "",
            mailing_address=basket.payer.mailing_address,
        ),
        lines=[_bill_line(basket, line) for line in basket.lines if line.kind is LineKind.BILL],
        advances=[_advance(basket, line) for line in basket.lines if line.kind is LineKind.ADVANCE],
        source_lines=[
            entry_of(line, _own_date(basket, line))
            for line in basket.lines
            if line.kind is LineKind.SOURCE
        ],
        tenders=request.tenders,
        effective_on=on.isoformat() if on else "",
        note="; ".join(filter(None, (request.note, *_decals(basket)))),
        allocation_rule=request.allocation_rule,
        override_grants=request.override_grants,
        **{name: getattr(request, name) for name in _HANDED_ON},
        lender_code=basket.payer.lender_code if request.source else "",
    )
    for name in ("return_change", "allocate_tendered"):
        if request.HasField(name):
            setattr(payment, name, getattr(request, name))
    return payment


def _bill_line(basket: Basket, line: Line) -> money.PaymentLine:
    return money.PaymentLine(
        bill_id=str(line.subject.bill_id),
        bill_version=line.subject.bill_version,
        amount_cents=line.paying_cents,
        allocation_rule=line.wish.rule_id,
        service=line.service_type if line.service_type != TAX else "",
        effective_on=_own_date(basket, line),
        interest_basis=line.quoted.posted_basis(line.wish) if line.quoted else "",
        account_keys=json.loads(line.details.get("account_keys", "{}")),
    )


def _advance(basket: Basket, line: Line) -> money.AdvanceLine:
    return money.AdvanceLine(
        advance_type=line.details["advance_type"],
        parcel_number=line.subject.parcel_number,
        tax_year=line.subject.tax_year or 0,
        escrow_account=line.details["escrow_account"],
        amount_cents=line.paying_cents,
        effective_on=_own_date(basket, line),
    )


def _own_date(basket: Basket, line: Line) -> str:
    on = posting.line_date(basket, line)
    return on.isoformat() if on else ""


def _decals(basket: Basket) -> list[str]:
    return [
        f"decal {line.details[DECAL]} of bill {line.subject.bill_number}"
        for line in basket.lines
        if line.details.get(DECAL)
    ]
