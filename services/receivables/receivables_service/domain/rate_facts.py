"""Facts that change how a bill's debt grows; they move no money and no charge by themselves."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CodeSet:
    """A bill, or its fees of one code, bears a code from this day on, maybe with its own rates."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime
    code: str
    monthly_rate: Decimal | None = None
    penalty_rate: Decimal | None = None
    # The last day; none while nobody has said one.
    through: date | None = None
    # The fee that bears it; empty for the bill itself.
    charge_code: str = ""

    def __post_init__(self) -> None:
        if not self.code:
            raise ValueError(f"fact {self.fact_id} sets no code")
        if self.through is not None and self.through < self.effective_on:
            raise ValueError(f"code {self.code} ends on {self.through}, before it begins")
        for rate in (self.monthly_rate, self.penalty_rate):
            if rate is not None and not 0 <= rate < 1:
                raise ValueError(f"code {self.code} has a rate of {rate}, which is not in [0, 1)")


@dataclass(frozen=True, slots=True)
class CodeLifted:
    """The code is off from this day on."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime
    code: str
    charge_code: str = ""


@dataclass(frozen=True, slots=True)
class AgencyHolding:
    """The tax-sale agency holds the bill from this day on, or no longer does."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime
    held: bool


@dataclass(frozen=True, slots=True)
class AccrualDeferred:
    """A plan is active from this day on, of a kind that puts interest and penalty off."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime
    plan_number: str


@dataclass(frozen=True, slots=True)
class DeferralEnded:
    """The plan is over: what was put off comes back, or is dropped because the plan was kept."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime
    plan_number: str
    comes_back: bool


@dataclass(frozen=True, slots=True)
class DeferralResumed:
    """A broken plan goes on: from this day on its end counts as if it had never been."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime
    plan_number: str
    # The DeferralEnded it undoes.
    ended_by: UUID


@dataclass(frozen=True, slots=True)
class CodeSettled:
    """What a code says of rates from a moment on, for all that bears it without its own."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime
    code: str
    # Counted from one; the first holds for all days before, too.
    version: int
    monthly_rate: Decimal | None = None
    penalty_rate: Decimal | None = None

    def comes_before(self, day: date, recorded_at: datetime) -> bool:
        """Tell whether it counts for what was recorded then to take effect on a day."""
        return self.version == 1 or (self.effective_on, self.recorded_at) < (day, recorded_at)


RateChange = (
    CodeSet | CodeLifted | AgencyHolding | AccrualDeferred | DeferralEnded | DeferralResumed
)
"""They count from the beginning of their day: what the day itself brings is under the new rate."""
