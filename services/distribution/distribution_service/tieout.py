"""Watches that the shares add up to the money they are made of, on the newest business date."""

from typing import Any

from distribution_service import queries
from taxkit import metrics


def measure(app: Any) -> None:
    """Set the gauges of money by state and of the shares' leg of the tie-out."""
    with app.database.begin() as connection:
        day = queries.newest_business_date(connection)
        if day is None:
            metrics.TIEOUT_DIFFERENCE_CENTS.labels("shares").set(0)
            return
        totals = queries.totals(connection, day)
        allocated = queries.allocated(connection, day)
    received, shared = int(totals.received_cents), int(totals.shared_cents)
    metrics.MONEY_CENTS.labels("received").set(received)
    metrics.MONEY_CENTS.labels("shared").set(shared)
    metrics.MONEY_CENTS.labels("undistributed").set(received - shared)
    metrics.MONEY_CENTS.labels("releasable").set(int(totals.releasable_cents))
    metrics.TIEOUT_DIFFERENCE_CENTS.labels("shares").set(allocated - shared)
