"""Same key, same answer: commands may be sent again without being done again."""

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

from google.protobuf.message import Message
from sqlalchemy import Connection

from taxkit.db import Database
from taxkit.errors import Refusal, conflict, invalid

R = TypeVar("R", bound=Message)
KEY_LENGTH_MAX = 200


def request_hash(request: Message) -> bytes:
    """Hash a request's content."""
    return hashlib.sha256(request.SerializeToString(deterministic=True)).digest()


def check_key(key: str) -> str:
    """Refuse a missing, oversized or unprintable key."""
    if not key or len(key) > KEY_LENGTH_MAX or not key.isprintable():
        raise invalid(
            "IDEMPOTENCY_KEY_INVALID",
            f"send a key of 1 to {KEY_LENGTH_MAX} printable characters and keep it when you retry",
            "idempotency_key",
        )
    return key


def conflicting(key: str) -> Refusal:
    return conflict(
        "IDEMPOTENCY_CONFLICT",
        f"the key {key} was used for another request: use a new key for a new request",
    )


def answered(connection: Connection, method: str, key: str) -> tuple[bytes, bytes] | None:
    """(request's hash, answer) of a command done before under a key."""
    row = connection.exec_driver_sql(
        "select request_sha256, response from idempotency_keys"
        " where key = %s and method = %s and response is not null",
        (key, method),
    ).one_or_none()
    return (bytes(row.request_sha256), bytes(row.response)) if row else None


def remember(
    connection: Connection, method: str, key: str, request_sha256: bytes, answer: bytes
) -> None:
    """Keep a command's answer: a stream's hash is known only when its last message is in."""
    connection.exec_driver_sql(
        "insert into idempotency_keys (key, method, request_sha256, response)"
        " values (%s, %s, %s, %s)",
        (key, method, request_sha256, answer),
    )


def once(
    connection: Connection,
    method: str,
    key: str,
    request: Message,
    answer_type: type[R],
    do: Callable[[], R],
) -> R:
    """Do a command in the caller's transaction, or give the answer it had the first time."""
    check_key(key)
    digest = request_hash(request)
    # A rival with the same key makes this statement wait until the rival has ended.
    claimed = connection.exec_driver_sql(
        "insert into idempotency_keys (key, method, request_sha256) values (%s, %s, %s)"
        " on conflict do nothing returning key",
        (key, method, digest),
    ).one_or_none()
    if claimed is None:
        known = connection.exec_driver_sql(
            "select request_sha256, response from idempotency_keys where key = %s and method = %s",
            (key, method),
        ).one()
        if bytes(known.request_sha256) != digest:
            raise conflicting(key)
        return answer_type.FromString(bytes(known.response))
    answer = do()
    connection.exec_driver_sql(
        "update idempotency_keys set response = %s where key = %s and method = %s",
        (answer.SerializeToString(), key, method),
    )
    return answer


def in_transaction(
    database: Database,
    method: str,
    request: Any,
    answer_type: type[R],
    do: Callable[[Connection], R],
) -> R:
    """Do a command once in a transaction of its own, under the key its request carries."""
    return database.run(
        lambda connection: once(
            connection,
            method,
            request.idempotency_key,
            request,
            answer_type,
            lambda: do(connection),
        )
    )
