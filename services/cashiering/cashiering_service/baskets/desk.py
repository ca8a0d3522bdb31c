"""A basket with what has to be known to judge it: the law of its day and its parcels' accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service.baskets import known_accounts
from cashiering_service.baskets import store as basket_store
from cashiering_service.baskets.answers import basket_answer
from cashiering_service.baskets.rulebook import BasketLaw
from cashiering_service.domain import basket as baskets
from cashiering_service.domain.basket import Basket
from cashiering_service.domain.basket_terms import BasketTerms
from cashiering_service.domain.finding import Finding
from cashiering_service.domain.findings import Book, findings
from cashiering_service.domain.money_holds import check_own
from cashiering_service.domain.part_payments import PartPayments
from cashiering_service.till import hold_store
from millage.cashiering.v1 import basket_pb2 as pb
from taxkit.errors import not_found


@dataclass(frozen=True, slots=True)
class Attendant:
    """Who works at a desk, and when."""

    user: str
    # May let go what others keep for their baskets.
    any_hold: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class Desk:
    """One transaction at the counter."""

    connection: Connection
    law: BasketLaw
    who: Attendant | None = None

    def find(self, basket_id: UUID) -> Basket:
        return self._found(basket_id, lock=False)

    def take(self, basket_id: UUID) -> Basket:
        """A basket nobody else changes until the transaction ends."""
        return self._found(basket_id, lock=True)

    def take_open(self, basket_id: UUID, version: int | None) -> Basket:
        """The same, open, and in the version its caller looked at."""
        basket = self.take(basket_id)
        baskets.check_changeable(basket, version)
        return basket

    def terms(self, basket: Basket) -> BasketTerms:
        return self.law.at(basket.session.business_date)

    def book(self, basket: Basket, parcel_numbers: Sequence[str]) -> Book:
        """What is known of some parcels on the basket's day."""
        parcels = sorted(set(parcel_numbers))
        day = basket.session.business_date
        return known_accounts.read(self.connection, self.terms(basket), parcels, day)

    def account_book(self, basket: Basket) -> Book:
        parcels = [line.subject.parcel_number for line in basket.lines]
        return self.book(basket, parcels)

    def judge(self, basket: Basket) -> tuple[Finding, ...]:
        return findings(basket, self.account_book(basket), self.terms(basket), self._parts(basket))

    def keep(self, after: Basket, dropped: Sequence[Finding] = ()) -> pb.Basket:
        """Write a changed basket back and answer with it."""
        if self.who is not None and after.is_out_of_hand:
            kept = hold_store.kept_by(self.connection, after.basket_id, self.who.now)
            check_own(kept, self.who.user, any_hold=self.who.any_hold)
        basket_store.save(self.connection, after)
        return self.answer(after, dropped)

    def answer(self, basket: Basket, dropped: Sequence[Finding] = ()) -> pb.Basket:
        return basket_answer(
            basket, self.terms(basket), self.account_book(basket), self._parts(basket), dropped
        )

    def _parts(self, basket: Basket) -> PartPayments:
        return self.law.part_payments(basket.session.business_date)

    def _found(self, basket_id: UUID, *, lock: bool) -> Basket:
        found: Any = basket_store.basket(self.connection, basket_id, lock=lock)
        if found is None:
            raise not_found("BASKET_NOT_FOUND", f"no basket {basket_id}")
        basket: Basket = found
        return basket
