"""Watches that the ledger has every cent it was told of, on the newest business date."""

from typing import Any

from taxkit import metrics

# Money told by receipts against money posted; and what reversals gave back against what it was.
_DIFFERENCE = """
with day as (
    -- Ids grow with time: of the receipts that came last the newest date.
    select max(business_date) as day
    from (select business_date from receipts order by receipt_id desc limit 100) r
),
told as (
    select coalesce(sum(f.amount_cents), 0) as cents from facts f
    where f.kind = 'payment' and f.business_date = (select day from day)
),
posted as (
    select coalesce(sum(allocated_cents + surplus_cents + suspense_cents), 0) as cents
    from postings where kind = 'payment' and business_date = (select day from day)
),
reversed as (
    select coalesce(sum(p.allocated_cents + p.surplus_cents + p.suspense_cents
        + f.amount_cents), 0) as cents
    from postings p join postings paid on paid.posting_id = p.compensates
    join facts f on f.fact_id = paid.cause_fact_id
    where p.kind = 'reversal' and p.business_date = (select day from day)
)
select told.cents - posted.cents as unposted, reversed.cents as unreversed
from told, posted, reversed
"""


def measure(app: Any) -> None:
    """Set the gauge of the ledger's own leg of the tie-out."""
    with app.database.begin() as connection:
        row = connection.exec_driver_sql(_DIFFERENCE).one()
    difference = abs(int(row.unposted)) + abs(int(row.unreversed))
    metrics.TIEOUT_DIFFERENCE_CENTS.labels("ledger").set(difference)
