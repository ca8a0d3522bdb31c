"""SQL of distribution's read copies: agencies, receipts, sessions."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from taxkit.rows import Columns


def name_agencies(connection: Connection, told: Iterable[tuple[str, int, str]]) -> None:
    """Keep agencies' names as the newest tax year has them; most batches bring none that is new.

    `told` is code, tax year and name: an old roll that is loaded later renames nobody.
    """
    newest: dict[str, tuple[int, str]] = {}
    for code, tax_year, name in told:
        if code not in newest or newest[code][0] <= tax_year:
            newest[code] = (tax_year, name)
    rows = connection.exec_driver_sql(
        "select agency_code, named_for, agency_name from agencies"
        " where agency_code = any(%b::text[])",
        (list(newest),),
    )
    known = {row.agency_code: (row.named_for, row.agency_name) for row in rows}
    news = sorted(
        (code, *name)
        for code, name in newest.items()
        if code not in known or (known[code][0] <= name[0] and known[code] != name)
    )
    Columns({"agency_code": "text", "named_for": "integer", "agency_name": "text"}).insert(
        connection,
        "agencies",
        news,
        "on conflict (agency_code) do update set agency_name = excluded.agency_name,"
        " named_for = excluded.named_for where excluded.named_for >= agencies.named_for",
    )


class ReceiptRow(NamedTuple):
    receipt_id: UUID
    session_id: UUID
    business_date: date
    received_cents: int


class ReversalRow(NamedTuple):
    receipt_id: UUID
    reversed_on: date
    reversed_cents: int
    # After its session was closed, so that the drawer's own total still has it.
    after_close: bool = False


def keep_receipts(connection: Connection, receipts: Sequence[ReceiptRow]) -> None:
    Columns(
        {
            "receipt_id": "uuid",
            "session_id": "uuid",
            "business_date": "date",
            "received_cents": "bigint",
        }
    ).insert(
        connection,
        "receipts",
        sorted(receipts),
        "on conflict (receipt_id) do update set session_id = excluded.session_id,"
        " business_date = excluded.business_date, received_cents = excluded.received_cents",
    )


def keep_reversals(connection: Connection, reversals: Sequence[ReversalRow]) -> None:
    Columns(
        {
            "receipt_id": "uuid",
            "reversed_on": "date",
            "reversed_cents": "bigint",
            "reversed_after_close": "boolean",
        }
    ).insert(
        connection,
        "receipts",
        sorted(reversals),
        "on conflict (receipt_id) do update set reversed_on = excluded.reversed_on,"
        " reversed_cents = excluded.reversed_cents,"
        " reversed_after_close = excluded.reversed_after_close",
    )


def close_sessions(connection: Connection, sessions: Sequence[tuple[UUID, date, int]]) -> None:
    Columns({"session_id": "uuid", "business_date": "date", "total_cents": "bigint"}).insert(
        connection, "closed_sessions", sorted(sessions), "on conflict do nothing"
    )


def deposit_sessions(connection: Connection, sessions: Sequence[tuple[UUID, UUID, date]]) -> None:
    Columns({"session_id": "uuid", "deposit_id": "uuid", "deposited_on": "date"}).insert(
        connection, "deposited_sessions", sorted(sessions), "on conflict do nothing"
    )
