"""Cashiering's SQL for tills and sessions."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection


def till_is_active(connection: Connection, till_code: str) -> bool | None:
    """Whether a till may be used; None when there is none of this code."""
    found: bool | None = connection.exec_driver_sql(
        "select is_active from tills where till_code = %s", (till_code,)
    ).scalar()
    return found


def add_till(connection: Connection, till_code: str) -> None:
    connection.exec_driver_sql(
        "insert into tills (till_code) values (%s) on conflict do nothing", (till_code,)
    )


def insert_session(
    connection: Connection,
    session_id: UUID,
    till_code: str,
    cashier: str,
    business_date: date,
    effective_on: date,
) -> bool:
    """Open a session; False when the till has one open already."""
    opened = connection.exec_driver_sql(
        "insert into sessions (session_id, till_code, session_number, cashier, business_date,"
        " effective_on) select %(id)s, %(till)s, 1 + count(*), %(cashier)s, %(day)s, %(effective)s"
        " from sessions where till_code = %(till)s and business_date = %(day)s"
        " on conflict do nothing returning session_id",
        {
            "id": session_id,
            "till": till_code,
            "cashier": cashier,
            "day": business_date,
            "effective": effective_on,
        },
    ).one_or_none()
    return opened is not None


def is_importing(connection: Connection, session_id: UUID) -> bool:
    """Whether a remittance file is being posted, or was cut off while posting, into a session."""
    found: bool = connection.exec_driver_sql(
        "select exists (select from import_runs where session_id = %s and state = 'committing')",
        (session_id,),
    ).scalar_one()
    return found


def session(connection: Connection, session_id: UUID, *, lock: bool = False) -> Any:
    return connection.exec_driver_sql(
        f"select * from sessions where session_id = %s {'for update' if lock else ''}",
        (session_id,),
    ).one_or_none()


def open_session_of(connection: Connection, till_code: str) -> Any:
    return connection.exec_driver_sql(
        "select * from sessions where till_code = %s and is_open", (till_code,)
    ).one_or_none()


def expected(connection: Connection, session_id: UUID) -> Sequence[Any]:
    """(tender type, cents) a drawer should hold: tenders less change, reversed receipts left out.

    Change is always given in cash; money held already lies in no drawer.
    """
    return connection.exec_driver_sql(
        "with kept as (select receipt_id, change_cents from receipts r where session_id = %(id)s"
        "  and not exists (select from reversals v where v.receipt_id = r.receipt_id))"
        " select tender_type, sum(cents)::bigint as cents from ("
        "  select tender_type, amount_cents as cents from tenders join kept using (receipt_id)"
        "  where tender_type not in ('surplus', 'escrow')"
        "  union all select 'cash', -change_cents from kept where change_cents > 0) as one"
        " group by tender_type order by tender_type",
        {"id": session_id},
    ).all()


def escrow(connection: Connection, session_id: UUID) -> int:
    """What of a session's receipts was paid out of escrow, reversed ones left out."""
    found: int = connection.exec_driver_sql(
        "select coalesce(sum(t.amount_cents), 0)::bigint from tenders t"
        " join receipts r using (receipt_id)"
        " where r.session_id = %s and t.tender_type = 'escrow'"
        " and not exists (select from reversals v where v.receipt_id = r.receipt_id)",
        (session_id,),
    ).scalar_one()
    return found


def standing(connection: Connection, session_id: UUID) -> tuple[int, int]:
    """(receipts, cents) of a session, reversed ones left out."""
    row = connection.exec_driver_sql(
        "select count(*), coalesce(sum(total_cents), 0)::bigint from receipts r"
        " where session_id = %s"
        " and not exists (select from reversals v where v.receipt_id = r.receipt_id)",
        (session_id,),
    ).one()
    return row[0], row[1]


def close(
    connection: Connection, session_id: UUID, over_short_cents: int, counts: dict[str, int]
) -> None:
    connection.exec_driver_sql(
        "update sessions set is_open = false, closed_at = clock_timestamp(),"
        " over_short_cents = %s, counts = %s where session_id = %s",
        (over_short_cents, Jsonb(counts), session_id),
    )
