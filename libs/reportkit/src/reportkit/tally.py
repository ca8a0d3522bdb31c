"""Counts, adds up and hashes a report's rows as they pass."""

import hashlib
from collections.abc import Iterable, Iterator

from reportkit.shape import Cell, Column, Kind, Report, Row, canonical


class Sums:
    """The sums of a report's rows; a closing balance counts once a group."""

    def __init__(self, report: Report) -> None:
        columns = report.columns
        self._group = report.group_index
        self._totals = [(place, each.name) for place, each in enumerate(columns) if each.total]
        self._closing = [(place, each.name) for place, each in enumerate(columns) if each.closing]
        self._sums = dict.fromkeys((each.name for each in columns if each.total or each.closing), 0)
        self._last: list[int] = []
        self._of_group: list[Cell] = []

    @property
    def of(self) -> dict[str, int]:
        found = dict(self._sums)
        for (_, name), cents in zip(self._closing, self._last, strict=False):
            found[name] += cents
        return found

    def add(self, row: Row) -> None:
        for place, name in self._totals:
            self._sums[name] += _whole(row[place])
        if self._closing:
            group = [] if self._group is None else [row[self._group]]
            if group != self._of_group:
                self._sums, self._of_group = self.of, group
            self._last = [_whole(row[place]) for place, _ in self._closing]


class Tally:
    """What is known of rows once the last has passed."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._sums = Sums(report)
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


def _whole(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0
