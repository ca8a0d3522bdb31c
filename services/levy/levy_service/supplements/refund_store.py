"""Levy's SQL for refunds that supplements owe: kept with the supplement's batch, made once."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from taxkit.rows import Columns

_REFUNDS = Columns(
    {
        "supplement_id": "uuid",
        "place": "integer",
        "tax_year": "integer",
        "parcel_number": "text",
        "amount_cents": "bigint",
        "credit": "text",
        "rule_id": "text",
        "enrolled_on": "date",
        "refund_by": "date",
        "interest_from": "date",
        "recorded_at": "timestamptz",
    }
)
_BILLS = Columns(
    {
        "supplement_id": "uuid",
        "place": "integer",
        "tax_year": "integer",
        "bill_id": "uuid",
        "bill_version": "integer",
        "amount_cents": "bigint",
    }
)
# A year's bills of a parcel: its roll's, and those of supplements beside it.
_OF_YEAR = """
from bills b where b.tax_year = r.tax_year and b.parcel_number = r.parcel_number
    and b.bill_version = 1 and b.tax_code <> ''
"""
_NEWEST = "(select max(n.bill_version) from bills n where n.bill_id = b.bill_id)"
# Owed, and nothing is open on any of the year's bills as they stand.
_READY = f"""
select r.* from supplement_refunds r
left join supplement_refund_ends e using (supplement_id, place, tax_year)
where e.supplement_id is null
    and exists (select {_OF_YEAR} and b.supplement_id is null)
    and not exists (select {_OF_YEAR} and not exists (select from bill_payments p
        where p.bill_id = b.bill_id and p.open_cents = 0 and p.bill_version = {_NEWEST}))
"""
_LISTED = """
select r.*, s.supplement_number, s.tax_year as supplement_year, e.refunded_cents, e.refunded_on,
    e.supplement_id is not null as is_refunded
from supplement_refunds r join supplements s on s.supplement_id = r.supplement_id
left join supplement_refund_ends e on e.supplement_id = r.supplement_id and e.place = r.place
    and e.tax_year = r.tax_year
where (%(year)s = 0 or r.tax_year = %(year)s)
    and (%(parcel)s = '' or r.parcel_number = %(parcel)s)
    and (%(state)s = '' or (%(state)s = 'refunded') = (e.supplement_id is not null))
    and (r.enrolled_on, r.supplement_id, r.place, r.tax_year)
        > (%(after_on)s, %(after_id)s, %(after_place)s, %(after_year)s)
order by r.enrolled_on, r.supplement_id, r.place, r.tax_year limit %(size)s
"""


class Refund(NamedTuple):
    """A row of `supplement_refunds`: what an event lowered a year's tax by."""

    supplement_id: UUID
    place: int
    tax_year: int
    parcel_number: str
    amount_cents: int
    credit: str
    rule_id: str
    enrolled_on: date
    refund_by: date
    interest_from: date | None
    recorded_at: Any


class Given(NamedTuple):
    """A row of `supplement_refund_bills`: the version of a bill that gives some of it back."""

    supplement_id: UUID
    place: int
    tax_year: int
    bill_id: UUID
    bill_version: int
    amount_cents: int


Key = tuple[UUID, int, int]


def keep(connection: Connection, refunds: Sequence[Refund]) -> None:
    if refunds:
        _REFUNDS.insert(connection, "supplement_refunds", refunds)


def ready(connection: Connection, limit: int) -> Sequence[Any]:
    """Refunds that may be made now, the oldest first."""
    return connection.exec_driver_sql(
        f"{_READY} order by r.enrolled_on, r.supplement_id, r.place, r.tax_year limit %s", (limit,)
    ).all()


def still_ready(connection: Connection, key: Key) -> Any:
    return connection.exec_driver_sql(
        f"{_READY} and r.supplement_id = %s and r.place = %s and r.tax_year = %s", key
    ).one_or_none()


def bills_of(connection: Connection, key: Key) -> list[UUID]:
    """The year's bills of a refund's parcel: the newest supplement's first, the roll's last."""
    found = connection.exec_driver_sql(
        "select b.bill_id from supplement_refunds r join bills b on b.tax_year = r.tax_year"
        " and b.parcel_number = r.parcel_number and b.bill_version = 1 and b.tax_code <> ''"
        " left join supplements s on s.supplement_id = b.supplement_id"
        " where r.supplement_id = %s and r.place = %s and r.tax_year = %s"
        " order by s.tax_year desc nulls last, s.supplement_number desc, b.bill_id",
        key,
    )
    return list(found.scalars())


def of_supplement(
    connection: Connection, supplement_id: UUID, places: Sequence[int]
) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select * from supplement_refunds where supplement_id = %s and place = any(%s)"
        " order by place, tax_year",
        (supplement_id, list(places)),
    ).all()


def settle(
    connection: Connection, key: Key, given: Sequence[Given], refunded_on: date, at: object
) -> None:
    """Note what was given back, and of which bills; once, its key sees to that."""
    refunded_cents = sum(each.amount_cents for each in given)
    connection.exec_driver_sql(
        "insert into supplement_refund_ends (supplement_id, place, tax_year, refunded_cents,"
        " refunded_on, recorded_at) values (%s, %s, %s, %s, %s, %s)",
        (*key, refunded_cents, refunded_on, at),
    )
    if given:
        _BILLS.insert(connection, "supplement_refund_bills", given)


def page(connection: Connection, wanted: Mapping[str, object]) -> Sequence[Any]:
    return connection.exec_driver_sql(_LISTED, dict(wanted)).all()


def bills_given(connection: Connection, supplement_ids: Sequence[UUID]) -> Sequence[Any]:
    """The versions of bills that refunds of supplements made."""
    return connection.exec_driver_sql(
        "select g.*, b.bill_number from supplement_refund_bills g"
        " join bills b using (bill_id, bill_version) where g.supplement_id = any(%s)"
        " order by b.bill_number, g.bill_version",
        (list(supplement_ids),),
    ).all()
