"""SQL of exceptions: whole batches, one statement each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from taxkit.rows import Columns


class NewException(NamedTuple):
    exception_id: UUID
    kind: str
    parcel_number: str
    bill_id: UUID | None
    reason: str
    message: str
    amount_cents: int
    receipt_id: UUID | None
    told_at: datetime
    # The letter it is about.
    notice_id: UUID | None = None


_EXCEPTIONS = Columns(
    {
        "exception_id": "uuid",
        "kind": "text",
        "parcel_number": "text",
        "bill_id": "uuid",
        "reason": "text",
        "message": "text",
        "amount_cents": "bigint",
        "receipt_id": "uuid",
        "told_at": "timestamptz",
        "notice_id": "uuid",
    }
)
_WAITING = Columns({"surplus_item_id": "uuid", "receipt_id": "uuid", "open_cents": "bigint"})
_NEWER = "on conflict (surplus_item_id) do update set open_cents = excluded.open_cents"
_LISTED = """
select * from exception_states
where state = %(state)s and exception_id > %(after)s
    and (%(kind)s = '' or kind = %(kind)s)
    and (%(parcel)s = '' or parcel_number = %(parcel)s)
order by exception_id limit %(limit)s
"""


def add(connection: Connection, rows: Sequence[NewException]) -> None:
    _EXCEPTIONS.insert(connection, "exceptions", rows, "on conflict do nothing")


def keep_waiting(connection: Connection, rows: Mapping[UUID, Sequence[object]]) -> None:
    _WAITING.insert(connection, "waiting_money", [rows[key] for key in sorted(rows)], _NEWER)


def listed(
    connection: Connection, kind: str, state: str, parcel: str, page: tuple[UUID, int]
) -> Sequence[Any]:
    after, limit = page
    given = {"kind": kind, "state": state, "parcel": parcel, "after": after, "limit": limit}
    return connection.exec_driver_sql(_LISTED, given).all()


def one(connection: Connection, exception_id: UUID) -> Any:
    return connection.exec_driver_sql(
        "select * from exception_states where exception_id = %s", (exception_id,)
    ).one_or_none()


def end(
    connection: Connection, exception_id: UUID, note: str, user: str, now: datetime
) -> UUID | None:
    """Note how one was seen to; None when somebody did already."""
    return connection.exec_driver_sql(
        "insert into exception_ends (exception_id, note, settled_by, recorded_at)"
        " values (%s, %s, %s, %s) on conflict do nothing returning exception_id",
        (exception_id, note, user, now),
    ).scalar_one_or_none()
