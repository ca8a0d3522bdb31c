"""Levy's SQL for corrections."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from taxkit.clock import Clock


def lock(connection: Connection, bill_id: UUID) -> None:
    """Let corrections of one bill follow one another."""
    connection.exec_driver_sql(
        "select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"correction {bill_id}",)
    )


def counts_from(connection: Connection, bill_id: UUID, clock: Clock) -> date:
    """The day a bill's newest version counts from: its correction's, else that of its issue."""
    found = connection.exec_driver_sql(
        "select c.corrected_on, r.recorded_at from bills b join rolls r using (roll_id)"
        " left join bill_corrections c using (bill_id, bill_version)"
        " where b.bill_id = %s order by b.bill_version desc limit 1",
        (bill_id,),
    ).one()
    corrected_on: date | None = found.corrected_on
    return corrected_on or clock.date_of(found.recorded_at)


def insert(connection: Connection, row: Mapping[str, object]) -> None:
    names = list(row)
    connection.exec_driver_sql(
        f"insert into bill_corrections ({', '.join(names)})"
        f" values ({', '.join(f'%({name})s' for name in names)})",
        row,
    )


def versions(connection: Connection, bill_id: UUID) -> Sequence[Any]:
    """Every version of a bill, the first one first, with what it was issued for."""
    return connection.exec_driver_sql(
        "select b.bill_id, b.bill_version, b.total_cents, c.corrected_on, c.reason,"
        " c.corrected_by, c.recorded_at, c.pack_version, c.rule_ids"
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
