"""Levy's SQL for value changes: every statement takes a whole batch."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from taxkit.rows import Columns

_CHANGES = Columns(
    {
        "change_id": "uuid",
        "batch_id": "uuid",
        "tax_year": "integer",
        "parcel_number": "text",
        "reason_code": "text",
        "reason": "text",
        "corrects": "boolean",
        "needs_acceptance": "boolean",
        "note": "text",
        "value_before_dollars": "bigint",
        "net_before_dollars": "bigint",
        "value_dollars": "bigint",
        "net_value_dollars": "bigint",
        "value_steps": "jsonb",
        "exemptions": "jsonb",
        "value_caps": "jsonb",
    }
)
_DECISIONS = Columns(
    {
        "change_id": "uuid",
        "accepted": "boolean",
        "comment": "text",
        "decided_by": "text",
        "decided_on": "date",
        "trace_id": "uuid",
        "recorded_at": "timestamptz",
    }
)
_HOLDS = Columns({"change_id": "uuid", "held_change_id": "uuid"})
_OUTCOMES = Columns({"change_id": "uuid", "outcome": "text", "recorded_at": "timestamptz"})
_BILLS = Columns({"change_id": "uuid", "bill_id": "uuid", "bill_version": "integer"})

# What became of a change: a held one's fate is the guard's to tell.
_STATE = """
coalesce(o.outcome, g.outcome, case when h.change_id is null then 'waiting' else 'held' end)
"""
_CHANGE = f"""
select c.*, b.changed_on, b.posted_by, b.source, b.recorded_at as posted_at, d.decided_by,
    d.decided_on, d.comment, {_STATE} as state
from value_changes c join value_change_batches b using (batch_id)
left join value_change_decisions d using (change_id)
left join value_change_outcomes o using (change_id)
left join value_change_holds h using (change_id)
left join held_change_outcomes g on g.change_id = h.held_change_id
"""
# A held change that is done has an outcome of its own; what is left of the guard's is no outcome.
_WAITS = "c.needs_acceptance and d.change_id is null"


class Change(NamedTuple):
    """A row of `value_changes` as it is written."""

    change_id: UUID
    batch_id: UUID
    tax_year: int
    parcel_number: str
    reason_code: str
    reason: str
    corrects: bool
    needs_acceptance: bool
    note: str
    value_before_dollars: int
    net_before_dollars: int
    value_dollars: int
    net_value_dollars: int
    value_steps: str | None
    # All it has from then on; None: those it had.
    exemptions: Jsonb | None
    value_caps: Jsonb | None


def registered(connection: Connection, tax_year: int, numbers: Sequence[str]) -> dict[str, Any]:
    """The register's rows of parcels, by number."""
    found = connection.exec_driver_sql(
        "select * from parcels where tax_year = %s and parcel_number = any(%s)",
        (tax_year, list(numbers)),
    )
    return {row.parcel_number: row for row in found}


def told_of(connection: Connection, tax_year: int, numbers: Sequence[str]) -> dict[str, date]:
    """Of which day a year's roll speaks of parcels, by number."""
    found = connection.exec_driver_sql(
        "select p.parcel_number, coalesce(r.parcels_as_of, make_date(r.tax_year, 1, 1)) as as_of"
        " from parcels p join rolls r using (roll_id)"
        " where p.tax_year = %s and p.parcel_number = any(%s)",
        (tax_year, list(numbers)),
    )
    return {row.parcel_number: row.as_of for row in found}


def undecided(connection: Connection, tax_year: int, numbers: Sequence[str]) -> dict[str, UUID]:
    """Changes of parcels that wait for a person, by parcel."""
    found = connection.exec_driver_sql(
        "select c.parcel_number, c.change_id from value_changes c"
        " left join value_change_decisions d using (change_id)"
        f" where c.tax_year = %s and c.parcel_number = any(%s) and {_WAITS}",
        (tax_year, list(numbers)),
    )
    return {row.parcel_number: row.change_id for row in found}


def insert_batch(
    connection: Connection, batch: Mapping[str, object], changes: Sequence[Change]
) -> None:
    connection.exec_driver_sql(
        f"insert into value_change_batches ({', '.join(batch)})"
        f" values ({', '.join(f'%({name})s' for name in batch)})",
        dict(batch),
    )
    _CHANGES.insert(connection, "value_changes", changes)


