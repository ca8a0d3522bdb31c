"""Parcel numbers that levy retired: what is in their places, as the counter says it (LEVY-024)."""

from collections.abc import Sequence
from typing import Any, NoReturn

from marshmallow import fields, validate
from sqlalchemy import Connection

from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.errors import Refusal, RefusalKind
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.rows import Columns

_NUMBER = validate.Length(min=1, max=200)


class ParcelRetiredSeen(ReaderSchema):
    parcel_number = fields.String(required=True, validate=_NUMBER)
    successor_number = fields.String(required=True, validate=_NUMBER)
    retired_on = fields.Date(required=True)


_RETIRED = Columns(
    {
        "parcel_number": "text",
        "successor_number": "text",
        "current_number": "text",
        "retired_on": "date",
    }
)
# Whatever order the links come in: those that are new, and those whose end has just been retired.
_ENDS = """
with recursive ends as (
    select parcel_number, successor_number as at from retired_parcels
    where parcel_number = any(%(new)s::text[]) or current_number = any(%(new)s::text[])
    union all
    select e.parcel_number, r.successor_number
    from ends e join retired_parcels r on r.parcel_number = e.at
)
update retired_parcels r set current_number = e.at from ends e
where r.parcel_number = e.parcel_number and r.current_number <> e.at
    and not exists (select from retired_parcels n where n.parcel_number = e.at)
"""


def on_parcel_retired(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep what took each number's place, and where that is by now."""
    told = {event.data["parcel_number"]: event.data for event in events}
    rows = [
        (number, one["successor_number"], one["successor_number"], one["retired_on"])
        for number, one in sorted(told.items())
    ]
    _RETIRED.insert(work.connection, "retired_parcels", rows, "on conflict do nothing")
    work.connection.exec_driver_sql(_ENDS, {"new": sorted(told)})


def in_place_of(connection: Connection, parcel_number: str) -> str:
    """What is in a retired parcel's place today; "" of one that was not."""
    found = connection.exec_driver_sql(
        "select current_number from retired_parcels where parcel_number = %s", (parcel_number,)
    ).scalar_one_or_none()
    return found or ""


def refuse(parcel_number: str, current_number: str, instead: str) -> NoReturn:
    """Say what is in a parcel's place, and what to do about it."""
    raise Refusal(
        "PARCEL_RETIRED",
        f"parcel {parcel_number} was retired: {current_number} is in its place, {instead}",
        kind=RefusalKind.PRECONDITION,
        metadata={"successor_number": current_number},
    )


PARCEL_RETIRED = Subscription(
    owner="levy",
    event="ParcelRetired.v1",
    method="on_parcel_retired",
    schema=ParcelRetiredSeen(),
    handle=on_parcel_retired,
    ordering=Ordering.ANY,
)
