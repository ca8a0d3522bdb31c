"""Commands and queries on collection holds; one transaction each (COLL-010)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from collections_service.hold_events import HOLD_PLACED, HOLD_RELEASED
from taxkit import ids
from taxkit.errors import conflict, invalid, not_found
from taxkit.inbox import Work

_VIEW = (
    "select h.*, r.released_on, r.released_by, r.reason as release_reason from holds h"
    " left join hold_releases r using (hold_id)"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A hold as somebody asks for it."""

    parcel_number: str
    kind: str
    reason: str
    authority: str
    begins_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Asker:
    user: str
    traceparent: str


def place(work: Work, wanted: Wanted, asker: Asker) -> Any:
    """Hold a parcel; the same kind twice at a time says nothing new and is refused."""
    begins_on = wanted.begins_on or work.clock.today()
    if wanted.ends_on is not None and wanted.ends_on < begins_on:
        raise invalid("DATES_REVERSED", f"{wanted.ends_on} is before {begins_on}", "ends_on")
    lock = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"
    work.connection.exec_driver_sql(lock, (f"hold/{wanted.parcel_number}",))
    for row in of_parcel(work.connection, wanted.parcel_number):
        if row.kind == wanted.kind and _overlaps(row, begins_on, wanted.ends_on):
            raise conflict(
                "HOLD_EXISTS", f"hold {row.hold_id} of {row.kind} is on {row.parcel_number}"
            )
    hold_id = ids.new_id()
    work.connection.exec_driver_sql(
        "insert into holds (hold_id, parcel_number, kind, reason, authority, begins_on, ends_on,"
        " placed_by, recorded_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (hold_id, wanted.parcel_number, wanted.kind, wanted.reason, wanted.authority, begins_on,
         wanted.ends_on, asker.user, work.clock.now()),
    )  # fmt: skip
    told = {
        "hold_id": str(hold_id),
        "parcel_number": wanted.parcel_number,
        "kind": wanted.kind,
        "reason": wanted.reason,
        "authority": wanted.authority,
        "begins_on": begins_on.isoformat(),
        "ends_on": wanted.ends_on.isoformat() if wanted.ends_on else None,
    }
    work.emit(HOLD_PLACED, f"hold/{hold_id}", 1, told, cause=asker)
    return _one(work.connection, hold_id)


def release(work: Work, hold_id: UUID, reason: str, asker: Asker) -> Any:
    """End a hold as of today; what ended already stays as it ended."""
    found = work.connection.exec_driver_sql(
        "select hold_id from holds where hold_id = %s for update", (hold_id,)
    ).one_or_none()
    if found is None:
        raise not_found("HOLD_NOT_FOUND", f"no hold {hold_id}")
    row = _one(work.connection, hold_id)
    if row.released_on is not None:
        raise conflict("HOLD_RELEASED", f"{row.released_by} released it on {row.released_on}")
    today = work.clock.today()
    work.connection.exec_driver_sql(
        "insert into hold_releases (hold_id, released_on, reason, released_by, recorded_at)"
        " values (%s, %s, %s, %s, %s)",
        (hold_id, today, reason, asker.user, work.clock.now()),
    )
    told = {
        "hold_id": str(hold_id),
        "parcel_number": row.parcel_number,
        "kind": row.kind,
        "released_on": today.isoformat(),
        "reason": reason,
    }
    work.emit(HOLD_RELEASED, f"hold/{hold_id}", 2, told, cause=asker)
    return _one(work.connection, hold_id)


def of_parcel(connection: Connection, parcel_number: str) -> Sequence[Any]:
    return connection.exec_driver_sql(
        f"{_VIEW} where h.parcel_number = %s order by h.hold_id desc", (parcel_number,)
    ).all()


def _overlaps(row: Any, begins_on: date, ends_on: date | None) -> bool:
    """Tell whether a hold that was not released is on for a day of some others."""
    if row.released_on is not None or (ends_on is not None and ends_on < row.begins_on):
        return False
    return row.ends_on is None or row.ends_on >= begins_on


def _one(connection: Connection, hold_id: UUID) -> Any:
    return connection.exec_driver_sql(f"{_VIEW} where h.hold_id = %s", (hold_id,)).one()
