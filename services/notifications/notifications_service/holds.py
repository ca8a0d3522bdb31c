"""Collection holds: what of a parcel is not written while it is held (NOTI-005)."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from marshmallow import fields
from sqlalchemy import Connection

from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.rows import Columns

_HOLDS = Columns(
    {
        "hold_id": "uuid",
        "parcel_number": "text",
        "begins_on": "date",
        "ends_on": "date",
        "released_on": "date",
    }
)
# Either may come first: each fills in its own part.
_PLACED = (
    "on conflict (hold_id) do update set begins_on = excluded.begins_on, ends_on = excluded.ends_on"
)
_RELEASED = "on conflict (hold_id) do update set released_on = excluded.released_on"
_HELD = """
select distinct parcel_number from holds where parcel_number = any(%s::text[])
    and begins_on <= %s and (ends_on is null or ends_on >= %s)
    and (released_on is null or released_on > %s)
"""


class HoldPlacedSeen(ReaderSchema):
    hold_id = fields.UUID(required=True)
    parcel_number = fields.String(required=True)
    begins_on = fields.Date(required=True)
    ends_on = fields.Date(required=True, allow_none=True)


class HoldReleasedSeen(ReaderSchema):
    hold_id = fields.UUID(required=True)
    parcel_number = fields.String(required=True)
    released_on = fields.Date(required=True)


def on_hold_placed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep from when until when a parcel is held."""
    _keep(work, events, _PLACED)


def on_hold_released(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep the day a hold ended."""
    _keep(work, events, _RELEASED)


def held(connection: Connection, parcels: Iterable[str], today: date) -> frozenset[str]:
    """Which of some parcels are held today."""
    wanted = sorted({*parcels})
    if not wanted:
        return frozenset()
    rows = connection.exec_driver_sql(_HELD, (wanted, today, today, today))
    return frozenset(row.parcel_number for row in rows)


def _keep(work: Work, events: Sequence[IncomingEvent], conflict: str) -> None:
    rows = {
        event.data["hold_id"]: tuple(event.data.get(name) for name in _HOLDS.types)
        for event in events
    }
    _HOLDS.insert(work.connection, "holds", list(rows.values()), conflict)


HOLD_PLACED = Subscription(
    owner="collections",
    event="HoldPlaced.v1",
    method="on_hold_placed",
    schema=HoldPlacedSeen(),
    handle=on_hold_placed,
    ordering=Ordering.ANY,
)
HOLD_RELEASED = Subscription(
    owner="collections",
    event="HoldReleased.v1",
    method="on_hold_released",
    schema=HoldReleasedSeen(),
    handle=on_hold_released,
    ordering=Ordering.ANY,
)
