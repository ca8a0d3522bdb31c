"""Counts, adds up and hashes a report's rows as they pass."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from reportkit.shape import Cell, Column, Kind, Report, Row, canonical


class Sums:
    """The sums of a report's totalled columns."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._places = [(place, each.name) for place, each in enumerate(columns) if each.total]
        self.of = dict.fromkeys((name for _, name in self._places), 0)

    def add(self, row: Row) -> None:
        for place, name in self._places:
            cell = row[place]
            if isinstance(cell, int):
                self.of[name] += cell


class Tally:
    """What is known of rows once the last has passed."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._sums = Sums(report.columns)
        names = [column.name for column in report.columns]
        self._hash = hashlib.sha256(canonical([report.name, report.layout_version, names]) + b"\n")
        self.row_count = 0

    @property
    def totals(self) -> dict[str, int]:
        return self._sums.of

    @property
    def rows_sha256(self) -> str:
        return self._hash.hexdigest()

    def through(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Pass rows on, taking note of each."""
        columns = self._report.columns
        for row in rows:
            assert len(row) == len(columns), f"{len(row)} cells for {len(columns)} columns"
            checked = [_cell(cell, column) for cell, column in zip(row, columns, strict=True)]
            self._hash.update(canonical(checked) + b"\n")
            self._sums.add(checked)
            self.row_count += 1
            yield checked


def _cell(cell: Cell, column: Column) -> Cell:
    # PostgreSQL sums bigint to numeric; a numeric with a fraction is no amount.
    if column.kind in (Kind.MONEY, Kind.NUMBER) and cell is not None:
        whole = int(cell)  # type: ignore[arg-type]
        assert whole == cell, f"{column.name}: {cell}"
        return whole
    return cell
