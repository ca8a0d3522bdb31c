"""What a service's database holds, so that a test can see whether anything was written."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import Engine, event

_NAMES: LiteralString = """
select relname from pg_class join pg_namespace n on n.oid = relnamespace
where n.nspname = 'public' and relkind in ('r', 'p') and not relispartition order by 1
"""
# In no order: a table's rows are those with this count and this sum of hashes.
_TABLE: LiteralString = """
select {name}, count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from {table} t
"""

State = dict[str, tuple[int, Any]]


class Tables:
    """All tables of a database, asked over a connection of its own."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection
        names = [name for (name,) in connection.execute(_NAMES)]
        self._state = sql.SQL(" union all ").join(
            sql.SQL(_TABLE).format(name=sql.Literal(name), table=sql.Identifier(name))
            for name in names
        )

    @classmethod
    @contextmanager
    def of(cls, database_url: str) -> Iterator["Tables"]:
        with psycopg.connect(database_url, autocommit=True) as connection:
            yield cls(connection)

    def state(self) -> State:
        """Count and content of every table."""
        rows = self._connection.execute(self._state, prepare=True)
        return {name: (count, content) for name, count, content in rows}


class Commits:
    """Whether an engine of this process committed anything: without that it wrote nothing.

    Far cheaper than looking at every table after each of thousands of calls.
    """

    def __init__(self, engine: Engine) -> None:
        self._count = self._seen = 0
        event.listen(engine, "commit", self._committed)

    def any_since_last_asked(self) -> bool:
        before, self._seen = self._seen, self._count
        return before != self._count

    def _committed(self, _connection: Any) -> None:
        self._count += 1


def changed(before: State, after: State, allowed: Collection[str] = ()) -> list[str]:
    """The tables whose rows differ, with their counts, but those that are allowed to."""
    return [
        f"{name} ({before[name][0]} rows, now {after[name][0]})"
        for name in before
        if before[name] != after[name] and name not in allowed
    ]


def added(before: State, after: State) -> dict[str, int]:
    """How many rows each table has more."""
    more = {name: after[name][0] - before[name][0] for name in before}
    return {name: count for name, count in more.items() if count}
