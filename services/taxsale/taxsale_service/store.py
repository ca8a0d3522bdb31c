"""Taxsale's SQL: whole batches, one statement each."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from taxkit import together
from taxkit.arrays import packed
from taxkit.rows import Columns
from taxsale_service import holds
from taxsale_service.domain.holds import HoldTerms
from taxsale_service.domain.standing import Debt, SaleTerms


class BillRow(NamedTuple):
    bill_id: UUID
    bill_number: str
    parcel_number: str
    tax_year: int
    open_cents: int
    balance_on: date
    first_unpaid_due_on: date | None
    last_due_on: date | None


class ChangeRow(NamedTuple):
    event_id: UUID
    bill_id: UUID
    sequence: int
    receipt_id: UUID | None
    cause: str
    standing_before: str
    standing_after: str
    as_of: date
    rule_id: str
    pack_version: str


_BILLS = Columns(
    {
        "bill_id": "uuid",
        "bill_number": "text",
        "parcel_number": "text",
        "tax_year": "integer",
        "open_cents": "bigint",
        "balance_on": "date",
        "first_unpaid_due_on": "date",
        "last_due_on": "date",
    }
)
_NEWER = """
on conflict (bill_id) do update set bill_number = excluded.bill_number,
    parcel_number = excluded.parcel_number, tax_year = excluded.tax_year,
    open_cents = excluded.open_cents, balance_on = excluded.balance_on,
    first_unpaid_due_on = excluded.first_unpaid_due_on, last_due_on = excluded.last_due_on
"""
_DEBTS = """
select bill_id, open_cents, first_unpaid_due_on, last_due_on from bills
where bill_id = any(%b::uuid[])
"""
_CHANGES = Columns(
    {
        "event_id": "uuid",
        "bill_id": "uuid",
        "sequence": "bigint",
        "receipt_id": "uuid",
        "cause": "text",
        "standing_before": "text",
        "standing_after": "text",
        "as_of": "date",
        "rule_id": "text",
        "pack_version": "text",
    }
)


def debt_in(row: Any) -> Debt | None:
    """Read the debt out of a bill's row."""
    if row.open_cents == 0:
        return None
    return Debt(row.open_cents, row.first_unpaid_due_on, row.last_due_on)


def debts(connection: Connection, bill_ids: Sequence[UUID]) -> dict[UUID, Debt | None]:
    """Read what is known of bills; the inbox holds each bill's lock already."""
    (rows,) = together.ask(connection, [(_DEBTS, (packed("uuid", bill_ids),))])
    return {bill_id: Debt(*debt) if debt[0] else None for bill_id, *debt in rows}


def save(connection: Connection, bills: Sequence[BillRow], changes: Sequence[ChangeRow]) -> None:
    _BILLS.insert(connection, "bills", bills, _NEWER)
    _CHANGES.insert(connection, "standing_changes", changes)


def bill(connection: Connection, bill_id: UUID) -> Any:
    return connection.exec_driver_sql(
        "select * from bills where bill_id = %s", (bill_id,)
    ).one_or_none()


def changes_of(connection: Connection, bill_id: UUID) -> Sequence[Any]:
    """Read what changed a bill's standing, in the order of its balances."""
    return connection.exec_driver_sql(
        "select * from standing_changes where bill_id = %s order by sequence", (bill_id,)
    ).all()


# Steps from one year to the next on the index, instead of reading every open bill.
_YEARS = """
with recursive years (tax_year) as (
    select min(tax_year) from bills where open_cents > 0
    union all
    select (select min(b.tax_year) from bills b where b.open_cents > 0 and b.tax_year > y.tax_year)
    from years y where y.tax_year is not null
)
select tax_year from years where tax_year is not null order by tax_year
"""


def years_with_debt(connection: Connection) -> list[int]:
    """Tax years with money open on any bill."""
    return [row.tax_year for row in connection.exec_driver_sql(_YEARS)]


_LAW = Columns(
    {
        "year": "integer",
        "late_days": "integer",
        "sale_days": "integer",
        "of_first_unpaid": "boolean",
        "sale_on": "date",
        "holds": "text",
    }
)
# Says what domain.standing says, for many bills at once; a property test holds the two together.
_ELIGIBLE = f"""
select b.* from bills b join {_LAW.source} on b.tax_year = v.year
where b.open_cents > 0
  and b.first_unpaid_due_on + v.late_days <= %(as_of)s
  and (case when v.of_first_unpaid then b.first_unpaid_due_on else b.last_due_on end
       + v.sale_days <= %(as_of)s or v.sale_on <= %(as_of)s)
  and (b.tax_year, b.bill_id) > (%(after_year)s, %(after_id)s)
  and (v.holds is null or {holds.NOT_HELD})
order by b.tax_year, b.bill_id limit %(limit)s
"""


def eligible(
    connection: Connection,
    law: Mapping[int, SaleTerms],
    as_of: date,
    after: tuple[int, UUID],
    limit: int,
    kept_by: Mapping[int, HoldTerms] | None = None,
) -> Sequence[Any]:
    """Bills of the given years that may be offered on a day, by year and id, after a place.

    Those that something keeps from a sale are left out where it is said what does, year by year.
    """
    rows = [
        (
            year,
            terms.delinquency.days_after_due,
            terms.eligibility.days_after_due,
            terms.eligibility.of_first_unpaid,
            terms.annual_sale.begins_on if terms.annual_sale else None,
            holds.in_words(kept_by[year]) if kept_by is not None else None,
        )
        for year, terms in law.items()
    ]
    place = {"as_of": as_of, "after_year": after[0], "after_id": after[1], "limit": limit}
    return connection.exec_driver_sql(_ELIGIBLE, {**_LAW.params(rows), **place}).all()
