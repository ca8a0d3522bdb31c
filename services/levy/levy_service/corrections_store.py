"""Levy's SQL for corrections."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from levy_service import roll_store
from taxkit.clock import Clock

# Beyond so many, locks of single bills would fill the server's table of them.
_LOCKED_ONE_BY_ONE = 1000
_ALL_BILLS = "hashtextextended('corrections', 0)"


def lock(connection: Connection, bill_id: UUID) -> None:
    """Let corrections of one bill follow one another."""
    connection.exec_driver_sql(
        f"select pg_advisory_xact_lock_shared({_ALL_BILLS}),"
        " pg_advisory_xact_lock(hashtextextended(%s, 0))",
        (f"correction {bill_id}",),
    )


def lock_all(connection: Connection, bill_ids: Iterable[UUID]) -> None:
    """Lock bills, always in the order of their ids, as any that share some of them do."""
    wanted = sorted(bill_ids)
    if len(wanted) > _LOCKED_ONE_BY_ONE:
        connection.exec_driver_sql(f"select pg_advisory_xact_lock({_ALL_BILLS})")
        return
    connection.exec_driver_sql(f"select pg_advisory_xact_lock_shared({_ALL_BILLS})")
    connection.exec_driver_sql(
        "select pg_advisory_xact_lock(hashtextextended('correction ' || id, 0))"
        " from (select v.id::text as id from unnest(%s::uuid[]) as v (id) order by v.id) o",
        (wanted,),
    )


def counts_from(connection: Connection, bill_id: UUID, clock: Clock) -> date:
    """The day a bill's newest version counts from: its correction's, else that of its issue."""
    return counts_from_all(connection, [bill_id], clock)[bill_id]


def counts_from_all(
    connection: Connection, bill_ids: Sequence[UUID], clock: Clock
) -> dict[UUID, date]:
    found = connection.exec_driver_sql(
        "select distinct on (b.bill_id) b.bill_id, c.corrected_on, r.recorded_at"
        " from bills b join rolls r using (roll_id)"
        " left join bill_corrections c using (bill_id, bill_version)"
        " where b.bill_id = any(%s) order by b.bill_id, b.bill_version desc",
        (list(bill_ids),),
    )
    return {
        bill_id: corrected_on or clock.date_of(issued_at)
        for bill_id, corrected_on, issued_at in found
    }


_COLUMNS = (
    "bill_id", "bill_version", "corrected_on", "reason", "corrected_by", "pack_version",
    "rule_ids", "trace_id", "recorded_at", "grace_ends_on",
)  # fmt: skip


def insert(connection: Connection, rows: Sequence[Sequence[object]]) -> None:
    """Keep what bills' next versions were issued for."""
    roll_store.copy(connection, "bill_corrections", _COLUMNS, rows)


def versions(connection: Connection, bill_id: UUID) -> Sequence[Any]:
    """Every version of a bill, the first one first, with what it was issued for."""
    return connection.exec_driver_sql(
        "select b.bill_id, b.bill_version, b.total_cents, c.corrected_on, c.reason,"
        " c.corrected_by, c.recorded_at, c.pack_version, c.rule_ids, c.grace_ends_on"
        " from bills b left join bill_corrections c using (bill_id, bill_version)"
        " where b.bill_id = %s order by b.bill_version",
        (bill_id,),
    ).all()


def installments(connection: Connection, bill_id: UUID) -> dict[int, list[Any]]:
    """The installments of all of a bill's versions, by version."""
    found: dict[int, list[Any]] = {}
    for row in connection.exec_driver_sql(
        "select * from installments where bill_id = %s order by bill_version, installment",
        (bill_id,),
    ):
        found.setdefault(row.bill_version, []).append(row)
    return found
