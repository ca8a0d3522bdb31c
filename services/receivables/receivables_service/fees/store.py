"""SQL of fees: what was charged to whom, its rows, and how it ended."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from receivables_service.domain.fee_terms import FeeRow, Holder
from taxkit.rows import Columns

FEES_MAX = 1000
"""Fees a list answers with at once."""

_FEES = Columns(
    {
        "fee_id": "uuid",
        "fee_type": "text",
        "charge_code": "text",
        "holder_kind": "text",
        "holder_id": "text",
        "statement_id": "text",
        "bill_id": "uuid",
        "tax_year": "integer",
        "amount_cents": "bigint",
        "due_on": "date",
        "batch": "text",
        "charged_by": "text",
        "reason": "text",
        "business_date": "date",
        "recorded_at": "timestamptz",
        "rule_id": "text",
    }
)
_ROWS = Columns(
    {
        "fee_id": "uuid",
        "line_number": "integer",
        "account_code": "text",
        "description": "text",
        "amount_cents": "bigint",
    }
)
_ENDS = Columns(
    {
        "fee_id": "uuid",
        "outcome": "text",
        "batch": "text",
        "ended_on": "date",
        "modify_code": "text",
        "reason": "text",
        "bill_code": "text",
        "receipt_number": "text",
        "ended_by": "text",
        "recorded_at": "timestamptz",
    }
)


class Fee(NamedTuple):
    fee_id: UUID
    fee_type: str
    charge_code: str
    holder_kind: str
    holder_id: str
    statement_id: str
    # The bill that bears it, or its own account; none of one that was charged before those were.
    bill_id: UUID | None
    tax_year: int
    amount_cents: int
    due_on: date
    batch: str
    charged_by: str
    reason: str
    business_date: date
    recorded_at: Any
    rule_id: str


class End(NamedTuple):
    """How a fee ended: waived, or paid by a receipt outside of the ledger."""

    fee_id: UUID
    outcome: str
    batch: str
    ended_on: date
    modify_code: str
    reason: str
    bill_code: str
    receipt_number: str
    ended_by: str
    recorded_at: Any


def add(connection: Connection, fee: Fee, rows: Sequence[FeeRow]) -> None:
    _FEES.insert(connection, "fees", [fee])
    _ROWS.insert(
        connection,
        "fee_rows",
        [
            (fee.fee_id, number, row.account_code, row.description, row.amount_cents)
            for number, row in enumerate(rows, 1)
        ],
    )


def end(connection: Connection, ended: End) -> None:
    _ENDS.insert(connection, "fee_ends", [ended])


def locked(connection: Connection, fee_id: UUID) -> Fee | None:
    """A fee that nobody else ends meanwhile; none when there is no such fee."""
    connection.exec_driver_sql(
        "select pg_advisory_xact_lock(hashtextextended('fee/' || %s::text, 0))", (str(fee_id),)
    )
    found = _read(connection, "fee_id = %s", (fee_id,))
    return found[0] if found else None


def of_holder(connection: Connection, kind: str, holder_id: str) -> list[Fee]:
    """The newest first; a property's fees are those of the bills that are on it now (LEVY-016)."""
    if kind == Holder.PROPERTY:
        return _read(
            connection,
            "holder_kind = %s and bill_id in (select bill_id from bills where parcel_number = %s)",
            (kind, holder_id),
        )
    return _read(connection, "holder_kind = %s and holder_id = %s", (kind, holder_id))


def one(connection: Connection, fee_id: UUID) -> Fee | None:
    found = _read(connection, "fee_id = %s", (fee_id,))
    return found[0] if found else None


def rows_of(connection: Connection, fee_id: UUID) -> list[FeeRow]:
    rows = connection.exec_driver_sql(
        "select account_code, description, amount_cents from fee_rows where fee_id = %s"
        " order by line_number",
        (fee_id,),
    )
    return [FeeRow(*row) for row in rows]


def ends_of(connection: Connection, fee_ids: Sequence[UUID]) -> dict[UUID, End]:
    rows = connection.exec_driver_sql(
        f"select {_ENDS.names} from fee_ends where fee_id = any(%s::uuid[])", (list(fee_ids),)
    )
    return {row.fee_id: End(*row) for row in rows}


def waived_on(connection: Connection, bill_id: UUID) -> set[UUID]:
    """The fees of a bill that were modified to nothing."""
    rows = connection.exec_driver_sql(
        "select f.fee_id from fees f join fee_ends e using (fee_id)"
        " where f.bill_id = %s and e.outcome = 'waived'",
        (bill_id,),
    )
    return {row.fee_id for row in rows}


def opened(connection: Connection, bill_ids: Sequence[UUID]) -> dict[UUID, tuple[str, int]]:
    """The number of each bill, and what is open on it."""
    rows = connection.exec_driver_sql(
        "select bill_id, bill_number, open_cents from bills where bill_id = any(%s::uuid[])",
        (list(bill_ids),),
    )
    return {row.bill_id: (row.bill_number, row.open_cents) for row in rows}


def receipt_cents(connection: Connection, receipt_number: str) -> int | None:
    """What of a receipt no fee was noted for; none when not one of that number stands."""
    rows = connection.exec_driver_sql(
        "select total_cents - (select coalesce(sum(f.amount_cents), 0) from fee_ends e"
        " join fees f using (fee_id) where e.receipt_number = r.receipt_number) as total_cents"
        " from receipts r where receipt_number = %s and not exists"
        " (select from facts f where f.receipt_id = r.receipt_id and f.kind = 'reversal')",
        (receipt_number,),
    ).all()
    return int(rows[0].total_cents) if len(rows) == 1 else None


def _read(connection: Connection, condition: str, values: tuple[Any, ...]) -> list[Fee]:
    rows = connection.exec_driver_sql(
        f"select {_FEES.names} from fees where {condition}"
        f" order by recorded_at desc, fee_id desc limit {FEES_MAX}",
        values,
    )
    return [Fee(*row) for row in rows]
