"""Old events end: what was published and handled long ago, never what a replay needs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from taxkit import clock, config, housekeeping, idempotency, ids, retention
from taxkit.app import App

NOW = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def rows(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def told(rows: psycopg.Connection, name: str, created: str, published: str | None) -> None:
    rows.execute(
        "insert into outbox (event_id, exchange, routing_key, mandatory, subject, traceparent,"
        " trace_id, body, created_at, published_at)"
        " values (%s, 'x', %s, true, 's', '', %s, '{}', %s, %s)",
        (ids.new_id(), name, ids.new_id(), created, published),
    )


def heard(rows: psycopg.Connection, name: str, handled: str) -> None:
    rows.execute(
        "insert into inbox values (%s, %s, 't', 's', %s, %s)",
        (ids.new_id(), name, ids.new_id(), handled),
    )


def keyed(rows: psycopg.Connection, key: str, recorded: str, method: str = "PayIt") -> None:
    rows.execute(
        "insert into idempotency_keys values (%s, %s, '', repeat('x', 600)::bytea, %s)",
        (key, method, recorded),
    )


def prune(app: App, days: int = 100, limit: int = 1000) -> int:
    with app.database.begin() as connection:
        return retention.prune_outbox(connection, NOW, days, limit)


def prune_inbox(app: App, days: int = 100, first: int = 0, pages: int = 1000) -> int:
    with app.database.begin() as connection:
        return retention.prune_inbox(connection, NOW, days, first, pages)


def prune_keys(app: App, days: int = 100, first: int = 0, pages: int = 1000) -> int:
    with app.database.begin() as connection:
        return retention.prune_keys(connection, NOW, days, ("LoadIt",), first, pages)


def keys_left(rows: psycopg.Connection) -> set[str]:
    return {row[0] for row in rows.execute("select key from idempotency_keys")}


def left(rows: psycopg.Connection) -> tuple[set[str], set[str]]:
    return (
        {row[0] for row in rows.execute("select routing_key from outbox")},
        {row[0] for row in rows.execute("select handler from inbox")},
    )


def test_what_is_old_and_done_goes_and_nothing_else(app: App, rows) -> None:
    """100 days before 2024 is September 23, 200 June 15; an inbox keeps 30 days more, May 16."""
    told(rows, "old", "2023-09-22", "2023-09-22")
    told(rows, "unpublished", "2023-01-01", None)
    told(rows, "published again", "2023-06-16", "2023-12-01")
    told(rows, "published again and again", "2023-06-14", "2023-12-01")
    told(rows, "young", "2023-09-24", "2023-09-24")
    heard(rows, "old", "2023-05-15")
    heard(rows, "may come again", "2023-05-17")

    assert prune(app) == 2
    prune_inbox(app)
    assert left(rows) == ({"unpublished", "published again", "young"}, {"may come again"})
    assert prune(app) == 0


def test_a_round_deletes_no_more_than_it_is_told(app: App, rows) -> None:
    """So that nobody waits for it; the next one goes on."""
    for _ in range(25):
        told(rows, "old", "2023-01-01", "2023-01-01")

    assert [prune(app, limit=10) for _ in range(4)] == [10, 10, 5, 0]


def test_zero_days_keep_everything(app: App, rows) -> None:
    """For a county whose backups reach back to the beginning."""
    told(rows, "old", "2003-01-01", "2003-01-01")
    heard(rows, "old", "2003-01-01")
    keyed(rows, "old", "2003-01-01")

    assert [prune(app, days=0), prune_inbox(app, days=0), prune_keys(app, days=0)] == [0, 0, 0]
    assert left(rows) == ({"old"}, {"old"})
    assert keys_left(rows) == {"old"}


def test_a_key_ends_with_its_days_and_a_file_s_never(app: App, rows) -> None:
    """100 days before 2024 is September 23; who sends an archived file again is still known."""
    keyed(rows, "old", "2023-09-22")
    keyed(rows, "young", "2023-09-24")
    keyed(rows, "roll of 2003", "2003-09-22", "LoadIt")
    prune_keys(app)

    assert keys_left(rows) == {"young", "roll of 2003"}


@pytest.mark.parametrize("prune_some", [prune_inbox, prune_keys])
def test_rounds_go_on_from_page_to_page_and_begin_anew(app: App, rows, prune_some) -> None:
    """Old rows lie in any page, as those of pages that were emptied before are filled again."""
    for each in range(60):
        keyed(rows, f"old {each}", "2022-01-01")
        heard(rows, f"old {each} {'x' * 600}", "2022-01-01")
    table = "inbox" if prune_some is prune_inbox else "idempotency_keys"
    (pages,) = rows.execute(
        "select pg_relation_size(%s::regclass) / current_setting('block_size')::bigint", (table,)
    ).fetchone()
    counts, at = [], 0
    for _ in range(pages):
        at = prune_some(app, first=at, pages=1)
        counts.append(rows.execute(f"select count(*) from {table}").fetchone()[0])

    assert pages > 3
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 0
    assert (counts[-1], at) == (0, pages)
    assert prune_some(app, first=at, pages=1) == 1


def test_a_command_within_its_days_is_answered_as_before(app: App) -> None:
    """Done once, however often its key comes back and housekeeping passes by."""
    done = []

    def pay(connection: Connection) -> Timestamp:
        done.append(connection)
        return Timestamp(seconds=len(done))

    request = Timestamp(seconds=7)

    def send() -> int:
        with app.database.begin() as connection:
            answer = idempotency.once(
                connection, "PayIt", "k1", request, Timestamp, lambda: pay(connection)
            )
        return answer.seconds

    assert send() == 1
    housekeeping.keep(app)
    assert send() == 1
    app.clock = clock.FixedClock(app.clock.now() + timedelta(days=399))
    housekeeping.keep(app)
    assert send() == 1
    app.clock = clock.FixedClock(app.clock.now() + timedelta(days=2))
    housekeeping.keep(app)

    assert send() == 2


@pytest.mark.parametrize("days", ["1", "29", "ten"])
def test_keys_are_kept_long_enough_for_a_retry(days: str) -> None:
    """A process with fewer days than that does not begin."""
    told = {"MILLAGE_DATABASE_URL": "postgresql://x", "MILLAGE_KEEP_KEYS_DAYS": days}
    with pytest.raises(ValueError, match=days):
        config.load(config.Settings, told)


def test_what_stays_for_ever_stands_in_nobodys_way(app: App, rows) -> None:
    """More than a round deletes was never published, or was sent again: behind it goes on."""
    for _ in range(7):
        told(rows, "unpublished", "2022-01-01", None)
        told(rows, "published again", "2023-08-01", "2023-12-01")
    for _ in range(12):
        told(rows, "old", "2023-09-01", "2023-09-01")
    told(rows, "young", "2023-12-01", "2023-12-01")

    assert [prune(app, limit=5) for _ in range(4)] == [5, 5, 2, 0]
    assert left(rows)[0] == {"unpublished", "published again", "young"}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(st.integers(0, 300), st.sampled_from([None, 0, 3, 150])), max_size=30),
    st.sets(st.integers(0, 29)),
)
def test_exactly_what_is_old_goes(app: App, rows, days, gaps) -> None:
    """Whatever stays between, and whichever ids are gone already."""
    rows.execute("delete from outbox")
    for since, after in sorted(days, key=lambda day: -day[0]):
        created = NOW - timedelta(days=since)
        published = None if after is None else min(created + timedelta(days=after), NOW)
        told(rows, "any", created.isoformat(), published and published.isoformat())
    rows.execute(
        "delete from outbox where id = any(select id from (select id, row_number() over ()"
        " from outbox) one (id, place) where place = any(%s))",
        (list(gaps),),
    )
    old = (
        "select count(*) from outbox where published_at is not null and (published_at <"
        " %(now)s - interval '100 days' or created_at < %(now)s - interval '200 days')"
    )
    expected = rows.execute(old, {"now": NOW}).fetchone()[0]

    assert prune(app) == expected
    assert rows.execute(old, {"now": NOW}).fetchone()[0] == 0
