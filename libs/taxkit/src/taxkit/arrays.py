"""Columns as PostgreSQL's binary arrays, made here because psycopg asks each list anew what it is.

A column whose values are plainly of its type is packed; any other is left to psycopg as a list.
https://www.postgresql.org/docs/current/xfunc-c.html has the layout: dimensions, whether there are
nulls, the element's type; then length and bytes of each element.
"""

import struct
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from functools import partial
from types import NoneType
from typing import Any
from uuid import UUID

import psycopg
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format

_HEAD = struct.Struct(">iiIii")
_LENGTH = struct.Struct(">i")
_NULL = _LENGTH.pack(-1)
_INT4 = struct.Struct(">ii")
_INT8 = struct.Struct(">iq")
_EPOCH_DAY = date(2000, 1, 1).toordinal()
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
# Types of which a column often has few values: names, days, moments, yes and no.
_REPEATING = {str, date, datetime, bool}
_OFTEN = 3


class Packed(bytes):
    """An array as the server reads it; the statement's cast says of what type."""

    __slots__ = ()


class _PackedDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Any) -> Buffer | None:
        return bytes(obj)


psycopg.adapters.register_dumper(Packed, _PackedDumper)


class _Oid(IntEnum):
    BOOLEAN, BYTEA, BIGINT, INTEGER, TEXT = 16, 17, 20, 23, 25
    DATE, TIMESTAMPTZ, UUID, JSONB = 1082, 1184, 2950, 3802


def packed(kind: str, values: Sequence[object]) -> Packed | list[object]:
    """Pack a column of a type; gives the list itself where a value is not plainly of the type."""
    known = _KINDS.get(kind)
    if known is None:
        return list(values)
    oid, kind_of_value, pack = known
    kinds = set(map(type, values))
    nulls = NoneType in kinds
    if not kinds <= {kind_of_value, NoneType}:
        return list(values)
    if not values:
        return Packed(struct.pack(">iiI", 0, 0, oid))
    try:
        parts = b"".join(_parts(values, pack, nulls=nulls, repeats=kind_of_value in _REPEATING))
    except struct.error:
        return list(values)
    return Packed(_HEAD.pack(1, nulls, oid, len(values), 1) + parts)


def _parts(
    values: Sequence[Any], pack: Callable[[Any], bytes], *, nulls: bool, repeats: bool
) -> Iterable[bytes]:
    """Each value's length and bytes; a value that comes again and again is packed once."""
    if repeats:
        different = set(values)
        if len(different) * _OFTEN <= len(values):
            packed_once = {each: _NULL if each is None else pack(each) for each in different}
            return map(packed_once.__getitem__, values)
    if nulls:
        return [_NULL if each is None else pack(each) for each in values]
    return map(pack, values)


def _bytes(value: bytes) -> bytes:
    return _LENGTH.pack(len(value)) + value


def _text(value: str) -> bytes:
    raw = value.encode()
    return _LENGTH.pack(len(raw)) + raw


def _uuid(value: UUID) -> bytes:
    return b"\0\0\0\x10" + value.int.to_bytes(16, "big")


def _moment(value: datetime) -> bytes:
    if value.tzinfo is None:
        raise struct.error("without a time zone it is not a moment")
    return _INT8.pack(8, (value - _EPOCH) // _TICK)


_KINDS: dict[str, tuple[int, type, Callable[[Any], bytes]]] = {
    "uuid": (_Oid.UUID, UUID, _uuid),
    "text": (_Oid.TEXT, str, _text),
    # Its text, after the version of the format.
    "jsonb": (_Oid.JSONB, str, lambda value: _bytes(b"\1" + value.encode())),
    "bytea": (_Oid.BYTEA, bytes, _bytes),
    "bigint": (_Oid.BIGINT, int, partial(_INT8.pack, 8)),
    "integer": (_Oid.INTEGER, int, partial(_INT4.pack, 4)),
    "boolean": (_Oid.BOOLEAN, bool, lambda value: b"\0\0\0\1" + (b"\1" if value else b"\0")),
    "date": (_Oid.DATE, date, lambda value: _INT4.pack(4, value.toordinal() - _EPOCH_DAY)),
    "timestamptz": (_Oid.TIMESTAMPTZ, datetime, _moment),
}
