"""Statements that go to the database together: one round trip, and one waking up, for many.

Inside `gathering`, what nobody reads the result of waits for the next statement that is read, or
for the commit. Order is kept; an error shows where they are sent.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from taxkit import wire
from taxkit.wire import Prepared, Rows, Statement

_WAITING, _PREPARED = "millage.waiting", "millage.prepared"
_FORGETTING = tuple(
    word for upper in ("ROLLBACK", "DROP", "ALTER", "DISCARD", "DEALLOCATE")
    for word in (upper, upper.lower())
)  # fmt: skip


@contextmanager
def gathering(connection: Connection) -> Iterator[None]:
    """Let writes of this transaction wait for each other; at the end all go with the commit."""
    info = connection.info
    info[_WAITING] = []
    try:
        yield
        _send(connection, info.pop(_WAITING), commit=True)
    finally:
        info.pop(_WAITING, None)


def execute(connection: Connection, statement: str, parameters: Any = None) -> None:
    """Run a statement whose result is of no interest: now, or with the next that is read."""
    waiting = connection.info.get(_WAITING)
    if waiting is None:
        connection.exec_driver_sql(statement, parameters)
    else:
        waiting.append((statement, parameters))


def ask(connection: Connection, statements: Sequence[Statement]) -> list[Rows]:
    """Run statements in one round trip, after those that wait; gives the rows of each."""
    earlier = _taken(connection)
    return _send(connection, [*earlier, *statements])[len(earlier) :]


def heed_order(engine: Engine) -> None:
    """Let what waits go before any statement that is run on the same connection as usual."""

    @event.listens_for(engine, "before_cursor_execute")
    def send_first(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if waiting := _taken(connection):
            _send(connection, waiting)
        if statement.startswith(_FORGETTING):
            _forget(connection)

    event.listen(engine, "rollback", _forget)


def _forget(connection: Connection) -> None:
    """What psycopg takes as its cue to have all prepared statements deallocated, ours too."""
    if not connection.invalidated and (prepared := connection.info.get(_PREPARED)):
        prepared.forget()


def _taken(connection: Connection) -> list[Statement]:
    waiting: list[Statement] | None = connection.info.get(_WAITING)
    if not waiting:
        return []
    taken = list(waiting)
    waiting.clear()
    return taken


def _send(
    connection: Connection, statements: Sequence[Statement], *, commit: bool = False
) -> list[Rows]:
    driver: Any = connection.connection.driver_connection
    prepared = connection.info.setdefault(_PREPARED, Prepared())
    try:
        return wire.run(driver, prepared, statements, commit=commit)
    except psycopg.Error as error:
        lost = bool(driver.closed)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            "; ".join(text for text, _ in statements), None, error, psycopg.Error,
            hide_parameters=True, connection_invalidated=lost, dialect=connection.dialect,
        ) from error  # fmt: skip
