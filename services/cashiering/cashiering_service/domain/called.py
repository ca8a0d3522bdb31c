"""The day an installment counts as due by: its own, or an earlier one it is called due for.

Receivables tells with each balance from when on a missed installment calls the others due, so that
the copy knows it on the day, with nobody to ask.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any


def due_by(told: Mapping[str, Any], day: date) -> date:
    """By which day an installment of the read copy counts as due, looked at on a day."""
    own = date.fromisoformat(told["due_on"])
    call = told.get("call")
    if call is None or day < date.fromisoformat(call["from_on"]):
        return own
    return min(own, date.fromisoformat(call["due_on"]))


def as_due(told: Mapping[str, Any], day: date) -> dict[str, Any]:
    """An installment in the words of a quote for a day."""
    words = {name: value for name, value in told.items() if name != "call"}
    return {**words, "due_on": due_by(told, day).isoformat()}
