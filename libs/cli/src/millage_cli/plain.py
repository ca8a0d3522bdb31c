"""Answers as plain values for JSON: whole numbers stay numbers, enums become short words."""

from typing import Any

from google.protobuf.message import Message


def plain(message: Message) -> dict[str, Any]:
    """Every field of a message by its own name, empty ones included."""
    return {
        field.name: _value(field, getattr(message, field.name))
        for field in message.DESCRIPTOR.fields
        if field.message_type is None or field.is_repeated or message.HasField(field.name)
    }


def _value(field: Any, value: Any) -> Any:
    kind = field.message_type
    if kind is not None and kind.GetOptions().map_entry:
        held = kind.fields_by_name["value"]
        return {str(key): _one(held, value[key]) for key in sorted(value)}
    if field.is_repeated:
        return [_one(field, each) for each in value]
    return _one(field, value)


def _one(field: Any, value: Any) -> Any:
    if field.message_type is not None:
        return plain(value)
    if field.enum_type is not None:
        return enum_word(field.enum_type, value)
    return value.hex() if isinstance(value, bytes) else value


def enum_word(kind: Any, number: int) -> str:
    """The part of an enum value's name that its type's name does not say: CASH -> cash."""
    known = kind.values_by_number.get(number)
    if known is None:
        return str(number)
    names = [one.name for one in kind.values]
    shared = names[0].removesuffix("UNSPECIFIED")
    return str(known.name.removeprefix(shared).lower())
