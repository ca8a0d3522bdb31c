"""Cashiering's read copy of collections' holds; either event of a hold may come first."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.rows import Columns


class HoldPlacedSeen(ReaderSchema):
    hold_id = fields.UUID(required=True)
    parcel_number = fields.String(required=True)
    kind = fields.String(required=True)
    reason = fields.String(load_default="")
    authority = fields.String(load_default="")
    begins_on = fields.Date(required=True)
    ends_on = fields.Date(required=True, allow_none=True)


class HoldReleasedSeen(ReaderSchema):
    hold_id = fields.UUID(required=True)
    parcel_number = fields.String(required=True)
    kind = fields.String(required=True)
    released_on = fields.Date(required=True)


_PLACED = Columns(
    {
        "hold_id": "uuid", "parcel_number": "text", "kind": "text", "reason": "text",
        "authority": "text", "begins_on": "date", "ends_on": "date",
    }
)  # fmt: skip
_RELEASED = Columns(
    {"hold_id": "uuid", "parcel_number": "text", "kind": "text", "released_on": "date"}
)


def on_hold_placed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep from when until when a parcel is held, and why."""
    _keep(work, events, _PLACED)


def on_hold_released(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep the day a hold ended."""
    _keep(work, events, _RELEASED)


def _keep(work: Work, events: Sequence[IncomingEvent], columns: Columns) -> None:
    told = {event.data["hold_id"]: event.data for event in events}
    rows = [[told[each][name] for name in columns.types] for each in sorted(told)]
    changes = ", ".join(f"{name} = excluded.{name}" for name in list(columns.types)[1:])
    conflict = f"on conflict (hold_id) do update set {changes}"
    columns.insert(work.connection, "collection_holds", rows, conflict)


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
