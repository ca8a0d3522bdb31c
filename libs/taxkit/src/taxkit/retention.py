"""Ends the life of old events: of the outbox what was published, of the inbox what it answers to.

An owner's outbox is what a consumer is restored from, so events are kept for as long as the oldest
backup anybody would restore, and once more as long when one was sent again. An inbox row is kept
beyond that: as long as an outbox may send its event, it says that the event had its effect.

An idempotency key ends when nobody retries its command any more. A file's own never does: it is
made of the file's content, and an old file may be sent again after years.
"""

from collections.abc import Mapping, Sequence
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
# The others are in no order of time, and a table of blocks of time (brin) never forgets what was
# in a page once: pages are looked at where they lie, some a round, and the next goes on behind.
_PAGES = "select pg_relation_size(%s::regclass) / current_setting('block_size')::bigint"
_IN_PAGES = "ctid >= %(first)s::tid and ctid < %(end)s::tid"
_INBOX = f"delete from inbox where {_IN_PAGES} and handled_at < %(before)s"
_KEYS = (
    f"delete from idempotency_keys where {_IN_PAGES}"
    " and recorded_at < %(before)s and method <> all(%(lasting)s::text[])"
)


def prune_outbox(connection: Connection, now: datetime, keep_days: int, limit: int) -> int:
    """Delete up to so many published events that are older than what is kept; gives how many."""
    if keep_days <= 0:
        return 0
    kept = timedelta(days=keep_days)
    given = {"before": now - kept, "long_ago": now - 2 * kept, "limit": limit}
    return connection.exec_driver_sql(_OUTBOX, given).rowcount


def prune_inbox(
    connection: Connection, now: datetime, keep_days: int, first_page: int, pages: int
) -> int:
    """Delete what was handled before anything that is kept; gives the page to go on at."""
    if keep_days <= 0:
        return 0
    given = {"before": now - 2 * timedelta(days=keep_days) - INBOX_LONGER}
    return _prune_pages(connection, "inbox", _INBOX, given, first_page, pages)


def prune_keys(
    connection: Connection,
    now: datetime,
    keep_days: int,
    lasting: Sequence[str],
    first_page: int,
    pages: int,
) -> int:
    """Delete the keys older than what is kept, but for lasting ones; gives the page to go on at."""
    if keep_days <= 0:
        return 0
    given = {"before": now - timedelta(days=keep_days), "lasting": list(lasting)}
    return _prune_pages(connection, "idempotency_keys", _KEYS, given, first_page, pages)


def _prune_pages(
    connection: Connection,
    table: str,
    statement: str,
    given: Mapping[str, object],
    first_page: int,
    pages: int,
) -> int:
    # Past the end, the round begins anew: rows that came since may lie in any page.
    first = first_page if first_page < _pages_of(connection, table) else 0
    here = {"first": f"({first},0)", "end": f"({first + pages},0)"}
    connection.exec_driver_sql(statement, {**given, **here})
    return first + pages


def _pages_of(connection: Connection, table: str) -> int:
    found: int = connection.exec_driver_sql(_PAGES, (table,)).scalar_one()
    return found
