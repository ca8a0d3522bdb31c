"""Steps of a migration that leave a table of a million rows in use while they run.

A plain index, key or check locks its table until every row was read, and every till with it. These
run outside the migration's transaction: whatever the migration did before is committed by then, so
it says `if not exists`, and what was cut off half way is done again when the migration is.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op
from sqlalchemy import Connection

_VALID = "select indisvalid from pg_index where indexrelid = to_regclass(%s)"


def index(table: str, name: str, definition: str, *, unique: bool = False) -> None:
    """Build an index, as `(receipt_id) where fund <> ''`, while rows go on being written."""
    kind = "unique index" if unique else "index"
    with _unhurried() as connection:
        valid = connection.exec_driver_sql(_VALID, (name,)).scalar_one_or_none()
        if valid is False:
            # What an earlier attempt left behind: nobody reads it, everybody writes it.
            connection.exec_driver_sql(f"drop index concurrently {name}")
        if not valid:
            connection.exec_driver_sql(f"create {kind} concurrently {name} on {table} {definition}")


def primary_key(table: str, name: str, columns: str) -> None:
    """Exchange the primary key: its index is built first, under this name."""
    index(table, name, f"({columns})", unique=True)
    op.execute(
        f"alter table {table} drop constraint {table}_pkey,"
        f" add constraint {table}_pkey primary key using index {name}"
    )


def check(table: str, name: str, condition: str) -> None:
    """Exchange or add a check: new rows are held to it at once, those that are there are read."""
    with _unhurried() as connection:
        with _impatient(connection):
            connection.exec_driver_sql(
                f"alter table {table} drop constraint if exists {name},"
                f" add constraint {name} check ({condition}) not valid"
            )
        connection.exec_driver_sql(f"alter table {table} validate constraint {name}")


@contextmanager
def _unhurried() -> Iterator[Connection]:
    """Each statement commits by itself and takes as long as it takes; its locks stop nobody."""
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        connection.exec_driver_sql("set statement_timeout = 0; set lock_timeout = 0")
        try:
            yield connection
        finally:
            connection.exec_driver_sql("reset statement_timeout; reset lock_timeout")


@contextmanager
def _impatient(connection: Connection) -> Iterator[None]:
    """For a lock that stops everybody: waiting for it, all others wait behind it."""
    connection.exec_driver_sql("reset lock_timeout")
    yield
    connection.exec_driver_sql("set lock_timeout = 0")
