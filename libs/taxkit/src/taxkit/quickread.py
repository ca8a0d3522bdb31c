"""Reading what is as it should be, fast; everything else is left to marshmallow.

A reader's schema is compiled into plain functions for the field types events are made of. They
give what marshmallow would give, or raise `Unsure`: then marshmallow reads, and words the error.
"""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from marshmallow import EXCLUDE, Schema, ValidationError, fields, missing
from marshmallow.decorators import VALIDATES_SCHEMA

Read = Callable[[Any], Any]
_DATE_LENGTH = len("2022-12-15")


class Unsure(Exception):
    """Not plainly right: marshmallow has to look."""


def compiled(schema: Schema) -> Read | None:
    """A function that reads what the schema reads, or None where that takes more than fields."""
    checks = _checks(schema)
    if checks is None or schema.many or schema.partial or schema.unknown != EXCLUDE:
        return None
    parts = [
        (field.data_key or name, field.attribute or name, _reader(field), *_absent(field))
        for name, field in schema.load_fields.items()
    ]
    if any("." in attribute for _, attribute, *_ in parts):
        return None

    def read(data: Any) -> dict[str, Any]:
        if type(data) is not dict:
            raise Unsure
        found = {}
        for key, attribute, read_one, required, default in parts:
            raw = data.get(key, missing)
            if raw is not missing:
                found[attribute] = read_one(raw)
            elif required:
                raise Unsure
            elif default is not missing:
                found[attribute] = default() if callable(default) else default
        for check in checks:
            check(found, many=False, partial=schema.partial, unknown=schema.unknown)
        return found

    return read


def _checks(schema: Schema) -> list[Callable[..., None]] | None:
    """The schema's own checks of a whole; None when it has other hooks, or asks for more."""
    hooks = schema._hooks  # noqa: SLF001 - there is no public way to ask
    if any(found for hook, found in hooks.items() if hook != VALIDATES_SCHEMA):
        return None
    found = hooks.get(VALIDATES_SCHEMA, [])
    if any(many or options.get("pass_original") for _, many, options in found):
        return None
    return [getattr(schema, name) for name, _, _ in found]


def _absent(field: fields.Field[Any]) -> tuple[bool, Any]:
    return field.required, field.load_default


def _reader(field: fields.Field[Any]) -> Read:
    plain = _plain(field)
    if plain is None or field.pre_load or field.post_load:
        return field.deserialize
    validators, nullable = list(field.validators), field.allow_none

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
    if kind is fields.Date:
        return _date if field.format in (None, "iso") else None
    exact = {fields.String: str, fields.Boolean: bool, fields.Integer: int}.get(kind)
    if exact is not None:
        return _exactly(exact)
    return _uuid if kind is fields.UUID else None


def _exactly(kind: type) -> Read:
    def read(raw: Any) -> Any:
        if type(raw) is not kind:
            raise Unsure
        return raw

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


def _uuid(raw: Any) -> UUID:
    if type(raw) is not str:
        raise Unsure
    return UUID(raw)


NOT_PLAIN = (Unsure, ValidationError, ValueError, TypeError, OverflowError, AttributeError)
