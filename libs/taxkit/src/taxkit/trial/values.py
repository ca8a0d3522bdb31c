"""Hostile values for every field of a request, one field at a time, from its descriptor alone."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

# Stands for lone surrogates until the message is bytes: as text no message takes them.
_MARK = "Zq7Zq7"
_SURROGATES = b"\xed\xa0\x80" * 2
_MANY = 10_000
_DEPTH_MAX = 3
_DEEP = 20_000

TEXTS: dict[str, str] = {
    "empty": "",
    "blank": "   ",
    "10,000 characters": "é" * 10_000,
    "1,000,000 characters": "x" * 1_000_000,
    "NUL": "a\0b",
    "lone surrogates": _MARK,
    "odd characters": "\u202egro.elpmaxe\u200f\u2066\r\nb\u2028c",
    "injections": "'; drop table receipts; -- %s%n%(x)s{0.__class__}${x} ../../etc <b>&nbsp;",
    "other digits": "١٢٣٤",
    "deep JSON": "[" * _DEEP,
    "nil UUID": "00000000-0000-0000-0000-000000000000",
    "last day": "9999-12-31",
    "NaN": "NaN",
}
# Besides, where a field's name says what its text is read as.
IDS = {"unknown UUID": "0197aaaa-bbbb-7ccc-8ddd-eeeeffff0000", "no UUID": "not-a-uuid"}
DAYS = {"no day": "2023-02-30", "first day": "0001-01-01", "week day": "2023-W01-1"}
DECIMALS = {"beyond a float": "1e309", "minus zero": "-0", "infinite": "-Infinity"}
# Not tried on the fields of parts, of which there are many: how a text is taken off the wire, and
# how much of it, is the same for all fields.
_ONCE = {"1,000,000 characters", "lone surrogates", "deep JSON"}
_READ_AS = (
    (re.compile(r"(^|_)(id|ids|token|grants|receipt|deposit|subject)$"), IDS),
    (re.compile(r"(^|_)(on|date|from|until|through|as_of|of|to)$"), DAYS),
    (re.compile(r"percent|rate|amount|value|limit|year"), DECIMALS),
)
NUMBERS_32 = (-1, 0, 2**31 - 1, -(2**31))
NUMBERS_64 = (-1, 0, 2**31, 2**63 - 1, -(2**63))
ENUMS = (-1, 0, 99)
BYTES = {"none": b"", "garbage": bytes(range(256)) * 8, "a megabyte": b"\xff\n" * 500_000}
_KIND = FieldDescriptor
_INTEGERS = {
    **dict.fromkeys((_KIND.CPPTYPE_INT32, _KIND.CPPTYPE_UINT32), NUMBERS_32),
    **dict.fromkeys((_KIND.CPPTYPE_INT64, _KIND.CPPTYPE_UINT64), NUMBERS_64),
}

Step = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Hostile:
    """One thing wrong with a request: where, what, and how to make it wrong."""

    path: str
    value: str
    spoil: Callable[[Message], bytes]

    def __str__(self) -> str:
        return f"{self.path} = {self.value}"


def hostile(base: Message) -> Iterator[Hostile]:
    """The request with one thing wrong, in every way."""
    for name, body in (
        ("nothing", b""),
        ("garbage", b"\xff" * 60),
        ("deeply nested", b"\x0b" * 5_000),
        ("a wrong length", b"\x0a\xff\xff\xff\xff\x0f"),
    ):
        yield Hostile("(message)", name, lambda _, body=body: body)  # type: ignore[misc]
    for steps, field in fields(base.DESCRIPTOR, _shown(base)):
        path = ".".join([*(name for name, _ in steps), field.name])
        for value, put in _bad(field):
            if steps and value in _ONCE:
                continue
            yield Hostile(path, value, _spoiler(steps, put))


def fields(
    descriptor: Any, only: Sequence[str] = (), steps: tuple[Step, ...] = ()
) -> Iterator[tuple[tuple[Step, ...], FieldDescriptor]]:
    """Every field of a request, those of its parts included, each with the way to it."""
    for field in descriptor.fields:
        if only and field.name not in only:
            continue
        yield steps, field
        part = field.message_type
        if part and len(steps) < _DEPTH_MAX and not part.GetOptions().map_entry:
            yield from fields(part, (), (*steps, (field.name, field.is_repeated)))


def texts_for(name: str) -> dict[str, str]:
    """Every text a field of a name is tried with."""
    special = (texts for said, texts in _READ_AS if said.search(name))
    return {name: text for texts in (TEXTS, *special) for name, text in texts.items()}


def part_of(message: Message, steps: Sequence[Step]) -> Any:
    """The part of a message some steps lead to; what is not there is put there."""
    part: Any = message
    for name, repeated in steps:
        part = getattr(part, name)
        if repeated:
            part = part[0] if len(part) else part.add()
        else:
            part.SetInParent()
    return part


def copy_of(message: Message) -> Message:
    copy = type(message)()
    copy.CopyFrom(message)
    return copy


def _shown(base: Message) -> list[str]:
    """Of a message that is one part of a stream, the part it is; of any other, all."""
    chosen = {one.name for group in base.DESCRIPTOR.oneofs for one in group.fields}
    if chosen == set(base.DESCRIPTOR.fields_by_name):
        return [field.name for field, _ in base.ListFields()]
    return []


def _spoiler(steps: Sequence[Step], put: Callable[[Any], None]) -> Callable[[Message], bytes]:
    def spoil(base: Message) -> bytes:
        copy = copy_of(base)
        put(part_of(copy, steps))
        return copy.SerializeToString().replace(_MARK.encode(), _SURROGATES)

    return spoil


def _bad(field: FieldDescriptor) -> Iterator[tuple[str, Callable[[Any], None]]]:
    part = field.message_type
    if part and part.GetOptions().map_entry:
        yield from _bad_map(field)
    elif field.is_repeated:
        yield "none", lambda held: held.ClearField(field.name)
        yield "the first twice", lambda held: _repeat(held, field, 2)
        yield f"{_MANY} times", lambda held: _repeat(held, field, _MANY)
        if not part:
            for name, value in _scalars(field):
                yield name, lambda held, value=value: _only(held, field, value)  # type: ignore[misc]
    elif part:
        yield "none", lambda held: held.ClearField(field.name)
        yield "one that says nothing", lambda held: _clear_part(held, field)
    else:
        for name, value in _scalars(field):
            yield name, lambda held, value=value: setattr(held, field.name, value)  # type: ignore[misc]


def _bad_map(field: FieldDescriptor) -> Iterator[tuple[str, Callable[[Any], None]]]:
    yield "none", lambda held: held.ClearField(field.name)
    yield f"{_MANY} entries", lambda held: _put(held, field, {f"k{n}": "" for n in range(_MANY)})
    for name, text in {**TEXTS, **DAYS, **DECIMALS}.items():
        yield f"key {name}", lambda held, text=text: _put(held, field, {text: "x"})  # type: ignore[misc]
        yield f"value {name}", lambda held, text=text: _revalue(held, field, text)  # type: ignore[misc]


def _scalars(field: FieldDescriptor) -> Iterator[tuple[str, Any]]:
    if field.type == _KIND.TYPE_STRING:
        yield from texts_for(field.name).items()
    elif field.type == _KIND.TYPE_BYTES:
        yield from BYTES.items()
    elif field.type == _KIND.TYPE_BOOL:
        yield from (("yes", True), ("no", False))
    elif field.type == _KIND.TYPE_ENUM:
        yield from ((str(number), number) for number in ENUMS)
    else:
        numbers = _INTEGERS.get(field.cpp_type, (float("nan"), float("inf"), -0.0))
        yield from ((str(number), number) for number in numbers)


def _repeat(held: Any, field: FieldDescriptor, times: int) -> None:
    kept = getattr(held, field.name)
    if not len(kept):
        kept.append(_one_of(field))
    kept.extend([kept[0]] * (times - len(kept)))


def _one_of(field: FieldDescriptor) -> Any:
    if field.message_type:
        return message_factory.GetMessageClass(field.message_type)()
    return "x" if field.type == _KIND.TYPE_STRING else 1


def _only(held: Any, field: FieldDescriptor, value: Any) -> None:
    held.ClearField(field.name)
    getattr(held, field.name).append(value)


def _clear_part(held: Any, field: FieldDescriptor) -> None:
    held.ClearField(field.name)
    getattr(held, field.name).SetInParent()


def _put(held: Any, field: FieldDescriptor, entries: dict[str, str]) -> None:
    for key, value in entries.items():
        getattr(held, field.name)[key] = value


def _revalue(held: Any, field: FieldDescriptor, text: str) -> None:
    kept = getattr(held, field.name)
    _put(held, field, {next(iter(kept), "key"): text})
