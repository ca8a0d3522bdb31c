"""Many rows in one statement: one array a column, unnested by the database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from taxkit import together
from taxkit.arrays import packed


@dataclass(frozen=True, slots=True)
class Columns:
    """Names and PostgreSQL types of the rows a statement takes.

    `insert into t (...) select ... from {source}` with `params(rows)` inserts any number at once.
    """

    types: Mapping[str, str]

    @property
    def names(self) -> str:
        return ", ".join(self.types)

    @property
    def source(self) -> str:
        """The unnested arrays as a table named v with these columns."""
        # Binary: as text every element would be escaped one by one, twenty times as slow.
        arrays = ", ".join(f"%({name})b::{kind}[]" for name, kind in self.types.items())
        return f"unnest({arrays}) as v ({self.names})"

    def params(self, rows: Iterable[Sequence[object]]) -> dict[str, object]:
        """Turn rows, in the order of the columns, into one array a column."""
        turned: Sequence[Sequence[object]] = list(zip(*rows, strict=True))
        if not turned:
            turned = [()] * len(self.types)
        return {
            name: packed(kind, column)
            for (name, kind), column in zip(self.types.items(), turned, strict=True)
        }

    def insert(
        self, connection: Connection, table: str, rows: Sequence[Sequence[object]], tail: str = ""
    ) -> Any:
        """Insert rows into a table; `tail` may say what to do on conflict or what to return."""
        if not rows:
            return None
        names = self.names
        statement = f"insert into {table} ({names}) select {names} from {self.source} {tail}"
        if "returning" in tail:
            return connection.exec_driver_sql(statement, self.params(rows))
        return together.execute(connection, statement, self.params(rows))
