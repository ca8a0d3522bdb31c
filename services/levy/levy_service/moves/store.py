"""Levy's SQL for moved bills."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Connection

from levy_service import store as bill_store
from levy_service.queries import WholeBill
from taxkit.rows import Columns

if TYPE_CHECKING:
    from levy_service.moves.moving import Move

_MOVES = Columns(
    {
        "bill_id": "uuid",
        "bill_version": "integer",
        "from_parcel_number": "text",
        "from_owner_name": "text",
        "to_parcel_number": "text",
        "to_owner_name": "text",
    }
)


def whole_bills(connection: Connection, bill_ids: Sequence[UUID]) -> dict[UUID, WholeBill]:
    """Bills in their newest versions with all that belongs to them, in the order of their ids."""
    rows = bill_store.newest_bills(connection, bill_ids)
    lines = bill_store.lines_of(connection, rows)
    parts = bill_store.installments_of(connection, rows)
    return {row.bill_id: WholeBill(row, lines[row.bill_id], parts[row.bill_id]) for row in rows}


def knows_parcel(connection: Connection, parcel_number: str) -> bool:
    """Whether a parcel is on a roll of any year, or took another one's place."""
    found: bool = connection.exec_driver_sql(
        "select exists (select from parcels where parcel_number = %(number)s)"
        " or exists (select from bills where parcel_number = %(number)s)"
        " or exists (select from parcel_successors where successor_number = %(number)s)",
        {"number": parcel_number},
    ).scalar_one()
    return found


def insert_moves(connection: Connection, moves: "Sequence[Move]") -> None:
    rows = [
        (
            one.before.bill.bill_id,
            one.version,
            one.before.bill.parcel_number,
            one.before.bill.owner_name,
            one.parcel_number,
            one.owner_name,
        )
        for one in moves
    ]
    _MOVES.insert(connection, "bill_moves", rows)


def moves_of(connection: Connection, bill_id: UUID) -> Sequence[Any]:
    """Where a bill was moved, the first time first, each with who did it and why."""
    return connection.exec_driver_sql(
        "select m.*, c.corrected_on as moved_on, c.corrected_by as moved_by, c.reason,"
        " c.recorded_at from bill_moves m join bill_corrections c using (bill_id, bill_version)"
        " where m.bill_id = %s order by m.bill_version",
        (bill_id,),
    ).all()
