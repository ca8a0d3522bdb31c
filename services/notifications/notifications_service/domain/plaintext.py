"""What people typed, made safe to print and to put into a mail's header."""

import re
import unicodedata
from functools import lru_cache
from typing import Any

_ADDRESS_LENGTH_MAX, _LOCAL_LENGTH_MAX = 254, 64
_POSTAL_LINES_MAX, _POSTAL_LINE_MAX = 5, 60
# Line and paragraph separators, control characters, half surrogate pairs.
_BREAKING = {"Cc", "Zl", "Zp", "Cs"}
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@{_LABEL}(?:\.{_LABEL})*")
_SUSPECT = ("\\", "  ", '" ', ' "')
# Marks that turn the direction of what follows: a name could rewrite the amount beside it.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def one_line(text: str) -> str:
    """Put a text on one line of printable characters."""
    if not text.isprintable():
        kept = (" " if unicodedata.category(each) in _BREAKING else each for each in text)
        text = _TURNING.sub("", "".join(kept))
    return " ".join(text.split())


def one_line_each(value: Any) -> Any:
    """Do the same to every text inside an event's data."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, dict):
        return {_one_line_name(name): one_line_each(each) for name, each in value.items()}
    if isinstance(value, list):
        return [one_line_each(each) for each in value]
    return value


def is_one_line_each(written: str) -> bool:
    """Whether an event's data, written as JSON without blanks between, need none of that.

    Looks at the whole text at once: plain characters, no blank beside another or at an end.
    """
    return (
        written.isascii()
        and written.isprintable()
        and not any(suspect in written for suspect in _SUSPECT)
    )


# The names of a type of event are always the same few.
_one_line_name = lru_cache(maxsize=1024)(one_line)


def address_trouble(email: str) -> str:
    """Say why nothing can be sent to an address; nothing when it can."""
    if not email.isascii():
        return "the address has characters beyond ASCII"
    if len(email) > _ADDRESS_LENGTH_MAX:
        return f"the address is longer than {_ADDRESS_LENGTH_MAX} characters"
    match = _ADDRESS.fullmatch(email)
    if match is None:
        return "the address is not of the form name@host"
    if len(match["local"]) > _LOCAL_LENGTH_MAX:
        return f"the address has more than {_LOCAL_LENGTH_MAX} characters before the @"
    return ""


def postal_lines(address: str | None) -> str:
    """An address as it stands on a letter, one line below the other; in one line, at its comma."""
    given = [line for each in (address or "").splitlines() if (line := one_line(each))]
    if len(given) == 1:
        street, comma, town = given[0].partition(", ")
        given = [street, town] if comma else given
    return "\n".join(line[:_POSTAL_LINE_MAX] for line in given[:_POSTAL_LINES_MAX])
