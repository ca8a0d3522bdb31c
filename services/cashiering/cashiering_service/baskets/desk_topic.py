"""What the servicers of baskets share: each command is done once, at a desk of its own."""

from collections.abc import Callable
from typing import Any, TypeVar

from google.protobuf.message import Message

from cashiering_service.baskets.desk import Attendant, Desk
from cashiering_service.baskets.rulebook import BasketLaw
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.quotes import Quotes
from taxkit import idempotency, rpc

R = TypeVar("R", bound=Message)


class DeskTopic:
    """A servicer of one topic of baskets."""

    def __init__(self, app: CashieringApp, quotes: Quotes, law: BasketLaw) -> None:
        self._app = app
        self._quotes = quotes
        self._law = law

    def _once(self, method: str, request: Any, answer: type[R], do: Callable[[Desk], R]) -> R:
        caller = rpc.caller()
        any_hold = caller.may("cashiering.held_tender.any")
        who = Attendant(caller.user, any_hold, self._app.clock.now())
        return idempotency.in_transaction(
            self._app.database,
            method,
            request,
            answer,
            lambda connection: do(Desk(connection, self._law, who)),
        )
