"""A connection that rested is tried before it is used; one just used is not."""

import psycopg
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import event

from taxkit import db
from taxkit.db import Database


@pytest.fixture
def database(database_url: str):
    made = Database(database_url, pool_size=1)
    yield made
    made.close()


def _end_all_connections(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )


def _backend(database: Database) -> int:
    with database.begin() as connection:
        return int(connection.exec_driver_sql("select pg_backend_pid()").scalar_one())


def test_a_restart_costs_no_caller_its_first_request(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    """The connection in the pool is dead; the caller gets a new one and notices nothing."""
    monkeypatch.setattr(db, "_TRUSTED_SECONDS", 0.0)
    before = _backend(database)
    _end_all_connections(database_url)

    assert _backend(database) != before


def test_under_load_no_round_trip_is_spent_on_pings(database: Database):
    pings = []
    original = database.engine.dialect.do_ping
    database.engine.dialect.do_ping = lambda connection: pings.append(1) or original(connection)  # type: ignore[method-assign]
    began = []
    event.listen(database.engine, "begin", lambda _connection: began.append(1))

    for _ in range(20):
        _backend(database)

    assert (len(began), len(pings)) == (20, 0)


def test_one_that_was_just_used_and_broke_is_tried_again(database: Database, database_url: str):
    """Within the time it is trusted, a command's own second attempt finds a new connection."""
    before = _backend(database)
    _end_all_connections(database_url)

    after = database.run(
        lambda connection: connection.exec_driver_sql("select pg_backend_pid()").scalar_one()
    )

    assert after != before


def test_the_connections_in_use_are_measured(database: Database):
    """What the dashboard shows is what the pool has given out at that moment."""
    measure = "millage_db_pool_in_use"
    with database.begin() as connection:
        connection.exec_driver_sql("select 1")
        assert REGISTRY.get_sample_value(measure) == 1
    assert REGISTRY.get_sample_value(measure) == 0
