"""Levy's SQL for supplements: every statement takes a whole batch."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from taxkit.rows import Columns

_ITEMS = Columns(
    {
        "supplement_id": "uuid",
        "place": "integer",
        "parcel_number": "text",
        "kind": "text",
        "kind_said": "text",
        "event_on": "date",
        "net_before_dollars": "bigint",
        "value_dollars": "bigint",
        "net_value_dollars": "bigint",
        "value_steps": "jsonb",
        "is_new_parcel": "boolean",
        "tax_code": "text",
        "property_class": "text",
        "township": "text",
        "owner_name": "text",
        "owner_email": "text",
        "note": "text",
        "exemptions": "jsonb",
        "value_caps": "jsonb",
    }
)
_BILLS = Columns(
    {
        "supplement_id": "uuid",
        "place": "integer",
        "tax_year": "integer",
        "bill_id": "uuid",
        "bill_version": "integer",
        "difference_cents": "bigint",
    }
)
_HOLDS = Columns({"supplement_id": "uuid", "place": "integer", "held_change_id": "uuid"})
_PLACES = Columns({"place": "integer", "roll_id": "uuid"})

_SUPPLEMENT = """
select s.*, d.reason as discard_reason, d.discarded_by, r.billed_on, r.started_by, r.traceparent,
    e.recorded_at as ended_at, b.batch_count, b.up_to_place, m.new_bills, m.changed_bills,
    m.difference_cents, h.held_items, w.refund_count, w.refund_cents, w.refunded_cents
from supplements s
left join supplement_discards d using (supplement_id)
left join supplement_runs r using (supplement_id)
left join supplement_run_ends e using (supplement_id)
cross join lateral (select count(*) as batch_count, coalesce(max(up_to_place), 0) as up_to_place
    from supplement_batches b where b.supplement_id = s.supplement_id) b
cross join lateral (select count(*) filter (where bill_version = 1) as new_bills,
    count(*) filter (where bill_version > 1) as changed_bills,
    coalesce(sum(difference_cents), 0)::bigint as difference_cents
    from supplement_bills m where m.supplement_id = s.supplement_id) m
cross join lateral (select count(*) as held_items from supplement_holds h
    left join held_change_outcomes g on g.change_id = h.held_change_id
    where h.supplement_id = s.supplement_id and g.change_id is null) h
cross join lateral (select count(*) as refund_count,
    coalesce(sum(amount_cents), 0)::bigint as refund_cents,
    coalesce(sum(refunded_cents), 0)::bigint as refunded_cents
    from supplement_refunds w
    left join supplement_refund_ends using (supplement_id, place, tax_year)
    where w.supplement_id = s.supplement_id) w
"""


class Item(NamedTuple):
    """A row of `supplement_items` as it is written."""

    supplement_id: UUID
    place: int
    parcel_number: str
    kind: str
    kind_said: str
    event_on: Any
    net_before_dollars: int
    value_dollars: int
    net_value_dollars: int
    value_steps: str | None
    is_new_parcel: bool
    tax_code: str
    property_class: str
    township: str
    owner_name: str | None
    owner_email: str | None
    note: str
    # All it has from then on; None: those it had.
    exemptions: Jsonb | None
    # What limits its value from then on, where that is another than before.
    value_caps: Jsonb | None


class Made(NamedTuple):
    """A row of `supplement_bills`: what an item made of a bill."""

    supplement_id: UUID
    place: int
    tax_year: int
    bill_id: UUID
    bill_version: int
    difference_cents: int


def next_number(connection: Connection, tax_year: int) -> int:
    found: int = connection.exec_driver_sql(
        "select coalesce(max(supplement_number), 0) + 1 from supplements where tax_year = %s",
        (tax_year,),
    ).scalar_one()
    return found


def insert(connection: Connection, table: str, row: Mapping[str, object]) -> None:
    connection.exec_driver_sql(
        f"insert into {table} ({', '.join(row)})"
        f" values ({', '.join(f'%({name})s' for name in row)})",
        dict(row),
    )


def insert_items(connection: Connection, items: Sequence[Item]) -> None:
    _ITEMS.insert(connection, "supplement_items", items)


def lock(connection: Connection, supplement_id: UUID) -> None:
    """Let one call at a time bill or discard a supplement."""
    connection.exec_driver_sql(
        "select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"supplement {supplement_id}",)
    )


def supplement(connection: Connection, supplement_id: UUID) -> Any:
    return connection.exec_driver_sql(
        f"{_SUPPLEMENT} where s.supplement_id = %s", (supplement_id,)
    ).one_or_none()


def supplements(connection: Connection, tax_year: int) -> Sequence[Any]:
    """Newest first; zero asks for every year's."""
    return connection.exec_driver_sql(
        f"{_SUPPLEMENT} where %(year)s in (0, s.tax_year)"
        " order by s.tax_year desc, s.supplement_number desc limit 1000",
        {"year": tax_year},
    ).all()


def items_after(
    connection: Connection, supplement_id: UUID, place: int, size: int
) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select * from supplement_items where supplement_id = %s and place > %s"
        " order by place limit %s",
        (supplement_id, place, size),
    ).all()


def items_at(connection: Connection, supplement_id: UUID, places: Sequence[int]) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select * from supplement_items where supplement_id = %s and place = any(%s)"
        " order by place",
        (supplement_id, list(places)),
    ).all()


