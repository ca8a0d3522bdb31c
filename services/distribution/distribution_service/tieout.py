"""Watches that drawers, receipts and shares are the same money, on the newest business dates."""

from typing import Any

from sqlalchemy import Connection

from distribution_service import fund_entries, queries
from taxkit import db, logs, metrics

_log = logs.get(__name__)
_NAMED_MAX = 5
# What a drawer said it took when it was closed, and what came here of it: of two dates, as the
# receipts of the newest may still be on their way when its first drawers are closed.
_DRAWERS = """
with days as (select distinct business_date from closed_sessions order by 1 desc limit 2)
select s.session_id, s.total_cents - coalesce(r.cents, 0) as missing_cents
from closed_sessions s left join (
    select session_id, sum(received_cents
        - case when reversed_after_close then 0 else reversed_cents end) as cents
    from receipts where business_date in (select business_date from days) group by session_id
) r using (session_id)
where s.business_date in (select business_date from days) and s.total_cents is not null
    and s.total_cents <> coalesce(r.cents, 0)
order by s.session_id
"""


def measure(app: Any) -> None:
    """Set the gauges of money by state, and of what the drawers' and the shares' legs differ by."""
    with app.database.begin() as connection:
        # What is committed between two statements would be a difference that is none.
        db.read_one_moment(connection)
        _measure_drawers(connection)
        day = queries.newest_business_date(connection)
        if day is None:
            metrics.TIEOUT_DIFFERENCE_CENTS.labels("shares").set(0)
            return
        totals = queries.totals(connection, day)
        allocated = queries.allocated(connection, day)
        funds = fund_entries.totals(connection, day)
    received, shared = int(totals.received_cents), int(totals.shared_cents)
    releasable = int(totals.releasable_cents) + funds.releasable_cents
    metrics.MONEY_CENTS.labels("received").set(received)
    metrics.MONEY_CENTS.labels("shared").set(shared)
    metrics.MONEY_CENTS.labels("in_funds").set(funds.booked_cents)
    metrics.MONEY_CENTS.labels("undistributed").set(received - shared - funds.booked_cents)
    metrics.MONEY_CENTS.labels("releasable").set(releasable)
    metrics.TIEOUT_DIFFERENCE_CENTS.labels("shares").set(allocated - shared)


def _measure_drawers(connection: Connection) -> None:
    broken = connection.exec_driver_sql(_DRAWERS).all()
    difference = sum(abs(int(row.missing_cents)) for row in broken)
    metrics.TIEOUT_DIFFERENCE_CENTS.labels("drawers").set(difference)
    for row in broken[:_NAMED_MAX]:
        _log.warning(
            "a drawer differs from its receipts",
            session_id=str(row.session_id),
            missing_cents=int(row.missing_cents),
        )
