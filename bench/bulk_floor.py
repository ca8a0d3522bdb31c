"""The bulk floor: every row the run left, in every service, copied by hand into new tables."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bench.county import County
from devkit.roster import SERVICES

_TABLES = """
select c.relname, array_agg(a.attname order by a.attnum)
from pg_class c join pg_attribute a on a.attrelid = c.oid
where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
  and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  and c.relname <> 'alembic_version'
group by c.relname order by c.relname
"""
_SCHEMA = "bench_floor"
_BLOCK = 1024 * 1024


@dataclass(slots=True)
class Copied:
    """What was copied and how long that took."""

    seconds: float = 0.0
    rows_by_table: dict[str, int] = field(default_factory=dict)
    megabytes: float = 0.0

    @property
    def rows(self) -> int:
        return sum(self.rows_by_table.values())


@dataclass(frozen=True, slots=True)
class _Dump:
    table: str
    columns: list[str]
    path: Path
    rows: int


def copy_again(county: County, since: datetime) -> Copied:
    """Dump what was committed since a moment; copy it into the likes of its tables, and time it."""
    copied = Copied()
    for service in SERVICES:
        with (
            tempfile.TemporaryDirectory(prefix="millage-bench-") as folder,
            psycopg.connect(county.stack.database_url(service), autocommit=True) as connection,
        ):
            dumps = list(_dump(connection, Path(folder), since))
            _make_tables(connection, dumps)
            started = time.perf_counter()
            with connection.transaction():
                for dump in dumps:
                    _load(connection, dump)
            copied.seconds += time.perf_counter() - started
            connection.execute(f"drop schema {_SCHEMA} cascade")
            for dump in dumps:
                copied.rows_by_table[f"{service}.{dump.table}"] = dump.rows
                copied.megabytes += dump.path.stat().st_size / 2**20
    return copied


def copy_tables_again(
    connection: psycopg.Connection[Any], folder: Path, tables: Sequence[str]
) -> Copied:
    """Dump some tables whole; copy them into their likes, and time it."""
    dumps = list(_dump(connection, folder, None, tables))
    _make_tables(connection, dumps)
    copied = Copied()
    started = time.perf_counter()
    with connection.transaction():
        for dump in dumps:
            _load(connection, dump)
    copied.seconds = time.perf_counter() - started
    connection.execute(f"drop schema {_SCHEMA} cascade")
    copied.rows_by_table = {dump.table: dump.rows for dump in dumps}
    copied.megabytes = sum(dump.path.stat().st_size for dump in dumps) / 2**20
    return copied


def _dump(
    connection: psycopg.Connection[Any],
    folder: Path,
    since: datetime | None,
    tables: Sequence[str] = (),
) -> Iterator[_Dump]:
    """What was committed since a moment, of every table; or all of some tables."""
    for table, columns in connection.execute(_TABLES).fetchall():
        if tables and table not in tables:
            continue
        path = folder / table
        which = sql.SQL("true")
        if since is not None:
            which = sql.SQL("pg_xact_commit_timestamp(xmin) > {}").format(sql.Literal(since))
        statement = sql.SQL("copy (select {} from {} where {}) to stdout").format(
            _names(columns), sql.Identifier(table), which
        )
        with connection.cursor() as cursor:
            with path.open("wb") as file, cursor.copy(statement) as copy:
                for block in copy:
                    file.write(block)
            if cursor.rowcount:
                yield _Dump(table, columns, path, cursor.rowcount)


def _make_tables(connection: psycopg.Connection[Any], dumps: list[_Dump]) -> None:
    connection.execute(f"drop schema if exists {_SCHEMA} cascade")
    connection.execute(f"create schema {_SCHEMA}")
    for dump in dumps:
        connection.execute(
            sql.SQL("create table {} (like {} including all)").format(
                sql.Identifier(_SCHEMA, dump.table), sql.Identifier("public", dump.table)
            )
        )


def _load(connection: psycopg.Connection[Any], dump: _Dump) -> None:
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(_SCHEMA, dump.table), _names(dump.columns)
    )
    with (
        dump.path.open("rb") as file,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        while block := file.read(_BLOCK):
            copy.write(block)


def _names(columns: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
