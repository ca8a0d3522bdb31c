"""Distribution's SQL on the way out."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

# An agency of an interest share may stand on no bill: then its code is its name.
_NAMED = "coalesce(a.agency_name, e.agency_code) as agency_name"


def shares_of(connection: Connection, receipt_id: UUID) -> Sequence[Any]:
    return connection.exec_driver_sql(
        f"select e.*, {_NAMED} from share_entries e left join agencies a using (agency_code)"
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


def agency_totals(connection: Connection, first: date, last: date) -> Sequence[Any]:
    return connection.exec_driver_sql(
        f"select e.agency_code, {_NAMED}, e.shared_cents from ("
        " select agency_code, sum(amount_cents)::bigint as shared_cents from share_entries"
        " where business_date between %s and %s group by agency_code) e"
        " left join agencies a using (agency_code) order by e.agency_code",
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
