"""SQL of money held for somebody: items, draws, returns, cases; sets, not rows one by one."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from receivables_service.accounts import Named
from taxkit.errors import not_found
from taxkit.rows import Columns


class Item(NamedTuple):
    item_id: UUID
    payment_fact_id: UUID
    kind: str
    subcode: str
    category: str
    bill_id: UUID | None
    receipt_id: UUID
    parcel_number: str
    tax_year: int | None
    owner_name: str
    owner_account: str
    opened_on: date
    advance_type: str
    escrow_account: str
    open_cents: int
    state: str
    reserved_by: str
    case_id: UUID | None
    sequence: int

    @property
    def named(self) -> Named:
        """The names its line goes by; those of its bill, if it is on one, come from the bill."""
        return Named(None, self.parcel_number, self.tax_year)


class DrawRow(NamedTuple):
    draw_id: UUID
    item_id: UUID
    amount_cents: int
    purpose: str
    receipt_id: UUID | None
    bill_id: UUID | None
    payee: str
    business_date: date
    asked_by: str
    recorded_at: datetime


class Drawn(NamedTuple):
    """A draw that was not returned, and what it drew on."""

    row: DrawRow
    item: Item


class ReturnRow(NamedTuple):
    draw_id: UUID
    return_id: UUID
    business_date: date
    shortfall: bool
    recorded_at: datetime


class ExceptionRow(NamedTuple):
    receipt_id: UUID
    reference: str
    amount_cents: int
    reason: str
    message: str
    business_date: date
    recorded_at: datetime


_DRAWS = Columns(
    {
        "draw_id": "uuid",
        "item_id": "uuid",
        "amount_cents": "bigint",
        "purpose": "text",
        "receipt_id": "uuid",
        "bill_id": "uuid",
        "payee": "text",
        "business_date": "date",
        "asked_by": "text",
        "recorded_at": "timestamptz",
    }
)
_RETURNS = Columns(
    {
        "draw_id": "uuid",
        "return_id": "uuid",
        "business_date": "date",
        "shortfall": "boolean",
        "recorded_at": "timestamptz",
    }
)
_EXCEPTIONS = Columns(
    {
        "receipt_id": "uuid",
        "reference": "text",
        "amount_cents": "bigint",
        "reason": "text",
        "message": "text",
        "business_date": "date",
        "recorded_at": "timestamptz",
    }
)
_ITEM = ", ".join(f"i.{name}" for name in Item._fields)
# Ids of receipts grow with time, those of items do not.
_OLDEST_FIRST = "order by i.opened_on, i.receipt_id, i.item_id"
_DRAW = ", ".join(f"d.{name}" for name in DrawRow._fields)


def items_tendered(
    connection: Connection,
    item_ids: Sequence[UUID],
    escrow_accounts: Sequence[str],
    *,
    lock: bool = False,
) -> list[Item]:
    """Items by id or escrow account, oldest first; of an account only what is open."""
    rows = connection.exec_driver_sql(
        f"select {_ITEM} from held_items i where i.item_id = any(%b::uuid[])"
        " or (i.escrow_account = any(%b::text[]) and i.escrow_account <> ''"
        f" and i.state <> 'closed') {_OLDEST_FIRST}" + (" for update" if lock else ""),
        (list(item_ids), list(escrow_accounts)),
    )
    return [Item(*row) for row in rows]


def item(connection: Connection, item_id: UUID, *, lock: bool = False) -> Item | None:
    row = connection.exec_driver_sql(
        f"select {_ITEM} from held_items i where i.item_id = %s" + (" for update" if lock else ""),
        (item_id,),
    ).one_or_none()
    return Item(*row) if row else None


def items_where(connection: Connection, condition: str, values: Sequence[object]) -> list[Item]:
    """Items by one of this service's own conditions, oldest first."""
    rows = connection.exec_driver_sql(
        f"select {_ITEM} from held_items i where {condition} {_OLDEST_FIRST}",
        tuple(values),
    )
    return [Item(*row) for row in rows]


