"""Something to be said of a basket, and how much it weighs."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    SHOW = "show"
    WARN = "warn"
    # Posts once the cashier says it was done.
    CONFIRM = "confirm"
    # Posts once a second person allowed it.
    APPROVE = "approve"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Finding:
    code: str
    severity: Severity
    message: str
    parcel_number: str
    bill_number: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What is confirmed or approved: the matter, and the parcel it is about."""
        return (self.code, self.parcel_number)
