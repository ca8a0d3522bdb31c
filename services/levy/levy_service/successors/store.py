"""Levy's SQL for parcels and what took their places."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from taxkit.rows import Columns


class Link(NamedTuple):
    parcel_number: str
    successor_number: str
    retired_on: Any
    reason: str
    retired_by: str
    trace_id: UUID
    recorded_at: Any


_LINKS = Columns(
    {
        "parcel_number": "text",
        "successor_number": "text",
        "retired_on": "date",
        "reason": "text",
        "retired_by": "text",
        "trace_id": "uuid",
        "recorded_at": "timestamptz",
    }
)
# A chain has no end but its own: a link that would close a circle is refused when it is made.
_CHAIN = f"""
with recursive chain as (
    select {_LINKS.names}, 1 as step from parcel_successors where parcel_number = %s
    union all
    select {", ".join(f"s.{name}" for name in _LINKS.types)}, c.step + 1
    from chain c join parcel_successors s on s.parcel_number = c.successor_number
)
select {_LINKS.names} from chain order by step
"""
_BEFORE = f"""
with recursive chain as (
    select {_LINKS.names} from parcel_successors where successor_number = %s
    union all
    select {", ".join(f"s.{name}" for name in _LINKS.types)}
    from chain c join parcel_successors s on s.successor_number = c.parcel_number
)
select {_LINKS.names} from chain order by recorded_at, parcel_number
"""


def one_at_a_time(connection: Connection) -> None:
    """Two links that are made at once could close a circle that neither sees."""
    connection.exec_driver_sql(
        "select pg_advisory_xact_lock(hashtextextended('parcel successors', 0))"
    )


def chain(connection: Connection, parcel_number: str) -> list[Link]:
    """The links from a parcel to the one that is in its place today; none if it is itself."""
    return [Link(*row) for row in connection.exec_driver_sql(_CHAIN, (parcel_number,))]


def predecessors(connection: Connection, parcel_number: str) -> Sequence[Link]:
    """Every link that leads to a parcel, over however many others."""
    return [Link(*row) for row in connection.exec_driver_sql(_BEFORE, (parcel_number,))]


def insert(connection: Connection, link: Link) -> None:
    _LINKS.insert(connection, "parcel_successors", [link])
