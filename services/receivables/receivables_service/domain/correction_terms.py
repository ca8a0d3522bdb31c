"""What the law makes of a corrected bill: days of grace, the days its interest goes by, refunds."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class RefundTerm:
    """What interest and penalty are computed from when a correction moves a due date (RECV-019)."""

    rule_id: str
    original_due_date: bool


@dataclass(frozen=True, slots=True)
class GraceTerm:
    """Days after a correction on which what it left unpaid bears no penalty."""

    rule_id: str
    days: int


@dataclass(frozen=True, slots=True)
class BaseDates:
    """From which days a district counts interest on items whose due date was changed."""

    first_on: date | None
    second_on: date | None
    # The first date counts for the whole bill while its first installment is missed.
    whole_bill: bool = False

    def of(self, installment: int) -> date | None:
        return self.first_on if installment == 1 else self.second_on
