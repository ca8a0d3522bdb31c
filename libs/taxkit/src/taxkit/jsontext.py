"""JSON of events: the plain quickly, the rest carefully, with a stable reason for what is none."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import orjson

from taxkit.errors import Permanent

# Beyond this, readers that know no integers (JavaScript, spreadsheets) lose digits.
NUMBER_MAX = 2**53
_DIGITS_MAX = len(str(-NUMBER_MAX))


def written(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """JSON in one line; what the quick writer does not know is judged by the other."""
    try:
        return orjson.dumps(value).decode("utf-8")
    except TypeError:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class NumberTooLarge(ValueError):
    """A whole number that other readers would round."""


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _bounded(digits: str) -> int:
    if len(digits) > _DIGITS_MAX or abs(number := int(digits)) > NUMBER_MAX:
        raise NumberTooLarge(f"{digits[:40]} is beyond 2^53")
    return number


_JSON = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_bounded)


# Digits as noughts, all else as blanks: a number too long to be read quickly is looked for at once.
_DIGITS = bytes(48 if 48 <= each < 58 else 32 for each in range(256))
_TOO_LONG = b"0" * len(str(NUMBER_MAX))


def read(body: bytes | str) -> tuple[str, dict[str, Any]]:
    """Give the text and the object it is; raises Permanent with a stable reason."""
    try:
        text = body if isinstance(body, str) else body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Permanent("BODY_NOT_UTF8", str(error)) from error
    if (quick := _read_quickly(text)) is not None:
        return text, quick
    try:
        envelope = _JSON.decode(text)
    except NumberTooLarge as error:
        raise Permanent("NUMBER_TOO_LARGE", str(error)) from error
    except (ValueError, RecursionError) as error:
        raise Permanent("BODY_NOT_JSON", str(error)) from error
    if not isinstance(envelope, dict):
        raise Permanent("ENVELOPE_INVALID", f"an object is needed, not {type(envelope).__name__}")
    if not _storable(text, envelope):
        raise Permanent("ENVELOPE_INVALID", "NUL and half a surrogate pair cannot be stored")
    return text, envelope


def _read_quickly(text: str) -> dict[str, Any] | None:
    """Read what is plainly an envelope; the careful way judges everything else."""
    with suppress(ValueError):
        raw = text.encode("utf-8")
        # An escape may stand for what cannot be stored.
        if "\\u" in text or _TOO_LONG in raw.translate(_DIGITS):
            return None
        envelope = orjson.loads(raw)
        return envelope if isinstance(envelope, dict) else None
    return None


def _storable(text: str, envelope: dict[str, Any]) -> bool:
    """Whether PostgreSQL takes all of its text; looks closely only where an escape is suspect."""
    try:
        text.encode("utf-8")
        # JSON has no bare control characters, so that a NUL could only be escaped.
        if "\\u" not in text:
            return True
        if "\\u0000" in text:
            return False
        if "\\ud" in text or "\\uD" in text:
            json.dumps(envelope, ensure_ascii=False).encode("utf-8")
    except (UnicodeEncodeError, RecursionError):
        return False
    return True
