"""What a report is: its parameters, its columns, and where its rows come from."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

Cell = str | int | date | None
Row = Sequence[Cell]
Values = Mapping[str, Cell]


class Kind(StrEnum):
    """What a column or a parameter holds."""

    TEXT = "text"
    DATE = "date"
    # Whole cents.
    MONEY = "money"
    # A whole number of things.
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `width` is about how many characters it has room for on paper."""

    name: str
    heading: str
    kind: Kind = Kind.TEXT
    width: int = 12
    # Added up per group and at the end.
    total: bool = False
    # A balance that goes on from row to row: a group ends with its last, and those are added up.
    closing: bool = False

    def __post_init__(self) -> None:
        if (self.total or self.closing) and self.kind not in (Kind.MONEY, Kind.NUMBER):
            raise ValueError(f"{self.name} is {self.kind.value}: only money and numbers add up")
        if self.total and self.closing:
            raise ValueError(f"{self.name} is added up row by row, or group by group")
        if (self.kind is Kind.MONEY) != self.name.endswith("_cents"):
            raise ValueError(f"{self.name} is {self.kind.value}: money is named *_cents")


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a report has to be told."""

    name: str
    heading: str
    kind: Kind = Kind.TEXT
    required: bool = True
    # Of text, in characters.
    length_max: int = 200
    # Whether the head of a page says it; a list of ids says nothing to whoever reads it.
    on_paper: bool = True


# Gives rows in their final order, of a snapshot: see `reportkit.visible`.
Rows = Callable[[Connection, Values, str], Iterator[Row]]
# Refuses parameters, or gives them completed, before anything is read.
Check = Callable[[Connection, dict[str, Cell]], dict[str, Cell]]


@dataclass(frozen=True, slots=True)
class Report:
    """A report a service offers.

    Rows that stand together under a value of `group_by` come one after another. `layout_version`
    is raised whenever the same ledger would give other rows than before.
    """

    name: str
    title: str
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    rows: Rows
    group_by: str = ""
    note: str = ""
    check: Check | None = None
    layout_version: int = 1

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if len(set(names)) < len(names) or (self.group_by and self.group_by not in names):
            raise ValueError(f"report {self.name} has columns {names}, group {self.group_by!r}")

    @property
    def summed(self) -> bool:
        """Whether there is anything to write below its rows."""
        return any(column.total or column.closing for column in self.columns)

    @property
    def group_index(self) -> int | None:
        names = [column.name for column in self.columns]
        return names.index(self.group_by) if self.group_by else None


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on a document beside its rows."""

    report: Report
    issuer: str
    run_id: str
    parameters: Values
    watermark: str
    asked_by: str
    # With the zone of the county, as people read it.
    recorded_at: str
    row_count: int
    rows_sha256: str
    totals: Mapping[str, int]


def canonical(value: Any) -> bytes:
    """Write cells the one way that is hashed."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_text).encode()


def plain(value: Cell) -> str | int | None:
    """A cell as JSON has it."""
    return value.isoformat() if isinstance(value, date) else value


def _text(value: object) -> str:
    assert isinstance(value, date), f"{type(value).__name__} is no cell"
    return value.isoformat()
