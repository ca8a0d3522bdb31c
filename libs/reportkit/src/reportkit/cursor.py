"""Rows of any number from PostgreSQL, with only some of them in memory."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

_ROWS_AT_ONCE = 2000


def visible(alias: str) -> str:
    """The condition that a row of a stamped table was committed when the run looked."""
    return (
        f"({alias}.written_in is null"
        f" or pg_visible_in_snapshot({alias}.written_in, %(watermark)s::pg_snapshot))"
    )


def watermark(connection: Connection) -> str:
    """The transactions committed by now."""
    found: str = connection.exec_driver_sql("select pg_current_snapshot()::text").scalar_one()
    return found


def stream(
    connection: Connection, statement: str, parameters: Mapping[str, object]
) -> Iterator[Any]:
    """Give a statement's rows, fetched some at a time."""
    # A county's year takes longer to sort than a call at the counter may.
    connection.exec_driver_sql("set local statement_timeout = '10min'")
    connection.exec_driver_sql(
        f"declare report_rows no scroll cursor for {statement}", dict(parameters)
    )
    while rows := connection.exec_driver_sql(f"fetch {_ROWS_AT_ONCE} from report_rows").all():
        yield from rows
    connection.exec_driver_sql("close report_rows")
