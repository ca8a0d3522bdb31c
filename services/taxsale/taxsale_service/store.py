"""Taxsale's SQL: whole batches, one statement each."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection
from taxkit.rows import Columns


class BillRow(NamedTuple):
    bill_id: UUID
    bill_number: str
    parcel_number: str
    tax_year: int
    open_cents: int
    last_due_on: date
    first_due_on: date
    standing: str
    standing_on: date


class ChangeRow(NamedTuple):
    event_id: UUID
    bill_id: UUID
    receipt_id: UUID | None
    cause: str
    standing_before: str
    standing_after: str
    as_of: date
    rule_id: str


_BILLS = Columns(
    {
        "bill_id": "uuid",
        "bill_number": "text",
        "parcel_number": "text",
        "tax_year": "integer",
        "open_cents": "bigint",
        "last_due_on": "date",
        "first_due_on": "date",
        "standing": "text",
        "standing_on": "date",
    }
)
_NEWER = """
on conflict (bill_id) do update set open_cents = excluded.open_cents,
    last_due_on = excluded.last_due_on, first_due_on = excluded.first_due_on,
    standing = excluded.standing, standing_on = excluded.standing_on
"""
_CHANGES = Columns(
    {
        "event_id": "uuid",
        "bill_id": "uuid",
        "receipt_id": "uuid",
        "cause": "text",
        "standing_before": "text",
        "standing_after": "text",
        "as_of": "date",
        "rule_id": "text",
    }
)


def standings(connection: Connection, bill_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Read what is known; the inbox holds each bill's lock already."""
    rows = connection.exec_driver_sql(
        "select bill_id, standing from bills where bill_id = any(%s::uuid[])", (list(bill_ids),)
    )
    return {row.bill_id: row.standing for row in rows}


def save(connection: Connection, bills: Sequence[BillRow], changes: Sequence[ChangeRow]) -> None:
    _BILLS.insert(connection, "bills", bills, _NEWER)
    _CHANGES.insert(connection, "standing_changes", changes)


def bill(connection: Connection, bill_id: UUID | None) -> Any:
    return connection.exec_driver_sql(
        "select * from bills where bill_id = %s", (bill_id,)
    ).one_or_none()


def changes_of(connection: Connection, bill_id: UUID | None) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select * from standing_changes where bill_id = %s order by event_id", (bill_id,)
    ).all()


def open_bills(
    connection: Connection, tax_year: int, after: UUID, limit: int
) -> Sequence[Any]:
    """Bills with money open, of one tax year or (0) of all, in the order of their ids."""
    return connection.exec_driver_sql(
        "select * from bills where open_cents > 0 and bill_id > %(after)s"
        " and (%(tax_year)s::integer = 0 or tax_year = %(tax_year)s) order by bill_id limit %(limit)s",
        {"tax_year": tax_year, "after": after, "limit": limit},
    ).all()
