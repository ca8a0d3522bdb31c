"""A fee that is owed no longer."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from receivables_service.domain.charges import Charge
from receivables_service.domain.terms import ChargeType


@dataclass(frozen=True, slots=True)
class FeeLifted:
    """A fee is modified to nothing: what is open of it goes, what was paid of it stays."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime
    charge_code: str
    amount_cents: int

    def __post_init__(self) -> None:
        if self.amount_cents <= 0 or not self.charge_code:
            raise ValueError(f"fact {self.fact_id} lifts no fee, or nothing of it")


def steps(charges: Iterable[Charge], fact: FeeLifted) -> Iterator[tuple[Charge, int]]:
    """Tell what comes off each charge, the last first."""
    left = fact.amount_cents
    for charge in reversed([*charges]):
        if (charge.charge_type, charge.charge_code) == (ChargeType.FEE, fact.charge_code):
            part = min(left, charge.open_cents)
            if part > 0:
                left -= part
                yield charge, part
