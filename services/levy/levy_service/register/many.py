"""Puts many changes on record at once: what rolls, supplements and new values say of parcels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from levy_service import roll_store
from levy_service.bootstrap import LevyApp
from levy_service.domain.register import Party, Role, Saying, changes_anything
from levy_service.register import recording, store
from levy_service.register.store import Change
from taxkit import outbox
from taxkit.contracts import OutgoingEvent
from taxkit.telemetry import trace_id_of


@dataclass(frozen=True, slots=True)
class Said:
    """What is to be on record of a parcel, from a day on, and why."""

    parcel_number: str
    effective_on: date
    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    parties: Mapping[Role, tuple[Party, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class By:
    """Who says it, when and in which trace; a roll that says it."""

    user: str
    traceparent: str
    recorded_at: datetime
    roll_id: UUID | None = None


def record(app: LevyApp, connection: Connection, said: Sequence[Said], by: By) -> int:
    """Record what is new of parcels, each of them once in it, and tell it; gives how many are.

    What is on record already is not recorded again, so that done twice it is done once.
    """
    if not said:
        return 0
    numbers = [each.parcel_number for each in said]
    store.many_at_a_time(connection, numbers)
    on_file = store.parcels(connection, numbers)
    changes, events = list[Change](), list[OutgoingEvent]()
    for each in said:
        before = on_file[each.parcel_number]
        saying = Saying(each.effective_on, before.version + 1, each.facts, each.parties)
        if not changes_anything(before.sayings, saying):
            continue
        change = Change(
            each.parcel_number, saying, each.reason, by.user, trace_id_of(by.traceparent),
            by.recorded_at, by.roll_id,
        )  # fmt: skip
        changes.append(change)
        events.append(recording.told(app, before, change, by.traceparent))
    _write(app, connection, changes, events)
    return len(changes)


def _write(
    app: LevyApp, connection: Connection, changes: Sequence[Change], events: Sequence[OutgoingEvent]
) -> None:
    if not changes:
        return
    names = list(store.CHANGES.types)
    roll_store.copy(connection, "register_changes", names, map(store.change_row, changes))
    holders = [holder for one in changes for holder in store.party_rows(one)]
    roll_store.copy(connection, "register_parties", list(store.PARTIES.types), holders)
    outbox_rows = outbox.rows(app.settings.county, events)
    roll_store.copy(connection, "outbox", list(outbox.COLUMNS.types), outbox_rows)