def draw_ids(connection: Connection, receipt_ids: Sequence[UUID]) -> set[UUID]:
    """Draws that receipts have made already."""
    return set(
        connection.exec_driver_sql(
            "select draw_id from held_draws where receipt_id = any(%b::uuid[])",
            (list(receipt_ids),),
        ).scalars()
    )


def standing_draws(connection: Connection, receipt_ids: Sequence[UUID]) -> list[Drawn]:
    """Draws made by receipts or out of their money, and not returned."""
    return draws_where(
        connection,
        "(d.receipt_id = any(%b::uuid[]) or i.receipt_id = any(%b::uuid[]))"
        " and not exists (select from held_returns r where r.draw_id = d.draw_id)",
        [list(receipt_ids), list(receipt_ids)],
    )


def draws_where(connection: Connection, condition: str, values: Sequence[object]) -> list[Drawn]:
    """Draws by one of this service's own conditions, in the order of their ids."""
    rows = connection.exec_driver_sql(
        f"select {_DRAW}, {_ITEM} from held_draws d join held_items i using (item_id)"
        f" where {condition} order by d.draw_id",
        tuple(values),
    )
    width = len(DrawRow._fields)
    return [Drawn(DrawRow(*row[:width]), Item(*row[width:])) for row in rows]


def keep_draws(connection: Connection, rows: Sequence[DrawRow]) -> None:
    _DRAWS.insert(connection, "held_draws", rows)


def keep_returns(connection: Connection, rows: Sequence[ReturnRow]) -> None:
    _RETURNS.insert(connection, "held_returns", rows)


def keep_exceptions(connection: Connection, rows: Sequence[ExceptionRow]) -> None:
    _EXCEPTIONS.insert(connection, "held_exceptions", rows, "on conflict do nothing")


def remember_reversed(connection: Connection, receipt_ids: Sequence[UUID]) -> None:
    connection.exec_driver_sql(
        "insert into held_receipts_reversed (receipt_id) select distinct r"
        " from unnest(%b::uuid[]) as v (r) order by r on conflict do nothing",
        (list(receipt_ids),),
    )


def reversed_receipts(connection: Connection, receipt_ids: Sequence[UUID]) -> set[UUID]:
    return set(
        connection.exec_driver_sql(
            "select receipt_id from held_receipts_reversed where receipt_id = any(%b::uuid[])",
            (list(receipt_ids),),
        ).scalars()
    )


def exceptions(connection: Connection, limit: int) -> Sequence[Any]:
    """Tenders and draws that wait for a person, oldest first."""
    return connection.exec_driver_sql(
        "select * from held_exceptions where settled_at is null"
        " order by recorded_at, receipt_id, reference, reason limit %s",
        (limit,),
    ).all()


def settle(connection: Connection, named: tuple[UUID, str, str], by: str, at: datetime) -> Any:
    """Mark what waited as seen to, once, with who did it and how."""
    row = connection.exec_driver_sql(
        "update held_exceptions set settled_at = %s, settled_by = %s where receipt_id = %s"
        " and reference = %s and reason = %s and settled_at is null returning *",
        (at, by, *named),
    ).one_or_none()
    if row is None:
        raise not_found("HELD_EXCEPTION_NOT_FOUND", f"nothing of receipt {named[0]} waits as that")
    return row


def history(connection: Connection, item_id: UUID) -> Sequence[Any]:
    """What moved an item, posting by posting."""
    return connection.exec_driver_sql(
        "select m.posting_id, m.posting_kind, m.amount_cents, m.business_date, p.cause_fact_id"
        " from held_movements m join postings p using (posting_id) where m.item_id = %s"
        " order by m.recorded_at, m.posting_id",
        (item_id,),
    ).all()


def totals(connection: Connection) -> tuple[int, int]:
    """What is open in all, and what went out and has not come back."""
    row = connection.exec_driver_sql(
        "select (select coalesce(sum(open_cents), 0) from held_items)::bigint,"
        " (select coalesce(sum(amount_cents), 0) from held_draws d where d.bill_id is null"
        " and not exists (select from held_returns r where r.draw_id = d.draw_id))::bigint"
    ).one()
    return int(row[0]), int(row[1])
