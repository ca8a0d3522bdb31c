"""The BAI lockbox file as a table: which records there are, what follows what, what stands where.

Columns are half-open and counted from 0, as in the banks' own tables less one. A record is 104
bytes; blanks at its end may be missing, and some banks write the payee on to column 160.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

RECORD_BYTES = 104
MAX_RECORD_BYTES = 160


class Kind(Enum):
    DIGITS = "digits only"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    start: int
    stop: int
    kind: Kind = Kind.DIGITS


@dataclass(frozen=True, slots=True)
class Shape:
    title: str
    followed_by: str
    fields: tuple[Field, ...]


# What is not read is not listed. The bill's coupon line is in the overflow's memo: reference,
# blank, and the part of the check meant for that bill when the check pays several.
SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        # A day without a deposit is a file, too: its headers, and the trailer.
        "1": Shape("immediate file header", "259", ()),
        "2": Shape("service record", "59", ()),
        "5": Shape(
            "lockbox header",
            "678",
            (Field("lockbox", 7, 14, Kind.TEXT), Field("deposit_date", 14, 20)),
        ),
        "6": Shape(
            "detail record",
            "467",
            (
                Field("batch", 1, 4),
                Field("item", 4, 7),
                Field("amount", 7, 17, Kind.TEXT),
                Field("check_number", 36, 46, Kind.TEXT),
                Field("paid_date", 46, 52, Kind.TEXT),
                Field("remitter", 52, 82, Kind.TEXT),
            ),
        ),
        "4": Shape(
            "overflow record",
            "467",
            (
                Field("batch", 1, 4),
                Field("item", 4, 7),
                Field("sequence", 8, 10),
                Field("reference", 11, 31, Kind.TEXT),
                Field("amount", 31, 41, Kind.TEXT),
            ),
        ),
        "7": Shape(
            "batch total",
            "568",
            (
                Field("batch", 1, 4),
                Field("lockbox", 7, 14, Kind.TEXT),
                Field("count", 20, 23),
                Field("total", 23, 33),
            ),
        ),
        "8": Shape(
            "lockbox total",
            "59",
            (
                Field("lockbox", 7, 14, Kind.TEXT),
                Field("count", 20, 24),
                Field("total", 24, 34),
            ),
        ),
        "9": Shape("destination trailer", "", (Field("record_count", 1, 7),)),
    }
)
OPENING = "1"
