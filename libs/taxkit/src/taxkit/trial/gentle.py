"""Another request that could be meant: one field differs, and nothing is wrong with it."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from taxkit.ids import parse_id
from taxkit.trial.values import copy_of, fields, part_of

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBERS = {
    FieldDescriptor.CPPTYPE_INT32,
    FieldDescriptor.CPPTYPE_INT64,
    FieldDescriptor.CPPTYPE_ENUM,
}


def altered(asked: Sequence[Message]) -> Iterator[tuple[str, list[bytes]]]:
    """Each plain field of a request's first message changed, one at a time, under the same key."""
    first = asked[0]
    for steps, field in fields(first.DESCRIPTOR):
        if field.name == "idempotency_key" or field.is_repeated or field.message_type:
            continue
        if not _is_there(first, [name for name, _ in steps]):
            continue
        copy = copy_of(first)
        _change(part_of(copy, steps), field)
        name = ".".join([*(name for name, _ in steps), field.name])
        rest = [one.SerializeToString() for one in asked[1:]]
        yield name, [copy.SerializeToString(), *rest]


def _is_there(message: Any, names: Sequence[str]) -> bool:
    for name in names:
        field = message.DESCRIPTOR.fields_by_name[name]
        if field.is_repeated:
            if not len(getattr(message, name)):
                return False
            message = getattr(message, name)[0]
        elif not message.HasField(name):
            return False
        else:
            message = getattr(message, name)
    return True


def _change(part: Any, field: FieldDescriptor) -> None:
    held = getattr(part, field.name)
    if field.type == FieldDescriptor.TYPE_BOOL:
        setattr(part, field.name, not held)
    elif field.cpp_type in _NUMBERS:
        setattr(part, field.name, held + 1)
    elif field.type == FieldDescriptor.TYPE_BYTES:
        setattr(part, field.name, held + b"1")
    else:
        setattr(part, field.name, _other(held))


def _other(text: str) -> str:
    """Another text of the same kind: of a date and of an id the last digit differs."""
    if parse_id(text) or _DATE.fullmatch(text):
        return text[:-1] + ("2" if text[-1] == "1" else "1")
    return text + "1"
