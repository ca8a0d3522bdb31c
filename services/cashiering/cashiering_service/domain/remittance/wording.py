"""Amounts, dates and numbers as files write them; None stands for what cannot be read."""

import re
from datetime import date

from cashiering_service.domain.remittance.layout_document import AmountFormat, DateFormat, Sign

FIRST_YEAR = 2000
_UNSIGNED = {
    AmountFormat.DOLLARS: re.compile(r"[0-9]{1,40}\.[0-9]{2}", re.ASCII),
    AmountFormat.GROUPED: re.compile(r"\$?([0-9]{1,3}(,[0-9]{3}){0,12}|[0-9]{1,40})\.[0-9]{2}"),
    AmountFormat.CENTS: re.compile(r"[0-9]{1,40}", re.ASCII),
}
_DATES = {
    DateFormat.ISO: re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"),
    DateFormat.COMPACT: re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})"),
    DateFormat.SHORT: re.compile(r"(?P<y>[0-9]{2})(?P<m>[0-9]{2})(?P<d>[0-9]{2})"),
    DateFormat.US_COMPACT: re.compile(r"(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?P<y>[0-9]{4})"),
    DateFormat.US_SHORT: re.compile(r"(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?P<y>[0-9]{2})"),
    DateFormat.US: re.compile(r"(?P<m>[0-9]{2})/(?P<d>[0-9]{2})/(?P<y>[0-9]{4})"),
}


def read_amount(text: str, form: AmountFormat, sign: Sign) -> int | None:
    """Read an amount as cents, with a minus only where the layout says one may stand."""
    digits, below_zero = text, False
    if sign is Sign.LEADING and text.startswith("-"):
        digits, below_zero = text[1:], True
    elif sign is Sign.TRAILING and text.endswith("-"):
        digits, below_zero = text[:-1], True
    elif sign is Sign.PARENTHESES and text.startswith("(") and text.endswith(")"):
        digits, below_zero = text[1:-1], True
    if not digits.isascii() or _UNSIGNED[form].fullmatch(digits) is None:
        return None
    cents = int(digits.replace(".", "").replace(",", "").replace("$", ""))
    return -cents if below_zero else cents


def read_date(text: str, form: DateFormat) -> date | None:
    """Read a date since 2000; before that there is no bill left to pay."""
    found = _DATES[form].fullmatch(text) if text.isascii() else None
    if found is None:
        return None
    year = int(found["y"]) + (FIRST_YEAR if len(found["y"]) == 2 else 0)
    try:
        day = date(year, int(found["m"]), int(found["d"]))
    except ValueError:
        return None
    return day if day.year >= FIRST_YEAR else None


def read_check_number(text: str) -> str:
    """Drop blanks and leading zeros, which differ between layouts for the same check."""
    return text.strip().lstrip("0")
