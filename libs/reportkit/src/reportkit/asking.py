"""Reads what a report is asked: text as it was sent, and JSON as it was kept."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from reportkit.shape import Cell, Kind, Report
from taxkit import requests
from taxkit.errors import invalid

_TEXT_MAX = 200
_NUMBER_DIGITS_MAX = 9


def read(report: Report, given: Mapping[str, str]) -> dict[str, Cell]:
    """Check parameters as they were sent; every one of the report's is in the answer."""
    unknown = sorted(given.keys() - {each.name for each in report.parameters})
    if unknown:
        known = ", ".join(each.name for each in report.parameters)
        raise invalid(
            "PARAMETER_UNKNOWN",
            f"{report.name} takes {known}, not {unknown[0][:_TEXT_MAX]!r}",
            "parameters",
        )
    found: dict[str, Cell] = {}
    for each in report.parameters:
        text = requests.plain_text(given.get(each.name, ""), each.name, each.length_max).strip()
        if not text and each.required:
            raise invalid("PARAMETER_MISSING", f"{report.name} needs {each.name}", each.name)
        found[each.name] = _value(text, each.kind, each.name) if text else None
    return found


def stored(report: Report, kept: Mapping[str, Any]) -> dict[str, Cell]:
    """Read parameters as a run keeps them, in the order the report asks for them."""
    return {each.name: _kept(kept.get(each.name), each.kind) for each in report.parameters}


def _kept(value: Any, kind: Kind) -> Cell:
    cell: Cell = value if value is None or kind is not Kind.DATE else date.fromisoformat(value)
    return cell


def _value(text: str, kind: Kind, name: str) -> Cell:
    if kind is Kind.DATE:
        return requests.required_date(text, name)
    if kind is Kind.NUMBER:
        if not (text.isascii() and text.isdigit() and len(text) <= _NUMBER_DIGITS_MAX):
            raise invalid("NUMBER_INVALID", f"{name} is {text!r}: write a whole number", name)
        return int(text)
    return text
