"""What happened to one bill. A fact is never changed; what follows from all of them is derived."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class BillInstallment:
    """One dated part of the demand; due_on is the last day without interest."""

    number: int
    due_on: date
    amount_cents: int


@dataclass(frozen=True, slots=True)
class BillIssued:
    """The demand itself. Its charges stand from the start, whatever date money carries."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime
    tax_year: int
    installments: tuple[BillInstallment, ...]

    def __post_init__(self) -> None:
        numbers = [each.number for each in self.installments]
        if not numbers or numbers != sorted(set(numbers)):
            raise ValueError(f"installments must be numbered upwards, once each: {numbers}")
        if any(each.amount_cents < 0 for each in self.installments):
            raise ValueError(f"an installment of bill fact {self.fact_id} is negative")


@dataclass(frozen=True, slots=True)
class PaymentReceived:
    """One line of a receipt for this bill; the effective date decides what it bears."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime
    receipt_id: UUID
    amount_cents: int

    def __post_init__(self) -> None:
        if self.amount_cents <= 0:
            raise ValueError(f"payment {self.fact_id} of {self.amount_cents} cents is not positive")


@dataclass(frozen=True, slots=True)
class PaymentReversed:
    """A receipt taken back: every payment of it on this bill is as if it had never been."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime
    receipt_id: UUID


Fact = BillIssued | PaymentReceived | PaymentReversed
