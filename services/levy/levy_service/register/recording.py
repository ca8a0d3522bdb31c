"""The command that puts something on record of a parcel, from a day on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from levy_service.bootstrap import LevyApp
from levy_service.domain.register import Party, Role, Saying, changes_anything
from levy_service.register import lenders, store
from levy_service.register.events import PARTIES_CHANGED, parties_changed
from levy_service.register.store import Change, ParcelOnFile
from taxkit import ids, outbox
from taxkit.contracts import OutgoingEvent
from taxkit.dated import NoTermInForce
from taxkit.errors import Refusal, RefusalKind, invalid, not_found


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be recorded of a parcel, by whom, and what its caller had seen."""

    parcel_number: str
    expected_version: int
    effective_on: date
    facts: Mapping[str, Any]
    parties: Mapping[Role, tuple[Party, ...]]
    reason: str
    user: str
    trace_id: UUID
    traceparent: str


def record(app: LevyApp, connection: Connection, wanted: Wanted) -> None:
    """Put a change behind those on record; nothing of them is altered (LEVY-001)."""
    _check_day(app, wanted.effective_on)
    store.one_at_a_time(connection, wanted.parcel_number)
    before = store.parcel(connection, wanted.parcel_number)
    _check_parcel(app, before, wanted)
    parties = {
        role: tuple(_named(connection, role, party) for party in holders)
        for role, holders in wanted.parties.items()
    }
    saying = Saying(wanted.effective_on, before.version + 1, wanted.facts, parties)
    if not changes_anything(before.sayings, saying):
        raise Refusal(
            "REGISTER_CHANGES_NOTHING",
            f"on {wanted.effective_on} parcel {wanted.parcel_number} is like that already",
        )
    change = Change(
        wanted.parcel_number, saying, wanted.reason, wanted.user, wanted.trace_id, app.clock.now()
    )
    store.insert(connection, change)
    event = told(app, before, change, wanted.traceparent)
    outbox.store(connection, app.settings.county, [event])


def told(app: LevyApp, before: ParcelOnFile, change: Change, traceparent: str) -> OutgoingEvent:
    """The event of a change, with all that is so today."""
    said = {
        "effective_on": change.saying.effective_on.isoformat(),
        "changed_by": change.changed_by,
        "reason": change.reason,
    }
    data = parties_changed(
        change.parcel_number, [*before.sayings, change.saying], app.clock.today(), said
    )
    return OutgoingEvent(
        ids.new_id(), PARTIES_CHANGED, f"register/{change.parcel_number}", change.saying.number,
        change.recorded_at, data, traceparent,
    )  # fmt: skip


def _named(connection: Connection, role: Role, party: Party) -> Party:
    return lenders.named(connection, party.lender_code, role) if role is Role.LENDER else party


def _check_day(app: LevyApp, day: date) -> None:
    today = app.clock.today()
    if day > today:
        raise invalid("EFFECTIVE_ON_IN_FUTURE", f"{day} is after today, {today}", "effective_on")


def _check_parcel(app: LevyApp, before: ParcelOnFile, wanted: Wanted) -> None:
    if not before.is_known and wanted.parties:
        raise not_found(
            "PARCEL_UNKNOWN",
            f"parcel {wanted.parcel_number} is on no roll and was not recorded",
        )
    if not before.is_known:
        _check_number(app, wanted)
    if wanted.expected_version != before.version:
        raise Refusal(
            "PARCEL_CHANGED",
            f"parcel {wanted.parcel_number} is at version {before.version}, you saw"
            f" {wanted.expected_version}: look again",
            kind=RefusalKind.PRECONDITION,
            metadata={"current_version": str(before.version)},
        )


def _check_number(app: LevyApp, wanted: Wanted) -> None:
    """A parcel that nobody spoke of yet has a number as the law writes it."""
    try:
        form = app.law.parcel_number.at(wanted.effective_on.year).value.pattern
    except NoTermInForce as error:
        raise Refusal("NO_LAW_IN_FORCE", str(error)) from error
    if not re.fullmatch(form, wanted.parcel_number):
        raise invalid(
            "PARCEL_NUMBER_INVALID",
            f"{wanted.parcel_number!r} is no number of a parcel",
            "parcel_number",
        )
