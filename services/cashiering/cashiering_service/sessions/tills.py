"""Cashiering's SQL for what tills and cashiers may take, and for setup's trail."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from cashiering_service.domain.permits import Permit, permit


def till(connection: Connection, till_code: str, *, lock: bool = False) -> Any:
    return connection.exec_driver_sql(
        f"select * from tills where till_code = %s {'for update' if lock else ''}", (till_code,)
    ).one_or_none()


def set_till(
    connection: Connection, till_code: str, name: str, takes: Permit, *, is_active: bool
) -> None:
    connection.exec_driver_sql(
        "insert into tills (till_code, name, is_active, payment_types, misc_sources)"
        " values (%s, %s, %s, %s, %s) on conflict (till_code) do update set name = excluded.name,"
        " is_active = excluded.is_active, payment_types = excluded.payment_types,"
        " misc_sources = excluded.misc_sources",
        (till_code, name, is_active, *_lists(takes)),
    )


def all_tills(connection: Connection) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select t.*, s.session_id from tills t"
        " left join sessions s on s.till_code = t.till_code and s.is_open order by t.till_code"
    ).all()


def cashier(connection: Connection, name: str, *, lock: bool = False) -> Any:
    return connection.exec_driver_sql(
        f"select * from cashier_takes where cashier = %s {'for update' if lock else ''}", (name,)
    ).one_or_none()


def set_cashier(connection: Connection, name: str, takes: Permit) -> None:
    connection.exec_driver_sql(
        "insert into cashier_takes (cashier, payment_types, misc_sources) values (%s, %s, %s)"
        " on conflict (cashier) do update set payment_types = excluded.payment_types,"
        " misc_sources = excluded.misc_sources",
        (name, *_lists(takes)),
    )


def keep_change(
    connection: Connection,
    change_id: UUID,
    subject: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    by: str,
    at: datetime,
) -> None:
    """Note who changed a setting from what to what."""
    connection.exec_driver_sql(
        "insert into setup_changes (change_id, subject, before, after, changed_by, recorded_at)"
        " values (%s, %s, %s, %s, %s, %s)",
        (change_id, subject, None if before is None else Jsonb(before), Jsonb(after), by, at),
    )


def permit_of(row: Any) -> Permit:
    """The lists of a till's or cashier's row; no row limits nothing."""
    if row is None:
        return Permit()
    return permit((row.payment_types, row.misc_sources))


def _lists(takes: Permit) -> tuple[list[str] | None, list[str] | None]:
    return (
        None if takes.payment_types is None else sorted(takes.payment_types),
        None if takes.misc_sources is None else sorted(takes.misc_sources),
    )