def bring_to_register(connection: Connection, change_ids: Sequence[UUID]) -> None:
    """Give parcels the values of changes; what they had is on the changes."""
    connection.exec_driver_sql(
        "update parcels p set value_dollars = c.value_dollars,"
        " net_value_dollars = c.net_value_dollars, value_steps = c.value_steps,"
        " value_caps = coalesce(c.value_caps, p.value_caps)"
        " from value_changes c where c.change_id = any(%s)"
        " and p.tax_year = c.tax_year and p.parcel_number = c.parcel_number",
        (list(change_ids),),
    )


def issued_for(connection: Connection, tax_year: int, numbers: Sequence[str]) -> Sequence[Any]:
    """(bill_id, parcel_number, part): bills a roll issued for parcels, wherever they are now."""
    return connection.exec_driver_sql(
        "select bill_id, parcel_number, part from bills where tax_year = %s"
        " and parcel_number = any(%s) and bill_version = 1 and tax_code <> ''"
        " and supplement_id is null"
        " order by parcel_number, part",
        (tax_year, list(numbers)),
    ).all()


def decide(
    connection: Connection, change_ids: Sequence[UUID], accepted: bool, more: Sequence[object]
) -> None:
    """Note who decided: `more` is comment, who, which day, trace and when."""
    rows = [(change_id, accepted, *more) for change_id in change_ids]
    _DECISIONS.insert(connection, "value_change_decisions", rows)


def hold(connection: Connection, change_ids: Sequence[UUID], held_change_id: UUID) -> None:
    _HOLDS.insert(connection, "value_change_holds", [(one, held_change_id) for one in change_ids])


def settle(connection: Connection, outcomes: Sequence[tuple[UUID, str]], at: object) -> None:
    """Note what became of changes: once, their key sees to that."""
    rows = [(change_id, outcome, at) for change_id, outcome in outcomes]
    _OUTCOMES.insert(connection, "value_change_outcomes", rows)


def keep_versions(connection: Connection, made: Sequence[tuple[UUID, UUID, int]]) -> None:
    _BILLS.insert(connection, "value_change_bills", made)


def changes(connection: Connection, change_ids: Sequence[UUID]) -> Sequence[Any]:
    return connection.exec_driver_sql(
        f"{_CHANGE} where c.change_id = any(%s) order by c.place", (list(change_ids),)
    ).all()


def waiting_of_batch(connection: Connection, batch_id: UUID) -> list[UUID]:
    found = connection.exec_driver_sql(
        "select c.change_id from value_changes c"
        " left join value_change_decisions d using (change_id)"
        f" where c.batch_id = %s and {_WAITS} order by c.place",
        (batch_id,),
    )
    return list(found.scalars())


def lock(connection: Connection) -> None:
    """Let decisions follow one another: a change is decided on once."""
    connection.exec_driver_sql("select pg_advisory_xact_lock(hashtextextended('decisions', 0))")


def page(connection: Connection, wanted: Mapping[str, object]) -> Sequence[Any]:
    """Changes in the order they were posted, narrowed by what is given."""
    return connection.exec_driver_sql(
        f"{_CHANGE} where c.place > %(after)s"
        f" and (%(state)s = '' or {_STATE} = %(state)s)"
        " and (%(batch)s::uuid is null or c.batch_id = %(batch)s)"
        " and (%(parcel)s = '' or c.parcel_number = %(parcel)s)"
        " and (%(reason)s = '' or c.reason_code = %(reason)s)"
        " order by c.place limit %(size)s",
        dict(wanted),
    ).all()


def versions_made(connection: Connection, change_id: UUID) -> Sequence[Any]:
    """The versions a change made and those before them, each with its installments."""
    return connection.exec_driver_sql(
        "select b.bill_id, b.bill_number, b.bill_version, b.total_cents, v.bill_version as made,"
        " i.installment, i.due_on, i.amount_cents"
        " from value_change_bills v join bills b on b.bill_id = v.bill_id"
        " and b.bill_version in (v.bill_version, v.bill_version - 1)"
        " join installments i on i.bill_id = b.bill_id and i.bill_version = b.bill_version"
        " where v.change_id = %s order by b.bill_number, b.bill_version, i.installment",
        (change_id,),
    ).all()
