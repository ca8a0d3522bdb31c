"""Levy's SQL for bills as they are asked for: whole pages, one statement each."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from taxkit.rows import Columns

_BILL = (
    "select b.*, p.payment_state, p.open_cents, r.rate_unit, r.bill_class, v.value_steps from"
    " bills b"
    " join rolls r using (roll_id) left join bill_payments p using (bill_id)"
    " left join parcels v on v.tax_year = b.tax_year and v.parcel_number = b.parcel_number"
)

_NEWEST = """
not exists (select from bills n where n.bill_id = b.bill_id and n.bill_version > b.bill_version)
"""
_AFTER = """
(b.tax_year, b.parcel_number, b.part, b.bill_id) > (%(year0)s, %(parcel0)s, %(part0)s, %(bill0)s)
"""


def bill(connection: Connection, bill_id: UUID) -> Any:
    """A bill in its newest version; None when there is none."""
    return connection.exec_driver_sql(
        f"{_BILL} where b.bill_id = %s order by b.bill_version desc limit 1", (bill_id,)
    ).one_or_none()


def bills_page(
    connection: Connection,
    parcel_number: str,
    tax_year: int,
    after: tuple[int, str, str, UUID],
    limit: int,
) -> Sequence[Any]:
    """Bills in their newest version by year and parcel; "" and 0 ask for all."""
    conditions = (
        _AFTER,
        _NEWEST,
        "b.parcel_number = %(parcel)s" if parcel_number else "true",
        "b.tax_year = %(year)s" if tax_year else "true",
    )
    return connection.exec_driver_sql(
        f"{_BILL} where {' and '.join(conditions)}"
        " order by b.tax_year, b.parcel_number, b.part, b.bill_id limit %(limit)s",
        {
            "parcel": parcel_number,
            "year": tax_year,
            "year0": after[0],
            "parcel0": after[1],
            "part0": after[2],
            "bill0": after[3],
            "limit": limit,
        },
    ).all()


def bills_of_parcel(connection: Connection, parcel_number: str) -> Sequence[Any]:
    """Every bill that is on a parcel now, the oldest year first."""
    return connection.exec_driver_sql(
        f"{_BILL} where b.parcel_number = %s and {_NEWEST}"
        " order by b.tax_year, b.part, b.bill_number",
        (parcel_number,),
    ).all()


def newest_bills(connection: Connection, bill_ids: Sequence[UUID]) -> Sequence[Any]:
    """Bills in their newest versions, in the order of their ids."""
    return connection.exec_driver_sql(
        f"{_BILL} where b.bill_id = any(%s) and {_NEWEST} order by b.bill_id", (list(bill_ids),)
    ).all()


def lines_of(connection: Connection, bills: Sequence[Any]) -> dict[UUID, list[Any]]:
    """The agencies' lines of bills, each with the agency's name of that year."""
    return _by_bill(
        connection,
        bills,
        "select l.*, a.agency_name, coalesce(f.fund_name, '') as fund_name"
        " from {wanted} join bills b using (bill_id, bill_version)"
        " join bill_lines l using (bill_id, bill_version)"
        " join agencies a on a.tax_year = b.tax_year and a.agency_code = l.agency_code"
        " left join fund_names f on f.tax_year = b.tax_year and f.agency_code = l.agency_code"
        " and f.fund_code = l.fund_code and l.fund_code <> ''"
        " order by l.bill_id, l.place",
    )


def installments_of(connection: Connection, bills: Sequence[Any]) -> dict[UUID, list[Any]]:
    return _by_bill(
        connection,
        bills,
        # Since when an installment is payable is said once, as the bill is issued.
        "select i.bill_id, i.bill_version, i.installment, i.due_on, i.amount_cents, f.payable_on"
        " from {wanted} join installments i using (bill_id, bill_version)"
        " left join installments f on f.bill_id = i.bill_id and f.bill_version = 1"
        " and f.installment = i.installment order by i.bill_id, i.installment",
    )


_VERSIONS = Columns({"bill_id": "uuid", "bill_version": "integer"})


def _by_bill(connection: Connection, bills: Sequence[Any], statement: str) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {each.bill_id: [] for each in bills}
    wanted = _VERSIONS.params([(each.bill_id, each.bill_version) for each in bills])
    for row in connection.exec_driver_sql(statement.format(wanted=_VERSIONS.source), wanted):
        found[row.bill_id].append(row)
    return found
