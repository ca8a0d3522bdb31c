"""Cashiering's SQL for second counts and for checks entered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from taxkit.rows import Columns

_ENTRIES = Columns(
    {
        "entry_id": "uuid",
        "session_id": "uuid",
        "check_number": "text",
        "amount_cents": "bigint",
        "entered_by": "text",
        "recorded_at": "timestamptz",
    }
)


def recount(connection: Connection, session_id: UUID) -> Any:
    return connection.exec_driver_sql(
        "select * from session_recounts where session_id = %s", (session_id,)
    ).one_or_none()


def insert_recount(
    connection: Connection,
    session_id: UUID,
    counts: Mapping[str, int],
    over_short_cents: int,
    difference_cents: int,
    note: str,
    by: str,
    at: datetime,
) -> None:
    connection.exec_driver_sql(
        "insert into session_recounts (session_id, counts, over_short_cents, difference_cents,"
        " note, recounted_by, recorded_at) values (%s, %s, %s, %s, %s, %s, %s)",
        (session_id, Jsonb(dict(counts)), over_short_cents, difference_cents, note, by, at),
    )


def deposit_of(connection: Connection, session_id: UUID) -> Any:
    """The deposit a session's money went with."""
    return connection.exec_driver_sql(
        "select d.* from deposits d join deposit_sessions using (deposit_id) where session_id = %s",
        (session_id,),
    ).one_or_none()


def insert_entries(connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
    _ENTRIES.insert(connection, "check_entries", rows)


def entry(connection: Connection, entry_id: UUID) -> Any:
    return connection.exec_driver_sql(
        "select e.*, w.withdrawn_by from check_entries e left join check_withdrawals w"
        " using (entry_id) where entry_id = %s",
        (entry_id,),
    ).one_or_none()


def insert_withdrawal(
    connection: Connection, entry_id: UUID, reason: str, by: str, at: datetime
) -> bool:
    """Mark an entry as withdrawn; False when it was already."""
    marked = connection.exec_driver_sql(
        "insert into check_withdrawals (entry_id, reason, withdrawn_by, recorded_at)"
        " values (%s, %s, %s, %s) on conflict do nothing returning entry_id",
        (entry_id, reason, by, at),
    ).one_or_none()
    return marked is not None


def entered(connection: Connection, session_id: UUID) -> Sequence[Any]:
    """(id, number, cents) of the checks that lie in a drawer."""
    return connection.exec_driver_sql(
        "select e.entry_id, e.check_number, e.amount_cents from check_entries e"
        " where e.session_id = %s"
        " and not exists (select from check_withdrawals w where w.entry_id = e.entry_id)"
        " order by e.entry_id",
        (session_id,),
    ).all()


def tendered(connection: Connection, session_id: UUID) -> Sequence[Any]:
    """(receipt number, check number, cents) of the checks on receipts that stand."""
    return connection.exec_driver_sql(
        "select r.receipt_number, coalesce(t.reference, '') as check_number, t.amount_cents"
        " from tenders t join receipts r using (receipt_id)"
        " where r.session_id = %s and t.tender_type = 'check'"
        " and not exists (select from reversals v where v.receipt_id = r.receipt_id)"
        " order by r.receipt_id, t.tender_number",
        (session_id,),
    ).all()
