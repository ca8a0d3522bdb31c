"""Levy's SQL for runs that hold bills, and for changes that wait for their end."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

# Of a run that names its bills only those are held; of any other, every bill.
_HOLDS = """
r.is_open and (not r.names_its_bills or exists (
    select from import_run_bills n where n.run_id = r.run_id and n.bill_id = any({bills})))
"""
_WAITING = "not exists (select from held_change_outcomes o where o.change_id = {0}.change_id)"
_RUNS_HOLDING = f"""
select r.run_id from import_runs r where {_HOLDS.format(bills="%(bills)s::uuid[]")}
union
select unnest(h.run_ids) from held_changes h
where {_WAITING.format("h")} and h.bill_ids && %(bills)s::uuid[]
order by 1
"""
_HELD_AMONG = f"""
select w.bill_id from unnest(%(bills)s::uuid[]) as w (bill_id)
where exists (select from import_runs r where {_HOLDS.format(bills="array[w.bill_id]")})
    or w.bill_id in (select unnest(h.bill_ids) from held_changes h where {_WAITING.format("h")})
"""
# Free of every run, and behind no other change of one of its bills that still waits.
_READY = f"""
select h.* from held_changes h
where {_WAITING.format("h")} and h.change_id <> all(%(tried)s::uuid[])
    and not exists (select from import_runs r where {_HOLDS.format(bills="h.bill_ids")})
    and not exists (select from held_changes e
        where e.place < h.place and e.bill_ids && h.bill_ids and {_WAITING.format("e")})
order by h.place limit 1
"""
_AHEAD = f"""
select e.change_id from held_changes e join held_changes h on h.change_id = %s
where e.place < h.place and e.bill_ids && h.bill_ids and {_WAITING.format("e")}
order by e.place limit 1
"""
_CHANGES = """
select h.*, o.outcome, o.reason, o.message, o.settled_by, o.recorded_at as settled_at
from held_changes h left join held_change_outcomes o using (change_id)
"""


def runs_holding(connection: Connection, bill_ids: Sequence[UUID]) -> list[UUID]:
    """Open runs that may pay one of some bills, and those that changes of them wait for."""
    found = connection.exec_driver_sql(_RUNS_HOLDING, {"bills": list(bill_ids)})
    return list(found.scalars())


def held_among(connection: Connection, bill_ids: Sequence[UUID]) -> set[UUID]:
    """Those of some bills that an open run may pay, or that a change waits for."""
    found = connection.exec_driver_sql(_HELD_AMONG, {"bills": list(bill_ids)})
    return set(found.scalars())


def runs_holding_parcels(connection: Connection, parcels: str, params: Any) -> list[UUID]:
    """Open runs that may pay a bill of parcels that a statement selects, of whatever year."""
    found = connection.exec_driver_sql(
        "select r.run_id from import_runs r where r.is_open and (not r.names_its_bills or exists ("
        " select from import_run_bills n join bills b on b.bill_id = n.bill_id"
        f" where n.run_id = r.run_id and b.parcel_number in ({parcels}))) order by 1",
        params,
    )
    return list(found.scalars())


class HeldChange(NamedTuple):
    change_id: UUID
    kind: str
    bill_ids: list[UUID]
    body: Jsonb
    run_ids: list[UUID]
    asked_by: str
    traceparent: str
    recorded_at: Any


def insert_change(connection: Connection, row: HeldChange) -> None:
    names = row._fields
    connection.exec_driver_sql(
        f"insert into held_changes ({', '.join(names)}) values ({', '.join(['%s'] * len(names))})",
        tuple(row),
    )


def one_at_a_time(connection: Connection) -> None:
    """Let nobody else settle a held change until this transaction ends."""
    connection.exec_driver_sql("select pg_advisory_xact_lock(hashtextextended('held changes', 0))")


def next_ready(connection: Connection, tried: Sequence[UUID]) -> Any:
    """The change whose turn it is, beside those tried already; None when all have to wait."""
    return connection.exec_driver_sql(_READY, {"tried": list(tried)}).one_or_none()


def ahead_of(connection: Connection, change_id: UUID) -> UUID | None:
    """A change of one of the same bills that came before and waits, too."""
    found: UUID | None = connection.exec_driver_sql(_AHEAD, (change_id,)).scalar_one_or_none()
    return found


def change(connection: Connection, change_id: UUID) -> Any:
    """A held change with what became of it; None when there is none."""
    return connection.exec_driver_sql(
        f"{_CHANGES} where change_id = %s", (change_id,)
    ).one_or_none()


def changes_page(
    connection: Connection, state: str, bill_id: UUID | None, after: int, size: int
) -> Sequence[Any]:
    """Held changes in the order they were asked for."""
    return connection.exec_driver_sql(
        f"{_CHANGES} where h.place > %(after)s"
        " and (%(state)s = '' or coalesce(o.outcome, 'waiting') = %(state)s)"
        " and (%(bill)s::uuid is null or %(bill)s = any(h.bill_ids))"
        " order by h.place limit %(size)s",
        {"state": state, "bill": bill_id, "after": after, "size": size},
    ).all()


def settle(connection: Connection, row: Mapping[str, object]) -> None:
    """Note what became of a change: once, its key sees to that."""
    connection.exec_driver_sql(
        "insert into held_change_outcomes"
        " (change_id, outcome, reason, message, settled_by, recorded_at)"
        " values (%(change_id)s, %(outcome)s, %(reason)s, %(message)s, %(settled_by)s,"
        " %(recorded_at)s)",
        {"reason": "", "message": "", **row},
    )


def insert_forced(connection: Connection, row: Mapping[str, object]) -> None:
    connection.exec_driver_sql(
        "insert into forced_changes (change_id, run_ids, forced_by, reason, trace_id, recorded_at)"
        " values (%(change_id)s, %(run_ids)s, %(forced_by)s, %(reason)s, %(trace_id)s,"
        " %(recorded_at)s)",
        row,
    )
