"""What waits after a bulk run is sealed in minutes, and a worker that is to end does not wait."""

from collections.abc import Iterator

import psycopg
import pytest
from bench_of_one import eventually

from taxkit import housekeeping, testing
from taxkit.app import App


@pytest.fixture
def rows(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def fill(rows: psycopg.Connection, count: int) -> None:
    rows.execute("insert into kept select g, 'x', now() from generate_series(1, %s) g", (count,))


def sealed(rows: psycopg.Connection) -> int:
    found = rows.execute("select count(*) from audit_chain where table_name = 'kept'").fetchone()
    return found[0]


def test_a_round_goes_on_while_rows_wait(app: App, rows) -> None:
    """Six thousand rows are a bulk run's second; they were a minute's limit once."""
    fill(rows, 6_300)
    housekeeping.keep(app)

    assert sealed(rows) == 6_300


def test_a_round_seals_no_more_than_it_is_told(app: App, rows) -> None:
    """A county may hold it back."""
    fill(rows, 2_000)
    app.settings = testing.replace_setting(app.settings, audit_batch=700)
    housekeeping.keep(app)

    assert sealed(rows) == 700


def test_a_process_that_is_to_end_leaves_the_rest_to_the_next(app: App, rows) -> None:
    """Nothing is lost by it: the next one goes on where this one stopped."""
    fill(rows, 1_200)
    app.leaving = True
    housekeeping.keep(app)
    assert sealed(rows) == 0
    app.leaving = False
    housekeeping.keep(app)

    assert sealed(rows) == 1_200


def test_a_worker_ends_in_the_middle_of_a_long_round(sample, spawn, rows) -> None:
    """SIGTERM comes while it has half a minute of sealing before it."""
    fill(rows, 200_000)
    worker = spawn("worker")
    eventually(True, lambda: sealed(rows) > 0)

    assert worker.terminate() == 0
    assert 0 < sealed(rows) < 200_000
