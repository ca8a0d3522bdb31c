"""When a notice is written: for every event of its kind, or only for some (CASH-055)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Mark(StrEnum):
    """What of an event decides; the word is also the event's field, and zero counts as no."""

    SURPLUS = "surplus_cents"
    SURPLUS_HELD = "opened_cents"
    PRINT_SUPPRESSED = "receipt_print_suppressed"
    PENALTY = "penalty_cents"
    TOTAL = "total_cents"
    SURPLUS_NOTICE_SUPPRESSED = "surplus_notice_suppressed"


@dataclass(frozen=True, slots=True)
class Occasion:
    only_if: Mark | None = None
    unless: Mark | None = None
    # Only of events of this stage (COLL-014).
    stage: str | None = None

    def is_given(self, data: Mapping[str, Any]) -> bool:
        """Whether an event calls for the notice."""
        if self.stage is not None and data.get("stage") != self.stage:
            return False
        if self.only_if is not None and not data.get(self.only_if):
            return False
        return self.unless is None or not data.get(self.unless)


ALWAYS = Occasion()
