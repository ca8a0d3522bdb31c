"""What a service's migrations take from here: the table of runs, and the stamp on its rows."""

import importlib.resources

from sqlalchemy import Connection

from taxkit.migrate import run_script


def create_report_runs(connection: Connection, version: int = 1) -> None:
    """Create the table that sealed runs are kept in."""
    script = importlib.resources.files("reportkit") / "sql" / f"report_runs_v{version}.sql"
    run_script(connection, script.read_text(encoding="utf-8"))


def stamp_rows(connection: Connection, table: str) -> None:
    """Let each row of an append-only table know the transaction that wrote it.

    Numbers and times are given out in another order than rows are committed in; only the
    transaction tells whether a snapshot saw a row. Rows that are there already stay without: every
    snapshot to come sees them, and the table need not be rewritten.
    """
    run_script(
        connection,
        f"alter table {table} add column written_in xid8;"
        f" alter table {table} alter column written_in set default pg_current_xact_id()",
    )