def not_billed(connection: Connection, tax_year: int, numbers: Sequence[str]) -> dict[str, int]:
    """Parcels in a supplement of the year that is neither billed nor discarded, with its number."""
    found = connection.exec_driver_sql(
        "select i.parcel_number, s.supplement_number from supplement_items i"
        " join supplements s using (supplement_id)"
        " left join supplement_run_ends e using (supplement_id)"
        " left join supplement_discards d using (supplement_id)"
        " where i.parcel_number = any(%s) and s.tax_year = %s"
        " and e.supplement_id is null and d.supplement_id is null",
        (list(numbers), tax_year),
    )
    return {row.parcel_number: row.supplement_number for row in found}


def billed_beside(connection: Connection, tax_year: int, numbers: Sequence[str]) -> dict[str, Any]:
    """What supplements have come to beside a year's roll, by parcel: its values, and its caps.

    Those of the year before are among them that billed or refunded this one, too.
    """
    found = connection.exec_driver_sql(
        "select distinct on (i.parcel_number) i.parcel_number, i.value_dollars,"
        " i.net_value_dollars, i.value_caps, s.tax_year"
        " from supplement_items i join supplements s using (supplement_id)"
        " where i.parcel_number = any(%(parcels)s) and (exists (select from supplement_bills m"
        " join bills b using (bill_id, bill_version) where m.supplement_id = i.supplement_id"
        " and m.place = i.place and m.tax_year = %(year)s and b.supplement_id is not null)"
        " or exists (select from supplement_refunds r where r.supplement_id = i.supplement_id"
        " and r.place = i.place and r.tax_year = %(year)s))"
        " order by i.parcel_number, s.tax_year desc, s.supplement_number desc",
        {"parcels": list(numbers), "year": tax_year},
    )
    return {row.parcel_number: row for row in found}


def keep_bills(connection: Connection, made: Sequence[Made]) -> None:
    _BILLS.insert(connection, "supplement_bills", made)


def hold(
    connection: Connection, supplement_id: UUID, places: Sequence[int], change_id: UUID
) -> None:
    rows = [(supplement_id, place, change_id) for place in places]
    _HOLDS.insert(connection, "supplement_holds", rows)


def bring_to_register(
    connection: Connection, supplement_id: UUID, tax_year: int, places: Sequence[int]
) -> None:
    """Give parcels of a roll the values of items; what they had is on the items."""
    connection.exec_driver_sql(
        "update parcels p set value_dollars = i.value_dollars,"
        " net_value_dollars = i.net_value_dollars, value_steps = i.value_steps,"
        " value_caps = coalesce(i.value_caps, p.value_caps)"
        " from supplement_items i where i.supplement_id = %s and i.place = any(%s)"
        " and p.tax_year = %s and p.parcel_number = i.parcel_number",
        (supplement_id, list(places), tax_year),
    )


def add_to_register(
    connection: Connection, supplement_id: UUID, tax_year: int, places: Mapping[int, UUID]
) -> None:
    """Put parcels that were on no roll on the register, each under the roll of its bill."""
    connection.exec_driver_sql(
        "insert into parcels (tax_year, parcel_number, tax_code, property_class, township,"
        " value_dollars, net_value_dollars, prior_year_total_cents, owner_name, owner_email,"
        " value_steps, value_caps, roll_id)"
        " select %(year)s, i.parcel_number, i.tax_code, i.property_class, i.township,"
        " i.value_dollars, i.net_value_dollars, 0, coalesce(i.owner_name, ''), i.owner_email,"
        f" i.value_steps, i.value_caps, v.roll_id from {_PLACES.source}"
        " join supplement_items i using (place)"
        " where i.supplement_id = %(supplement)s order by i.place",
        {
            **_PLACES.params(list(places.items())),
            "year": tax_year,
            "supplement": supplement_id,
        },
    )


def add_to_roll(connection: Connection, roll: Mapping[str, object], more: Sequence[int]) -> None:
    """Count bills, lines and cents on the roll a supplement's bills of a year are of."""
    names = list(roll)
    connection.exec_driver_sql(
        f"insert into rolls ({', '.join(names)})"
        f" values ({', '.join(f'%({name})s' for name in names)}) on conflict do nothing",
        dict(roll),
    )
    connection.exec_driver_sql(
        "update rolls set bill_count = bill_count + %s, line_count = line_count + %s,"
        " total_cents = total_cents + %s where roll_id = %s",
        (*more, roll["roll_id"]),
    )


def made_of(connection: Connection, supplement_id: UUID, places: Sequence[int]) -> Sequence[Any]:
    """The versions items made and those before them, each with its installments."""
    return connection.exec_driver_sql(
        "select m.place, m.bill_version as made, b.bill_id, b.bill_number, b.tax_year,"
        " b.bill_version, b.total_cents, i.installment, i.due_on, i.amount_cents"
        " from supplement_bills m join bills b on b.bill_id = m.bill_id"
        " and b.bill_version in (m.bill_version, m.bill_version - 1)"
        " join installments i on i.bill_id = b.bill_id and i.bill_version = b.bill_version"
        " where m.supplement_id = %s and m.place = any(%s)"
        " order by m.place, b.tax_year, b.bill_number, b.bill_version, i.installment",
        (supplement_id, list(places)),
    ).all()


def held_places(connection: Connection, supplement_id: UUID) -> set[int]:
    """Items that still wait for the end of a payment file."""
    found = connection.exec_driver_sql(
        "select h.place from supplement_holds h"
        " left join held_change_outcomes g on g.change_id = h.held_change_id"
        " where h.supplement_id = %s and g.change_id is null",
        (supplement_id,),
    )
    return set(found.scalars())
