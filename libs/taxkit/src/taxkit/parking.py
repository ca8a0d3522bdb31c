"""Parked messages: what could not be handled waits in a table for a person, with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from taxkit import ids, outbox, telemetry
from taxkit.contracts import BODY_BYTES_MAX, peek
from taxkit.errors import conflict, not_found


@dataclass(frozen=True, slots=True)
class ToPark:
    queue: str
    body: bytes | str
    reason: str
    message: str


def park(connection: Connection, messages: Sequence[ToPark]) -> None:
    """Keep messages with the reason they could not be handled; once each."""
    for message in messages:
        event_id, event_type, traceparent = peek(message.body)
        connection.exec_driver_sql(
            "insert into parked_messages (parked_id, queue, event_id, event_type, trace_id, reason,"
            " message, body) values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
            (
                ids.new_id(),
                message.queue,
                _storable(event_id),
                _storable(event_type),
                telemetry.trace_id_of(traceparent).hex if traceparent else "",
                message.reason,
                _storable(message.message)[:2000],
                as_text(message.body),
            ),
        )


def park_overdue(connection: Connection, gap_timeout_seconds: int) -> int:
    """Park what has waited too long for its predecessors; gives how many."""
    rows = connection.exec_driver_sql(
        "delete from inbox_waiting"
        " where received_at < clock_timestamp() - make_interval(secs => %s)"
        " returning queue, body, subject, sequence",
        (gap_timeout_seconds,),
    ).all()
    # The claim goes too, so that a replay is taken as the first delivery.
    park(
        connection,
        [
            ToPark(
                queue,
                body,
                "SEQUENCE_GAP",
                f"{subject}: event {sequence} waited {gap_timeout_seconds} s for its predecessor;"
                " replay it once that has arrived",
            )
            # As they would have been applied: what is parked first is replayed first.
            for queue, body, subject, sequence in sorted(rows, key=lambda row: (row[2], row[3]))
        ],
    )
    _forget_claims(connection, [peek(body)[0] for _, body, _, _ in rows])
    return len(rows)


def list_parked(
    connection: Connection, state: str, limit: int, after: UUID | None
) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select * from parked_messages where state = %s and parked_id > %s"
        " order by parked_id limit %s",
        (state, after or UUID(int=0), limit),
    ).all()


def get(connection: Connection, parked_id: UUID | None) -> Any:
    row = connection.exec_driver_sql(
        "select * from parked_messages where parked_id = %s", (parked_id,)
    ).one_or_none()
    if row is None:
        named = parked_id or "of this id"
        raise not_found("PARKED_NOT_FOUND", f"no parked message {named}: list them first")
    return row


def replay(connection: Connection, parked_id: UUID | None, by: str, reason: str) -> Any:
    """Put a parked message back on its queue, through the outbox."""
    row = _settle(connection, parked_id, "replayed", by, reason)
    traceparent = peek(row.body)[2] or telemetry.current_traceparent()
    outbox.send_to_queue(connection, row.queue, row.body, traceparent)
    return row


def discard(connection: Connection, parked_id: UUID | None, by: str, reason: str) -> Any:
    """Give a parked message up; it stays in the table with who and why."""
    return _settle(connection, parked_id, "discarded", by, reason)


def as_text(body: bytes | str) -> str:
    text = body if isinstance(body, str) else body.decode("utf-8", errors="backslashreplace")
    return _storable(text)[:BODY_BYTES_MAX]


def _storable(text: str) -> str:
    # PostgreSQL stores neither NUL nor half a surrogate pair.
    return text.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")


def _settle(
    connection: Connection, parked_id: UUID | None, state: str, by: str, reason: str
) -> Any:
    row = connection.exec_driver_sql(
        "update parked_messages set state = %s, settled_at = clock_timestamp(), settled_by = %s,"
        " settled_reason = %s where parked_id = %s and state = 'parked' returning *",
        (state, by, reason, parked_id),
    ).one_or_none()
    if row is None:
        settled = get(connection, parked_id)
        raise conflict("PARKED_SETTLED", f"message {parked_id} was {settled.state} already")
    return row


def _forget_claims(connection: Connection, event_ids: Sequence[str]) -> None:
    found = [event_id for event_id in map(ids.parse_id, event_ids) if event_id]
    if found:
        connection.exec_driver_sql("delete from inbox where event_id = any(%s::uuid[])", (found,))
