"""Statements that wait for each other: in order, seen by what reads, gone with a rollback."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DataError

from taxkit import together
from taxkit.app import App
from taxkit.rows import Columns

NOTES = Columns({"note": "text"})
EFFECTS = Columns({"handler": "text", "subject": "text", "sequence": "bigint", "note": "text"})


@pytest.fixture
def connection(app: App) -> Iterator[Connection]:
    with app.database.begin() as connection:
        connection.exec_driver_sql("create temporary table notes (id serial, note text)")
        yield connection


def notes(connection: Connection) -> list[str]:
    return list(connection.exec_driver_sql("select note from notes order by id").scalars())


def add(connection: Connection, note: str) -> None:
    NOTES.insert(connection, "notes", [(note,)])


def test_whatever_is_read_sees_what_was_written_before(connection: Connection):
    """A usual statement sends what waits first; so does one that is asked."""
    with together.gathering(connection):
        add(connection, "first")
        together.execute(connection, "update notes set note = 'changed'")
        assert notes(connection) == ["changed"]

        add(connection, "second")
        assert together.ask(connection, [("select count(*) from notes", None)]) == [[(2,)]]


def test_nothing_is_sent_before_it_is_needed(connection: Connection):
    with together.gathering(connection):
        together.execute(connection, "select 1/0")
        with pytest.raises(DataError, match="division by zero"):
            notes(connection)
        connection.connection.rollback()


def test_outside_of_gathering_nothing_waits(connection: Connection):
    with pytest.raises(DataError, match="division by zero"):
        together.execute(connection, "select 1/0")


def test_what_was_prepared_is_prepared_again_after_a_savepoint_is_undone(connection: Connection):
    """psycopg has every prepared statement deallocated then, once it has prepared one itself."""
    for number in range(7):
        assert connection.exec_driver_sql("select %s::int", (number,)).scalar_one() == number
    asked = [("select count(*) from notes", None)]
    together.ask(connection, asked)
    with connection.begin_nested() as attempt:
        together.ask(connection, asked)
        attempt.rollback()

    assert together.ask(connection, asked) == [[(0,)]]


def test_all_is_committed_at_the_end(app: App):
    with app.database.begin() as connection, together.gathering(connection):
        for note in ("a", "b"):
            EFFECTS.insert(connection, "effects", [("on_added", "s/1", 1, note)])

    with app.database.begin() as connection:
        rows = connection.exec_driver_sql("select note from effects order by id").scalars()
        assert list(rows) == ["a", "b"]


def test_an_error_is_the_first_one_and_undoes_everything(app: App):
    """What follows the failing statement is not run, and hides not why."""

    def write() -> None:
        with app.database.begin() as connection, together.gathering(connection):
            EFFECTS.insert(connection, "effects", [("on_added", "s/1", 1, "a")])
            together.execute(connection, "select 1/0")
            together.execute(connection, "select * from nowhere")

    with pytest.raises(DataError, match="division by zero"):
        write()
    with app.database.begin() as connection:
        assert connection.exec_driver_sql("select count(*) from effects").scalar_one() == 0
        together.execute(connection, "select 1")


def test_what_waits_when_something_else_fails_is_forgotten(app: App):
    """The next transaction on the same connection begins with nothing."""

    def fail() -> None:
        with app.database.begin() as connection, together.gathering(connection):
            together.execute(connection, "select 1/0")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with app.database.begin() as connection, together.gathering(connection):
        assert connection.exec_driver_sql("select 1").scalar_one() == 1
