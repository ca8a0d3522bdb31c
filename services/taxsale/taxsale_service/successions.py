"""Parcel numbers that levy retired: which one is in the place of which (LEVY-024, SALE-029)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from marshmallow import fields, validate
from sqlalchemy import Connection

from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.rows import Columns

_NUMBER = validate.Length(min=1, max=200)


class ParcelRetiredSeen(ReaderSchema):
    parcel_number = fields.String(required=True, validate=_NUMBER)
    successor_number = fields.String(required=True, validate=_NUMBER)
    retired_on = fields.Date(required=True)
    reason = fields.String(load_default="", validate=validate.Length(max=1000))


class Link(NamedTuple):
    parcel_number: str
    successor_number: str
    retired_on: date
    reason: str


_LINKS = Columns(
    {
        "parcel_number": "text",
        "successor_number": "text",
        "retired_on": "date",
        "reason": "text",
    }
)
# Levy refuses a link that would close a circle, and tells each number's once: a chain has an end,
# in whatever order its links come.
_CHAIN = f"""
with recursive chain as (
    select {_LINKS.names}, 1 as step from parcel_successors where parcel_number = %(number)s
    union all
    select {", ".join(f"s.{name}" for name in _LINKS.types)}, c.step + 1
    from chain c join parcel_successors s on s.parcel_number = c.successor_number
)
select {_LINKS.names} from chain order by step
"""
_BEFORE = f"""
with recursive chain as (
    select {_LINKS.names} from parcel_successors where successor_number = %(number)s
    union all
    select {", ".join(f"s.{name}" for name in _LINKS.types)}
    from chain c join parcel_successors s on s.successor_number = c.parcel_number
)
select {_LINKS.names} from chain order by retired_on, parcel_number
"""
_ENDS = """
with recursive ends as (
    select parcel_number, successor_number as at from parcel_successors
    where parcel_number = any(%(numbers)s::text[])
    union all
    select e.parcel_number, s.successor_number
    from ends e join parcel_successors s on s.parcel_number = e.at
)
select parcel_number, at from ends e
where not exists (select from parcel_successors s where s.parcel_number = e.at)
"""


def on_parcel_retired(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep what took each number's place; bills stay where they are until they are moved."""
    rows = {
        event.data["parcel_number"]: tuple(event.data[name] for name in _LINKS.types)
        for event in events
    }
    _LINKS.insert(
        work.connection,
        "parcel_successors",
        [rows[number] for number in sorted(rows)],
        "on conflict (parcel_number) do nothing",
    )


@dataclass(frozen=True, slots=True)
class Succession:
    parcel_number: str
    links: Sequence[Link]
    predecessors: Sequence[Link]
    # Of bills on any of the retired numbers.
    open_bill_ids: Sequence[UUID]

    @property
    def current_number(self) -> str:
        return self.links[-1].successor_number if self.links else self.parcel_number


def of_parcel(connection: Connection, number: str) -> Succession:
    """Where a parcel's place is now, from where it came, and what of it is still owed."""
    asked = {"number": number}
    links = [Link(*row) for row in connection.exec_driver_sql(_CHAIN, asked)]
    before = [Link(*row) for row in connection.exec_driver_sql(_BEFORE, asked)]
    retired = sorted({one.parcel_number for one in (*links, *before)})
    bills = connection.exec_driver_sql(
        "select bill_id from bills where open_cents > 0 and parcel_number = any(%s::text[])"
        " order by tax_year, bill_id",
        (retired,),
    )
    return Succession(number, links, before, [row.bill_id for row in bills])


def ends(connection: Connection, numbers: Sequence[str]) -> dict[str, str]:
    """What is in the place of retired numbers today; the others are not in it."""
    rows = connection.exec_driver_sql(_ENDS, {"numbers": list(numbers)})
    return {row.parcel_number: row.at for row in rows}


PARCEL_RETIRED = Subscription(
    owner="levy",
    event="ParcelRetired.v1",
    method="on_parcel_retired",
    schema=ParcelRetiredSeen(),
    handle=on_parcel_retired,
    ordering=Ordering.ANY,
)
