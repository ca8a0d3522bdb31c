"""A round trip of many statements: parameters and rows as psycopg's, errors as the server's."""

import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg import errors, pq
from psycopg.types.json import Jsonb

from taxkit import wire
from taxkit.arrays import packed
from taxkit.wire import Prepared

Connection = psycopg.Connection[Any]


@pytest.fixture
def connection(postgres_admin_url: str) -> Iterator[Connection]:
    with psycopg.connect(postgres_admin_url) as opened:
        yield opened


@pytest.fixture
def prepared() -> Prepared:
    return Prepared()


def status(connection: Connection) -> pq.TransactionStatus:
    return pq.TransactionStatus(connection.pgconn.transaction_status)


VALUES = (
    ("text", "50 % of it"), ("bigint", 2**40), ("boolean", True), ("date", date(2022, 12, 15)),
    ("uuid", uuid.UUID(int=7)), ("jsonb", Jsonb({"a": [1, None]})), ("text", None),
)  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), VALUES, ids=lambda value: str(type(value).__name__))
def test_values_arrive_as_psycopg_s_own(
    connection: Connection, prepared: Prepared, kind: str, value: object
):
    asked = f"select %s::{kind}"

    ours = wire.run(connection, prepared, [(asked, (value,))])

    assert ours == [connection.execute(asked, (value,)).fetchall()]


def test_one_name_is_one_parameter_wherever_it_stands(connection: Connection, prepared: Prepared):
    asked = "select %(a)s::int + %(b)s::int - %(a)s::int, '100 %%'"

    assert wire.run(connection, prepared, [(asked, {"b": 2, "a": 40})]) == [[(2, "100 %")]]


def test_each_statement_sees_those_before_it_and_answers_in_its_place(
    connection: Connection, prepared: Prepared
):
    numbers = packed("integer", [1, 2, 3])
    answers = wire.run(
        connection,
        prepared,
        [
            ("create temporary table seen (n int)", None),
            ("insert into seen select * from unnest(%b::int[])", (numbers,)),
            ("select sum(n) from seen", None),
        ],
    )

    assert answers == [[], [], [(6,)]]
    assert status(connection) is pq.TransactionStatus.INTRANS


def test_a_commit_ends_the_transaction(connection: Connection, prepared: Prepared):
    wire.run(connection, prepared, [("select 1", None)], commit=True)

    assert status(connection) is pq.TransactionStatus.IDLE


def test_the_first_error_is_raised_and_the_connection_goes_on(
    connection: Connection, prepared: Prepared
):
    with pytest.raises(errors.DivisionByZero):
        wire.run(
            connection,
            prepared,
            [("select 1", None), ("select 1/0", None), ("select * from nowhere", None)],
            commit=True,
        )
    assert status(connection) is pq.TransactionStatus.INERROR

    connection.rollback()
    prepared.forget()
    assert wire.run(connection, prepared, [("select 2", None)]) == [[(2,)]]


def test_what_was_prepared_is_used_again_and_survives_being_forgotten(
    connection: Connection, prepared: Prepared
):
    def known() -> int:
        row = connection.execute("select count(*) from pg_prepared_statements").fetchone()
        assert row is not None
        return int(row[0])

    for number in range(3):
        asked = [("select %s::text", (str(number),))]
        assert wire.run(connection, prepared, asked) == [[(str(number),)]]
    assert known() == 1

    prepared.forget()
    wire.run(connection, prepared, [("select %s::text", ("x",))])
    assert known() == 2


def test_a_statement_the_server_has_forgotten_is_told_as_such(
    connection: Connection, prepared: Prepared
):
    """The transaction is run again then: see taxkit.db.is_retryable."""
    wire.run(connection, prepared, [("select 1", None)])
    connection.execute("deallocate all")

    with pytest.raises(errors.InvalidSqlStatementName):
        wire.run(connection, prepared, [("select 1", None)])


def test_what_cannot_be_written_leaves_the_connection_as_it_was(
    connection: Connection, prepared: Prepared
):
    with pytest.raises(psycopg.DataError, match="NUL"):
        wire.run(connection, prepared, [("select 1", None), ("select %s::text", ("a\0b",))])

    assert status(connection) is pq.TransactionStatus.IDLE
    assert wire.run(connection, prepared, [("select 1", None)]) == [[(1,)]]


def test_a_lost_server_is_an_operational_error(connection: Connection, prepared: Prepared):
    with psycopg.connect(connection.info.dsn, password=connection.info.password) as other:
        other.execute("select pg_terminate_backend(%s)", (connection.info.backend_pid,))

    with pytest.raises(psycopg.OperationalError):
        wire.run(connection, prepared, [("select 1", None)])
    assert connection.closed


def test_a_notice_that_came_with_an_answer_is_not_missed(
    connection: Connection, prepared: Prepared
):
    connection.execute("listen sample")
    connection.commit()
    wire.run(connection, prepared, [("select 1", None)])
    with psycopg.connect(connection.info.dsn, password=connection.info.password) as other:
        other.execute("notify sample")
    wire.run(connection, prepared, (), commit=True)

    assert wire.notified(connection)
    assert not wire.notified(connection)


def test_more_than_the_socket_holds_goes_through(connection: Connection, prepared: Prepared):
    """Both ways at once: neither side may wait for the other."""
    long = "x" * 3_000_000
    asked = ("select %s::text", (long,))

    assert wire.run(connection, prepared, [asked, asked, asked]) == [[(long,)]] * 3
