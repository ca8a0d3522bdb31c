"""Old events end: what was published and handled long ago, never what a replay needs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taxkit import ids, retention
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


def prune(app: App, days: int = 100, limit: int = 1000) -> int:
    with app.database.begin() as connection:
        return retention.prune(connection, NOW, days, limit)


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

    assert prune(app) == 3
    assert left(rows) == ({"unpublished", "published again", "young"}, {"may come again"})
    assert prune(app) == 0


def test_a_round_deletes_no_more_than_it_is_told(app: App, rows) -> None:
    """So that nobody waits for it; the next one goes on."""
    for _ in range(25):
        told(rows, "old", "2023-01-01", "2023-01-01")
        heard(rows, "old", "2023-01-01")

    assert [prune(app, limit=10) for _ in range(4)] == [20, 20, 10, 0]


def test_zero_days_keep_everything(app: App, rows) -> None:
    """For a county whose backups reach back to the beginning."""
    told(rows, "old", "2003-01-01", "2003-01-01")
    heard(rows, "old", "2003-01-01")

    assert prune(app, days=0) == 0
    assert left(rows) == ({"old"}, {"old"})


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
