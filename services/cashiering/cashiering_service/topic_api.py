"""What the servicers of cashiering's topics share: who asks, and a command done once."""

from collections.abc import Callable
from typing import Any, TypeVar

from google.protobuf.message import Message
from sqlalchemy import Connection

from cashiering_service.bootstrap import CashieringApp
from cashiering_service.commands import Asked
from taxkit import idempotency, rpc

CODE_MAX = 64
NAME_MAX = 200
NUMBER_MAX = 100
TEXT_MAX = 500
R = TypeVar("R", bound=Message)


class Topic:
    """A servicer of one topic."""

    def __init__(self, app: CashieringApp) -> None:
        self._app = app

    def _once(self, method: str, request: Any, answer: type[R], do: Callable[[Connection], R]) -> R:
        return idempotency.in_transaction(self._app.database, method, request, answer, do)

    def _read(self, do: Callable[[Connection], R]) -> R:
        with self._app.database.begin() as connection:
            return do(connection)


def asked() -> Asked:
    caller = rpc.caller()
    return Asked(
        caller.user,
        rpc.traceparent(),
        may_register_tills=caller.may("cashiering.till.manage"),
        any_session=caller.may("cashiering.session.any"),
        any_hold=caller.may("cashiering.held_tender.any"),
    )
