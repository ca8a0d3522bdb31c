"""Cashiering's SQL for a cashier's own sessions, their headers and their numbering."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

OFFERED_MAX = 10


def own_open(connection: Connection, cashier: str) -> Sequence[Any]:
    """A cashier's open sessions, the default one first, then the newest."""
    return connection.exec_driver_sql(
        "select * from sessions where cashier = %s and is_open"
        " order by is_default desc, opened_at desc, session_id",
        (cashier,),
    ).all()


def make_default(connection: Connection, cashier: str, session_id: UUID) -> None:
    """Move the mark: the old one goes first, for a cashier has one."""
    connection.exec_driver_sql(
        "update sessions set is_default = false where cashier = %s and is_default and is_open",
        (cashier,),
    )
    connection.exec_driver_sql(
        "update sessions set is_default = true where session_id = %s", (session_id,)
    )


def payment_source(connection: Connection, session_id: UUID) -> str:
    """How the money of a session came: a file's by the file's source (CASH-003, CASH-063)."""
    source: str | None = connection.exec_driver_sql(
        "select coalesce(nullif(source, ''), layout) from import_runs where session_id = %s"
        " order by run_id limit 1",
        (session_id,),
    ).scalar()
    return source or "counter"


_STANDING_LINES = (
    " from receipt_lines l join receipts r using (receipt_id)"
    " where r.session_id = %s"
    " and not exists (select from reversals v where v.receipt_id = r.receipt_id)"
)


def bill_count(connection: Connection, session_id: UUID) -> int:
    found: int = connection.exec_driver_sql(
        "select count(distinct l.bill_id)" + _STANDING_LINES, (session_id,)
    ).scalar_one()
    return found


def totals(connection: Connection, session_id: UUID) -> Sequence[Any]:
    """(payment type, tax year, bills, cents) of what stands."""
    return connection.exec_driver_sql(
        "select case when l.bill_id is not null then 'tax' when l.is_advance then 'advance'"
        " when l.source_code is not null then 'misc'"
        " else 'suspense' end as payment_type,"
        " coalesce(l.tax_year, 0) as tax_year, count(distinct l.bill_id) as bills,"
        " sum(l.amount_cents)::bigint as cents" + _STANDING_LINES + " group by 1, 2 order by 1, 2",
        (session_id,),
    ).all()


def source_totals(connection: Connection, session_id: UUID) -> Sequence[Any]:
    """(source, lines, cents) of what stands."""
    return connection.exec_driver_sql(
        "select l.source_code, count(*) as lines, sum(l.amount_cents)::bigint as cents"
        + _STANDING_LINES
        + " and l.source_code is not null group by 1 order by 1",
        (session_id,),
    ).all()


def change_series(
    connection: Connection, session_id: UUID, old: date, count: int, new: date
) -> int:
    """Leave one effective date's numbering for another's; gives where that one stands."""
    connection.exec_driver_sql(
        "insert into session_series (session_id, effective_on, receipt_count) values (%s, %s, %s)"
        " on conflict (session_id, effective_on)"
        " do update set receipt_count = excluded.receipt_count",
        (session_id, old, count),
    )
    stands: int = connection.exec_driver_sql(
        "update sessions set effective_on = %(new)s, receipt_count = coalesce((select receipt_count"
        " from session_series where session_id = %(id)s and effective_on = %(new)s), 0)"
        " where session_id = %(id)s returning receipt_count",
        {"new": new, "id": session_id},
    ).scalar_one()
    return stands
