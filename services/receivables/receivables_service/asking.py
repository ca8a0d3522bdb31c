"""What receivables' commands over gRPC have in common: who asks, once, in one transaction."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from google.protobuf.message import Message

from receivables_service.asked import Asked
from receivables_service.bootstrap import ReceivablesApp
from taxkit import idempotency, requests, rpc
from taxkit.errors import invalid
from taxkit.inbox import Work

A = TypeVar("A", bound=Message)
_REASON_MAX = 200
_RATE = re.compile(r"0|0\.[0-9]{1,9}")


def asked_because(reason: str, field: str = "reason") -> Asked:
    """Read why the caller asks; a change without a reason is refused."""
    text = requests.plain_text(reason, field, _REASON_MAX).strip()
    if not text:
        raise invalid("REASON_MISSING", "say why", field)
    return Asked(rpc.caller().user, text, rpc.traceparent())


def asked_rate(text: str, field: str) -> Decimal | None:
    """Read a rate, as a decimal part below one; nothing where none was said."""
    if not text:
        return None
    if _RATE.fullmatch(text) is None:
        raise invalid("RATE_INVALID", f"{text[:20]!r}: a decimal part below one, as 0.015", field)
    return Decimal(text)


def run_once(
    app: ReceivablesApp,
    method: str,
    request: Any,
    answer: type[A],
    do: Callable[[Work], A],
) -> A:
    """Do a command in one transaction with what it tells; the same key has the same answer."""

    def in_work(work: Work) -> A:
        done = do(work)
        app.store_events(work.connection, work)
        return done

    return idempotency.in_transaction(
        app.database,
        method,
        request,
        answer,
        lambda connection: in_work(Work(connection, app.clock)),
    )
