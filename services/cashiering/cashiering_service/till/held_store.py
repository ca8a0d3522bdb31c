"""SQL of money held: read copies, and what tills reserve of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from cashiering_service.domain.held import HeldMoney, Key, drawn_by
from cashiering_service.domain.receipt import Receipt
from taxkit.rows import Columns

_COLUMNS = Columns(
    {
        "kind": "text",
        "reference": "text",
        "category": "text",
        "name": "text",
        "parcel_number": "text",
        "open_cents": "bigint",
        "state": "text",
        "reserved_cents": "bigint",
        "reserved_at": "timestamptz",
    }
)
KEYS = Columns({"kind": "text", "reference": "text"})
DRAWN = Columns({"kind": "text", "reference": "text", "cents": "bigint", "at": "timestamptz"})
# In the order of their keys, so that no two tills wait for each other.
LOCK = (
    f"select {_COLUMNS.names} from held_money h where exists (select from {KEYS.source}"
    " where v.kind = h.kind and v.reference = h.reference) order by kind, reference for update"
)
RESERVE = (
    "update held_money h set reserved_cents ="
    " case when reserved_at > v.at - interval '1 day' then reserved_cents else 0 end + v.cents,"
    f" reserved_at = v.at from {DRAWN.source}"
    " where h.kind = v.kind and h.reference = v.reference"
)
_KEEP = f"""
on conflict (kind, reference) do update set ({_COLUMNS.names}) = ({
    ", ".join(f"excluded.{name}" for name in _COLUMNS.types)
})
"""


def contact(connection: Connection, escrow_account: str) -> str:
    """Whose an escrow account is; empty where it is not known here."""
    return str(
        connection.exec_driver_sql(
            "select name from held_money where kind = 'escrow' and reference = %s",
            (escrow_account,),
        ).scalar()
        or ""
    )


def held_money(row: Sequence[Any]) -> HeldMoney:
    return HeldMoney(*row)


def lock(connection: Connection, keys: Iterable[Key]) -> dict[Key, HeldMoney]:
    rows = connection.exec_driver_sql(LOCK, KEYS.params(sorted(keys)))
    found = [held_money(tuple(row)) for row in rows]
    return {(one.kind, one.reference): one for one in found}


def keep(connection: Connection, held: Iterable[HeldMoney]) -> None:
    rows = [
        (
            one.kind,
            one.reference,
            one.category,
            one.name,
            one.parcel_number,
            one.open_cents,
            one.state,
            one.reserved_cents,
            one.reserved_at,
        )
        for one in held
    ]
    _COLUMNS.insert(connection, "held_money", rows, _KEEP)


def reservations(receipts: Iterable[Receipt]) -> list[tuple[object, ...]]:
    """What a batch of receipts draws, added up by item."""
    cents: dict[Key, int] = {}
    at: dict[Key, datetime] = {}
    for receipt in receipts:
        for key, drawn in drawn_by(receipt.tenders).items():
            cents[key] = cents.get(key, 0) + drawn
            at[key] = receipt.recorded_at
    return [(*key, cents[key], at[key]) for key in sorted(cents)]


def listed(
    connection: Connection, parcel_number: str, kind: str, reference: str
) -> list[HeldMoney]:
    """Of a parcel, what is open; or the one item or account that is named."""
    rows = connection.exec_driver_sql(
        f"select {_COLUMNS.names} from held_money"
        " where (%(reference)s <> '' and kind = %(kind)s and reference = %(reference)s)"
        " or (%(parcel)s <> '' and parcel_number = %(parcel)s and state <> 'closed'"
        "     and open_cents > 0)"
        " order by kind, reference",
        {"parcel": parcel_number, "kind": kind, "reference": reference},
    )
    return [held_money(tuple(row)) for row in rows]
