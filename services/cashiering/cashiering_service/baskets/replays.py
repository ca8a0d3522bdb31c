"""A command on a basket sent again: answered as it was, before what it asks about is looked up."""

from typing import Any, TypeVar

from google.protobuf.message import Message
from sqlalchemy import Connection

from taxkit import idempotency

R = TypeVar("R", bound=Message)


def answer_of(connection: Connection, method: str, request: Any, answer_type: type[R]) -> R | None:
    """The answer a request had the first time; None when it was not done yet.

    Bills that were found then may be paid by now, and lines gone: whoever lost the answer gets it.
    """
    key = idempotency.check_key(request.idempotency_key)
    known = idempotency.answered(connection, method, key)
    if known is None:
        return None
    if known[0] != idempotency.request_hash(request):
        raise idempotency.conflicting(key)
    return answer_type.FromString(known[1])
