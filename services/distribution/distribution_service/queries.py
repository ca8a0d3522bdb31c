"""Distribution's SQL on the way out."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

# An agency of an interest share may stand on no bill: then its code is its name.
_NAMED = "coalesce(a.agency_name, e.agency_code) as agency_name"
# An entry of an agency's fund is under both, as "agency/fund".
_AGENCY = "split_part(agency_code, '/', 1)"
_FUND = "split_part(agency_code, '/', 2)"
_ENTRIES = f"(select *, {_AGENCY} as agency, {_FUND} as fund_code from share_entries)"


def shares_of(connection: Connection, receipt_id: UUID) -> Sequence[Any]:
    return connection.exec_driver_sql(
        f"select e.*, {_NAMED}, coalesce(f.fund_name, '') as fund_name from {_ENTRIES} e"
        " left join agencies a on a.agency_code = e.agency"
        " left join fund_names f on f.agency_code = e.agency and f.fund_code = e.fund_code"
        " where receipt_id = %s order by business_date, posting_id, entry_number",
        (receipt_id,),
    ).all()


def received(connection: Connection, receipt_id: UUID) -> int | None:
    """What is left of a receipt's money after its reversal; None when it was never heard of."""
    cents: int | None = connection.exec_driver_sql(
        "select received_cents - reversed_cents from receipts where receipt_id = %s", (receipt_id,)
    ).scalar_one_or_none()
    return cents


_TOTALS = """
select
    (select coalesce(sum(received_cents), 0) from receipts where business_date = %(day)s)
    - (select coalesce(sum(reversed_cents), 0) from receipts where reversed_on = %(day)s)
        as received_cents,
    coalesce(sum(e.amount_cents), 0) as shared_cents,
    coalesce(sum(e.amount_cents) filter (where d.session_id is not null), 0) as releasable_cents
from (
    select receipt_id, sum(amount_cents) as amount_cents from share_entries
    where business_date = %(day)s group by receipt_id
) e
left join receipts r using (receipt_id)
left join closed_sessions s using (session_id)
left join deposited_sessions d on d.session_id = s.session_id
"""


def totals(connection: Connection, day: date) -> Any:
    """One business date: received less reversed, shared, and of that what may be paid out."""
    return connection.exec_driver_sql(_TOTALS, {"day": day}).one()


def agency_totals(
    connection: Connection, first: date, last: date, *, by_fund: bool
) -> Sequence[Any]:
    """Net shares over business dates, a row an agency, or a row a fund where it has several."""
    fund = _FUND if by_fund else "''"
    # The entries are added up first: a code is taken apart once, not once an entry.
    return connection.exec_driver_sql(
        f"select e.agency_code, e.fund_code, {_NAMED}, e.shared_cents,"
        " coalesce(f.fund_name, '') as fund_name from ("
        f" select {_AGENCY} as agency_code, {fund} as fund_code,"
        " sum(cents)::bigint as shared_cents from ("
        "  select agency_code, sum(amount_cents) as cents from share_entries"
        "  where business_date between %s and %s group by agency_code) k group by 1, 2) e"
        " left join agencies a using (agency_code) left join fund_names f"
        " on f.agency_code = e.agency_code and f.fund_code = e.fund_code"
        " order by e.agency_code, e.fund_code",
        (first, last),
    ).all()


def newest_business_date(connection: Connection) -> date | None:
    day: date | None = connection.exec_driver_sql(
        "select max(business_date) from receipts"
    ).scalar_one_or_none()
    return day


def allocated(connection: Connection, day: date) -> int:
    """What receivables applied on a day to bills whose lines are known."""
    return int(
        connection.exec_driver_sql(
            "select coalesce(sum(amount_cents), 0) from allocations"
            " where business_date = %s and shared",
            (day,),
        ).scalar_one()
    )
