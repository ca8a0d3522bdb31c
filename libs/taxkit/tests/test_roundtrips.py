"""Statements that travel together: their answers, their transaction, and every way to lose them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
from psycopg.errors import UndefinedTable, UniqueViolation

from taxkit import ids
from taxkit.arrays import packed
from taxkit.db import Database
from taxkit.roundtrips import RoundTrips

MADE = "create table if not exists things (id integer primary key, name text)"
ADD = "insert into things values (%s, %s)"
ALL = "select id, name from things order by id"


@pytest.fixture
def on_loop(database_url: str) -> Callable[[Callable[[RoundTrips], Awaitable[Any]]], Any]:
    """Run a coroutine function with a connection; gives what it gives."""
    with psycopg.connect(database_url) as connection:
        connection.execute(MADE)

    def run(work: Callable[[RoundTrips], Awaitable[Any]]) -> Any:
        async def body() -> Any:
            async with _connected(database_url) as trips:
                return await work(trips)

        return asyncio.run(body())

    return run


@asynccontextmanager
async def _connected(database_url: str) -> AsyncIterator[RoundTrips]:
    database = Database(database_url, application="roundtrips")
    trips = RoundTrips(await database.connect_async())
    try:
        yield trips
    finally:
        await trips.close()
        database.close()


def _cut(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and application_name = 'roundtrips'"
        )


def test_answers_come_in_the_order_of_the_questions(on_loop) -> None:
    """Each statement has its own rows, with values as Python knows them."""
    key, now = ids.new_id(), datetime(2022, 12, 15, 18, tzinfo=UTC)

    async def ask(trips: RoundTrips) -> Any:
        first = await trips.fetch(
            ("select %s::int + 1", (41,)),
            ("select v from unnest(%b::uuid[]) v", (packed("uuid", [key]),)),
            ("select %(b)s::text, %(a)s::date, %(b)s::text", {"a": date(2022, 2, 28), "b": "50%%"}),
            ("select 1 where false", ()),
            ("select '100%%', null::text, %s::timestamptz, array['a', 'b']", (now,)),
        )
        again = await trips.fetch(("select %s::int + 1", (1,)))
        await trips.rollback()
        return first, again

    first, again = on_loop(ask)
    assert first == [
        [(42,)],
        [(key,)],
        [("50%%", date(2022, 2, 28), "50%%")],
        [],
        [("100%", None, now, ["a", "b"])],
    ]
    assert again == [[(2,)]]


def test_what_is_committed_stands_and_what_is_rolled_back_does_not(on_loop) -> None:
    async def write(trips: RoundTrips) -> Any:
        await trips.commit((ADD, (1, "kept")), (ADD, (2, "kept too")))
        await trips.fetch((ADD, (3, "not kept")))
        await trips.rollback()
        return (await trips.fetch((ALL, ())))[0]

    assert on_loop(write) == [(1, "kept"), (2, "kept too")]


def test_an_error_undoes_the_round_trip_and_the_next_one_works(on_loop) -> None:
    """What stood behind the error is not run, the commit least of all; its class is psycopg's."""

    async def write(trips: RoundTrips) -> Any:
        await trips.commit((ADD, (1, "first")))
        with pytest.raises(UniqueViolation) as failed:
            await trips.commit((ADD, (2, "lost")), (ADD, (1, "twice")), (ADD, (3, "never")))
        await trips.rollback()
        with pytest.raises(UndefinedTable):
            await trips.fetch(("select * from nowhere", ()))
        await trips.rollback()
        await trips.commit((ADD, (4, "after")))
        return (await trips.fetch((ALL, ())))[0], str(failed.value)

    rows, said = on_loop(write)
    assert rows == [(1, "first"), (4, "after")]
    assert "things_pkey" in said


def test_a_value_that_cannot_be_written_sends_nothing(on_loop) -> None:
    """Neither what stood before it: the next round trip gets its own answers, and only those."""

    async def write(trips: RoundTrips) -> Any:
        await trips.commit((ADD, (1, "kept")))
        with pytest.raises(psycopg.Error):
            await trips.commit((ADD, (1, "twice")), (ADD, (2, object())))
        await trips.rollback()
        await trips.commit((ADD, (3, "after")))
        return (await trips.fetch((ALL, ())))[0]

    assert on_loop(write) == [(1, "kept"), (3, "after")]


def test_a_statement_is_prepared_once(on_loop) -> None:
    async def repeat(trips: RoundTrips) -> Any:
        for number in range(20):
            await trips.commit((ADD, (number, "x")))
        return (await trips.fetch(("select count(*) from pg_prepared_statements", ())))[0]

    # begin, the insert, commit, and this question itself.
    assert on_loop(repeat) == [(4,)]


def test_what_does_not_fit_the_socket_arrives_whole(on_loop) -> None:
    """Megabytes each way: writing waits for room, and reading goes on meanwhile."""
    long = "æ" * 3_000_000

    async def send(trips: RoundTrips) -> Any:
        return await trips.fetch(*[("select %s::text, length(%s::text)", (long, long))] * 3)

    assert on_loop(send) == [[(long, len(long))]] * 3


@pytest.mark.parametrize("asleep", [True, False], ids=["while idle", "while waiting"])
def test_a_connection_that_was_cut_says_so(on_loop, database_url: str, asleep: bool) -> None:
    """The caller hears of it as of any lost database, and the connection counts as closed."""

    async def lose(trips: RoundTrips) -> bool:
        await trips.fetch(("select 1", ()))
        if asleep:
            await asyncio.to_thread(_cut, database_url)
        else:
            cutting = asyncio.get_running_loop().run_in_executor(None, _cut, database_url)
        with pytest.raises(psycopg.OperationalError):
            await trips.fetch(("select pg_sleep(20)", ()))
        if not asleep:
            await cutting
        return trips.closed

    assert on_loop(lose) is True


def test_nobody_gets_the_answers_of_a_caller_who_left(on_loop) -> None:
    """A cancelled round trip breaks the connection off: its answers have no owner."""

    async def leave(trips: RoundTrips) -> bool:
        asking = asyncio.create_task(trips.fetch(("select 'his', pg_sleep(0.3)", ())))
        await asyncio.sleep(0.05)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        with pytest.raises(psycopg.OperationalError):
            await trips.fetch(("select 'hers'", ()))
        return trips.closed

    assert on_loop(leave) is True


def test_two_callers_at_once_are_a_mistake(on_loop) -> None:
    async def both(trips: RoundTrips) -> None:
        first = asyncio.create_task(trips.fetch(("select pg_sleep(0.1)", ())))
        await asyncio.sleep(0)
        with pytest.raises(AssertionError, match="one caller"):
            await trips.fetch(("select 2", ()))
        await first

    on_loop(both)
