"""Reading what is as it should be, fast; everything else is left to marshmallow.

A reader's schema is compiled into plain functions for the field types events are made of. They
give what marshmallow would give, or raise `Unsure`: then marshmallow reads, and words the error.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from marshmallow import EXCLUDE, Schema, ValidationError, fields, missing
from marshmallow.decorators import POST_LOAD, VALIDATES_SCHEMA

from taxkit.ids import read_id

Read = Callable[[Any], Any]
_DATE_LENGTH = len("2022-12-15")


class Unsure(Exception):
    """Not plainly right: marshmallow has to look."""


def compiled(schema: Schema) -> Read | None:
    """A function that reads what the schema reads, or None where that takes more than fields."""
    checks, finishes = _hooks(schema, VALIDATES_SCHEMA), _hooks(schema, POST_LOAD)
    if checks is None or finishes is None or _asks_for_more(schema):
        return None
    parts = [
        (field.data_key or name, field.attribute or name, *_how(field), *_absent(field))
        for name, field in schema.load_fields.items()
    ]
    if any("." in attribute for _, attribute, *_ in parts):
        return None

    finished = _finished(schema, checks, finishes)

    def read(data: Any) -> Any:
        if type(data) is not dict:
            raise Unsure
        found: dict[str, Any] = {}
        for key, attribute, as_it_is, read_one, required, default in parts:
            raw = data.get(key, missing)
            if type(raw) is as_it_is:
                found[attribute] = raw
            elif raw is not missing:
                found[attribute] = read_one(raw)
            elif required:
                raise Unsure
            elif default is not missing:
                found[attribute] = default() if callable(default) else default
        return finished(found)

    return read


def _finished(
    schema: Schema, checks: Sequence[Callable[..., None]], finishes: Sequence[Callable[..., Any]]
) -> Read:
    """What the schema does once the fields are read."""
    said = {"many": False, "partial": schema.partial, "unknown": schema.unknown}

    def finished(found: Any) -> Any:
        for check in checks:
            check(found, **said)
        for finish in finishes:
            found = finish(found, **said)
        return found

    return finished


def _asks_for_more(schema: Schema) -> bool:
    """Whether it is for many, for parts, for unknown fields, or has hooks beside the two known."""
    hooks = schema._hooks  # noqa: SLF001 - there is no public way to ask
    others = any(hooks[kind] for kind in hooks.keys() - {VALIDATES_SCHEMA, POST_LOAD})
    return others or schema.many or bool(schema.partial) or schema.unknown != EXCLUDE


def _hooks(schema: Schema, kind: str) -> list[Callable[..., Any]] | None:
    """The schema's own hooks on a whole, of one kind; None when one asks for more than that."""
    found = schema._hooks.get(kind, [])  # noqa: SLF001 - there is no public way to ask
    if any(many or options.get("pass_original") for _, many, options in found):
        return None
    return [getattr(schema, name) for name, _, _ in found]


def _absent(field: fields.Field[Any]) -> tuple[bool, Any]:
    return field.required, field.load_default


class _Nothing:
    """A type that no value in JSON has."""


def _how(field: fields.Field[Any]) -> tuple[type, Read]:
    """The type a value may have that is taken as it is, and how any other is read."""
    hooked = field.validators or field.pre_load or field.post_load
    return (_Nothing if hooked else _EXACT.get(type(field), _Nothing)), _reader(field)


def _reader(field: fields.Field[Any]) -> Read:
    plain = _plain(field)
    if plain is None or field.pre_load or field.post_load:
        return field.deserialize
    validators, nullable = list(field.validators), field.allow_none
    if not validators and not nullable:
        return plain

    def read(raw: Any) -> Any:
        if raw is None:
            if nullable:
                return None
            raise Unsure
        value = plain(raw)
        for validate in validators:
            validate(value)
        return value

    return read


def _plain(field: Any) -> Read | None:
    """How to read a value of the field's type; None where only marshmallow knows."""
    kind = type(field)
    if kind is fields.Nested:
        return compiled(field.schema) if field.unknown is None else None
    if kind is fields.List:
        return _list(_reader(field.inner))
    if kind in _BY_FORMAT:
        return _BY_FORMAT[kind] if field.format in (None, "iso") else None
    if kind is fields.Enum:
        return _word(field.enum) if field.by_value is True else None
    if kind in _EXACT:
        return _exactly(_EXACT[kind])
    return _uuid if kind is fields.UUID else None


def _exactly(kind: type) -> Read:
    def read(raw: Any) -> Any:
        if type(raw) is not kind:
            raise Unsure
        return raw

    return read


def _word(words: type[Enum]) -> Read:
    by_value = {one.value: one for one in words}

    def read(raw: Any) -> Any:
        if type(raw) is not str or raw not in by_value:
            raise Unsure
        return by_value[raw]

    return read


def _list(read_one: Read) -> Read:
    def read(raw: Any) -> list[Any]:
        if type(raw) is not list:
            raise Unsure
        return [read_one(one) for one in raw]

    return read


def _date(raw: Any) -> date:
    if type(raw) is not str or len(raw) != _DATE_LENGTH:
        raise Unsure
    return date.fromisoformat(raw)


def _moment(raw: Any) -> datetime:
    if type(raw) is not str:
        raise Unsure
    moment = datetime.fromisoformat(raw)
    if moment.utcoffset() is None:
        raise Unsure
    return moment


def _uuid(raw: Any) -> UUID:
    if type(raw) is not str:
        raise Unsure
    return read_id(raw)


_EXACT: dict[type, type] = {fields.String: str, fields.Boolean: bool, fields.Integer: int}
_BY_FORMAT: dict[type, Read] = {fields.Date: _date, fields.AwareDateTime: _moment}
NOT_PLAIN = (Unsure, ValidationError, ValueError, TypeError, OverflowError, AttributeError)
