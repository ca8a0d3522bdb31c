"""The lines of the audit trail that tell what was coded: type ADJLB (RECV-061)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from receivables_service.asked import Asked
from receivables_service.tables import BillHead
from taxkit import ids
from taxkit.inbox import Work
from taxkit.rows import Columns

SET_CODE, REMOVE_CODE = "Set Bill/Fee Code", "Remove Bill/Fee Code"
MODIFY_BILL = "Modify Bill"
LINES_MAX = 1000
"""Lines a question is answered with at once."""


class Line(NamedTuple):
    """What was done to one bill, or to one fee of it."""

    line_id: UUID
    line_type: str
    action: str
    bill_id: UUID
    bill_number: str
    parcel_number: str
    tax_year: int
    charge_code: str
    old_code: str
    new_code: str
    comment: str
    changed_by: str
    business_date: date
    recorded_at: datetime
    fact_id: UUID
    run_id: UUID | None = None


_LINES = Columns(
    {
        "line_id": "uuid",
        "line_type": "text",
        "action": "text",
        "bill_id": "uuid",
        "bill_number": "text",
        "parcel_number": "text",
        "tax_year": "integer",
        "charge_code": "text",
        "old_code": "text",
        "new_code": "text",
        "comment": "text",
        "changed_by": "text",
        "business_date": "date",
        "recorded_at": "timestamptz",
        "fact_id": "uuid",
        "run_id": "uuid",
    }
)


class Change(NamedTuple):
    """A code put on or taken off: where, what counted before and what does now."""

    head: BillHead
    charge_code: str
    action: str
    old_code: str
    new_code: str
    fact_id: UUID


def keep(
    work: Work, asked: Asked, changes: Sequence[Change], run_id: UUID | None = None
) -> list[Line]:
    """Write a line for each change, in the transaction that makes it."""
    return keep_all(work, [(asked, change) for change in changes], run_id)


def keep_all(
    work: Work, changes: Sequence[tuple[Asked, Change]], run_id: UUID | None = None
) -> list[Line]:
    """Write a line for each change, each asked for by whoever it was."""
    today, now = work.clock.today(), work.clock.now()
    lines = [_line(change, asked, today, now, run_id) for asked, change in changes]
    _LINES.insert(work.connection, "adjustment_lines", lines)
    return lines


def _line(change: Change, asked: Asked, today: date, now: datetime, run_id: UUID | None) -> Line:
    head = change.head
    assert head.bill_number is not None
    assert head.parcel_number is not None
    assert head.tax_year is not None
    return Line(
        ids.new_id(), "ADJLB", change.action, head.bill_id, head.bill_number, head.parcel_number,
        head.tax_year, change.charge_code, change.old_code, change.new_code, asked.reason,
        asked.user, today, now, change.fact_id, run_id,
    )  # fmt: skip


def of_statement(connection: Connection, parcel_number: str, tax_year: int) -> list[Line]:
    """The audit trail of a year, the newest line first."""
    return _read(connection, "parcel_number = %s and tax_year = %s", (parcel_number, tax_year))


def of_bill(connection: Connection, bill_id: UUID) -> list[Line]:
    """The adjustments of one bill, the newest first."""
    return _read(connection, "bill_id = %s", (bill_id,))


def _read(connection: Connection, condition: str, values: tuple[Any, ...]) -> list[Line]:
    rows = connection.exec_driver_sql(
        f"select {_LINES.names} from adjustment_lines where {condition}"
        f" order by recorded_at desc, line_id desc limit {LINES_MAX}",
        values,
    )
    return [Line(*row) for row in rows]
