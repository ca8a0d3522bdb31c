"""Levy's SQL for accounts of trust taxes, their returns and the bills of those."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from levy_service import roll_store
from taxkit.contracts import OutgoingEvent
from taxkit.errors import conflict, not_found


class Account(NamedTuple):
    account_number: str
    tax_type: str
    owner_name: str
    owner_email: str | None
    opened_on: date
    closed_on: date | None


class Filed(NamedTuple):
    """A return with what its bill asks for now."""

    period: int
    return_number: str
    bill_id: UUID
    tax_cents: int
    is_recap: bool
    billed_cents: int
    status: str


_ACCOUNT = """
select a.account_number, a.tax_type, a.owner_name, a.owner_email, a.opened_on, c.closed_on
from trust_tax_accounts a left join trust_tax_closings c using (account_number)
where a.account_number = %s
"""
_FILED = """
select p.period, r.return_number, p.bill_id, p.tax_cents, p.is_recap, b.total_cents, r.status
from period_returns p join returns r using (bill_id) join lateral (
    select total_cents from bills b where b.bill_id = p.bill_id
    order by bill_version desc limit 1
) b on true
where p.account_number = %s and p.tax_year = %s order by p.period
"""


def insert_account(connection: Connection, row: Mapping[str, object]) -> None:
    """Open an account; its number may have been given out before."""
    made = connection.exec_driver_sql(
        "insert into trust_tax_accounts values (%(account_number)s, %(tax_type)s, %(owner_name)s,"
        " %(owner_email)s, %(opened_on)s, %(opened_by)s, %(recorded_at)s)"
        " on conflict do nothing returning 1",
        row,
    ).one_or_none()
    if made is None:
        number = row["account_number"]
        raise conflict("ACCOUNT_TAKEN", f"there is a trust-tax account {number} already")


def insert_closing(connection: Connection, row: Mapping[str, object]) -> bool:
    """Close an account; False when it was closed before."""
    made = connection.exec_driver_sql(
        "insert into trust_tax_closings values (%(account_number)s, %(closed_on)s, %(closed_by)s,"
        " %(recorded_at)s) on conflict do nothing returning 1",
        row,
    ).one_or_none()
    return made is not None


def account(connection: Connection, number: str, *, lock: bool = False) -> Account:
    """Read an account; locked, its returns come one after the other."""
    sql = _ACCOUNT + (" for update of a" if lock else "")
    row = connection.exec_driver_sql(sql, (number,)).one_or_none()
    if row is None:
        raise not_found("ACCOUNT_UNKNOWN", f"no trust-tax account {number}")
    return Account(*row)


def filed(connection: Connection, number: str, tax_year: int) -> Sequence[Filed]:
    """An account's returns of a year by period."""
    return [Filed(*row) for row in connection.exec_driver_sql(_FILED, (number, tax_year))]


def last_return(connection: Connection, number: str) -> tuple[int, int] | None:
    """(tax year, period) of the account's last return."""
    row = connection.exec_driver_sql(
        "select tax_year, period from period_returns where account_number = %s"
        " order by 1 desc, 2 desc limit 1",
        (number,),
    ).one_or_none()
    return (row.tax_year, row.period) if row else None


def insert_return(connection: Connection, row: tuple[object, ...]) -> None:
    connection.exec_driver_sql(
        "insert into period_returns (bill_id, account_number, tax_year, period, tax_cents,"
        " is_recap) values (%s, %s, %s, %s, %s, %s)",
        row,
    )


def write_bill(
    connection: Connection,
    county: str,
    bill: Mapping[str, object],
    line: Mapping[str, object],
    part: tuple[object, ...],
    event: OutgoingEvent,
) -> None:
    """Store a bill of one line and one installment; the agency becomes known with it."""
    connection.exec_driver_sql(
        "insert into agencies (tax_year, agency_code, agency_name) values (%s, %s, %s)"
        " on conflict do nothing",
        (bill["tax_year"], line["agency_code"], line["agency_name"]),
    )
    roll_store.write_bills(
        connection,
        county,
        [[bill.get(name) for name in roll_store.BILLS]],
        [[{"fund_code": "", **line}.get(name, 0) for name in roll_store.LINES]],
        [part],
        [event],
    )
