"""Ends the life of old events: of the outbox what was published, of the inbox what it answers to.

An owner's outbox is what a consumer is restored from, so events are kept for as long as the oldest
backup anybody would restore, and once more as long when one was sent again. An inbox row is kept
beyond that: as long as an outbox may send its event, it says that the event had its effect.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection

INBOX_LONGER = timedelta(days=30)
# Ids come in the order of time, so what is old ends at an id: it is found by halving, without an
# index over times. Behind what stays for ever (never published, sent again) the search goes on.
_OUTBOX = """
with recursive halves (low, high) as (
    select min(id), max(id) + 1 from outbox
    union all
    select case when old then middle + 1 else low end, case when old then high else middle end
    from (select low, high, (low + high) / 2 as middle,
        (select created_at < %(before)s from outbox where id >= (low + high) / 2
            order by id limit 1) as old
        from halves where low < high) half
)
delete from outbox where id in (
    select id from outbox where id < (select low from halves where low = high)
        and published_at is not null and (published_at < %(before)s or created_at < %(long_ago)s)
    order by id limit %(limit)s)
"""
_INBOX = """
delete from inbox where ctid = any(array(
    select ctid from inbox where handled_at < %(before)s limit %(limit)s))
"""


def prune(connection: Connection, now: datetime, keep_days: int, limit: int) -> int:
    """Delete up to so many rows of each that are older than what is kept; gives how many."""
    if keep_days <= 0:
        return 0
    kept = timedelta(days=keep_days)
    outbox = {"before": now - kept, "long_ago": now - 2 * kept, "limit": limit}
    inbox = {"before": now - 2 * kept - INBOX_LONGER, "limit": limit}
    published = connection.exec_driver_sql(_OUTBOX, outbox).rowcount
    return published + connection.exec_driver_sql(_INBOX, inbox).rowcount
