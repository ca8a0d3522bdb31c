"""Facts that put a bill in half pay, or take it out again."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class HalfPaySet:
    """A bill is due in two halves by these days from this day on."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime
    first_due_on: date
    second_due_on: date
    # The first half is what was paid of it: the rest, and what comes later, is the second's.
    first_as_paid: bool = False
    # Charge codes of the fees that are parted, too.
    fees: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.second_due_on < self.first_due_on:
            raise ValueError(f"the second half is due on {self.second_due_on}, before the first")


@dataclass(frozen=True, slots=True)
class HalfPayRemoved:
    """Levy's installments and days hold again from this day on."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime


HalfPayChange = HalfPaySet | HalfPayRemoved
