"""The NACHA file as a table: which records there are, what follows what, what stands where.

Columns are half-open and counted from 0. A record is 94 bytes; blanks at its end may be missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

RECORD_BYTES = 94
PADDING = "9" * RECORD_BYTES
OPENING = "1"
RETURN_ADDENDA, CHANGE_ADDENDA = "99", "98"


@dataclass(frozen=True, slots=True)
class Column:
    start: int
    stop: int
    digits: bool = True


@dataclass(frozen=True, slots=True)
class Shape:
    title: str
    followed_by: str
    columns: Mapping[str, Column]


_CONTROL = {
    "count": Column(4, 10),
    "hash": Column(10, 20),
    "debit": Column(20, 32),
    "credit": Column(32, 44),
    "batch": Column(87, 94),
}
_FILE_CONTROL = {
    "batches": Column(1, 7),
    "count": Column(13, 21),
    "hash": Column(21, 31),
    "debit": Column(31, 43),
    "credit": Column(43, 55),
}
SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "1": Shape("file header", "59", {"created_on": Column(23, 29)}),
        "5": Shape("batch header", "68", {"batch": Column(87, 94)}),
        "6": Shape(
            "entry",
            "678",
            {
                "code": Column(1, 3),
                "bank": Column(3, 11),
                "amount": Column(29, 39),
                "name": Column(54, 76, digits=False),
                "trace": Column(79, 94),
            },
        ),
        "7": Shape(
            "addenda",
            "678",
            {
                "type": Column(1, 3),
                "reason": Column(3, 6, digits=False),
                "original": Column(6, 21, digits=False),
                "information": Column(35, 79, digits=False),
            },
        ),
        "8": Shape("batch control", "59", _CONTROL),
        "9": Shape("file control", "", _FILE_CONTROL),
    }
)
