"""Tells the register of exemptions that a change of a value grants or takes away (LEVY-001)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.register import many
from levy_service.register.many import By, Said
from levy_service.value_changes import store


def tell(app: LevyApp, connection: Connection, changes: Sequence[Any], asked: Asked) -> int:
    """Put on record what changes say of exemptions, from the day on that their roll speaks of.

    A year's exemptions are of all of the year: so a later roll, which was sent since, still counts.
    """
    told = [each for each in changes if each.exemptions is not None]
    said = []
    for year in sorted({each.tax_year for each in told}):
        own = [each for each in told if each.tax_year == year]
        since = store.told_of(connection, year, [each.parcel_number for each in own])
        said += [
            Said(each.parcel_number, since[each.parcel_number], reason_of(each), _facts(each))
            for each in own
        ]
    by = By(asked.user, asked.traceparent, app.clock.now())
    # A batch may have a parcel in two years: each of them is a change of its own.
    return sum(many.record(app, connection, part, by) for part in _once_each(said))


def reason_of(change: Any) -> str:
    return f"{change.reason}: {change.note}" if change.note else change.reason


def _facts(change: Any) -> Mapping[str, Any]:
    return {"exemptions": change.exemptions}


def _once_each(said: Sequence[Said]) -> list[list[Said]]:
    """Parts in which no parcel is there twice."""
    parts: list[dict[str, Said]] = []
    for each in said:
        part = next((one for one in parts if each.parcel_number not in one), None)
        if part is None:
            parts.append(part := {})
        part[each.parcel_number] = each
    return [list(part.values()) for part in parts]
