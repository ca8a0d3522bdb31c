"""Reading what callers send: the same field is refused in the same words everywhere."""

import re
from datetime import date
from uuid import UUID

from taxkit.errors import Refusal, invalid
from taxkit.ids import parse_id
from taxkit.money import CENTS_MAX, format_cents

_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Older than any debt still collected, and as far ahead as anybody plans: the rest is a slip.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
YEAR_MAX = 9999
# Nothing is numbered further.
_PLACE_DIGITS = 15
PAGE_DEFAULT = 100
PAGE_MAX = 1000


def required_date(text: str, field: str) -> date:
    """Read a date as YYYY-MM-DD and no other form of it, refusing a malformed or absurd one."""
    if not _DATE.fullmatch(text):
        raise _no_date(text, field)
    try:
        return sensible_date(date.fromisoformat(text), field)
    except ValueError:
        raise _no_date(text, field) from None


def sensible_date(day: date, field: str) -> date:
    """Refuse a date on which nobody owed, paid or planned anything: a slip of the keyboard."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise invalid(
            "DATE_OUT_OF_RANGE",
            f"{field} is {day}: dates reach from {FIRST_DAY.year} to {LAST_DAY.year}",
            field,
        )
    return day


def _no_date(text: str, field: str) -> Refusal:
    return invalid("DATE_INVALID", f"{field} is {text!r}: write a date as YYYY-MM-DD", field)


def optional_date(text: str, field: str) -> date | None:
    """Read an ISO date, or None when nothing was sent."""
    return required_date(text, field) if text else None


def required_id(text: str, field: str) -> UUID:
    """Read a UUID, refusing anything else."""
    found = parse_id(text)
    if found is None:
        raise invalid("ID_INVALID", f"{field} is {text!r}: a UUID is needed", field)
    return found


def positive_cents(cents: int, field: str) -> int:
    """Refuse an amount of zero, below it, or beyond what every JSON reader holds exactly."""
    if cents <= 0:
        raise invalid(
            "AMOUNT_NOT_POSITIVE", f"{field} is {format_cents(cents)}: it must be above zero", field
        )
    if cents > CENTS_MAX:
        raise invalid(
            "AMOUNT_TOO_LARGE",
            f"{field} is beyond {format_cents(CENTS_MAX)}, the largest amount",
            field,
        )
    return cents


def plain_text(text: str, field: str, length_max: int) -> str:
    """Refuse a text too long to be told in an event, or with characters nobody can store."""
    if len(text) > length_max or _CONTROL_CHARACTER.search(text):
        raise invalid(
            "TEXT_INVALID",
            f"{field} has {len(text)} characters: at most {length_max}, none of them a control one",
            field,
        )
    return text


def required_text(text: str, field: str, length_max: int) -> str:
    """Read a text that has to say something."""
    said = plain_text(text, field, length_max).strip()
    if not said:
        raise invalid("FIELD_MISSING", f"{field} is empty", field)
    return said


def tax_year_or_all(asked: int, field: str = "tax_year") -> int:
    """Read the tax year that a list is asked for; 0 asks for all."""
    if not 0 <= asked <= YEAR_MAX:
        raise invalid(
            "TAX_YEAR_INVALID", f"{field} is {asked}: write four digits, or 0 for all", field
        )
    return asked


def place_after(token: str) -> int:
    """Read the page token of a list that is numbered from 1: 0 where it begins."""
    if not token:
        return 0
    if not (token.isascii() and token.isdigit() and len(token) <= _PLACE_DIGITS):
        raise bad_page_token()
    return int(token)


def id_after(token: str) -> UUID:
    """Read the page token of a list in the order of its ids: the lowest id where it begins."""
    found = parse_id(token) if token else UUID(int=0)
    if found is None:
        raise bad_page_token()
    return found


def bad_page_token() -> Refusal:
    return invalid(
        "PAGE_TOKEN_INVALID", "send the next_page_token of the page before", "page_token"
    )


def page_size(asked: int) -> int:
    """Rows a page: a default when nothing was asked, never more than the limit."""
    return min(asked, PAGE_MAX) if asked > 0 else PAGE_DEFAULT
