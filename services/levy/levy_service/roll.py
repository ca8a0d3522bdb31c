"""The roll that is being loaded."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Roll:
    roll_id: UUID
    jurisdiction: str
    tax_year: int
    recorded_at: datetime
    # The class of its bills; empty for the real-property roll.
    bill_class: str = ""
    # Put on file only: a levy run issues its bills.
    staged: bool = False
    # The version of the year's certified levies its rates are from; 0: it sends its own.
    levy_version: int = 0
