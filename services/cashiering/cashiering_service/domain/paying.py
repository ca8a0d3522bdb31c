"""What a line of a basket pays: of what is quoted, on which basis, or as it was typed."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Charge:
    """What an installment has open, by kind of charge."""

    installment: int
    due_on: date
    tax_cents: int
    interest_cents: int = 0
    penalty_cents: int = 0
    fee_cents: int = 0
    # Paid towards it so far.
    paid_cents: int = 0
    # S, DS or U.
    collection_type: str = "S"

    @property
    def open_cents(self) -> int:
        return self.tax_cents + self.interest_cents + self.penalty_cents + self.fee_cents


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a bill owes as of a date."""

    as_of: date
    # From the read copy: receivables was not there to ask.
    provisional: bool
    charges: tuple[Charge, ...]
    open_cents: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What the payer wants of a line."""

    effective_on: date
    # As typed; None pays what is quoted.
    amount_cents: int | None = None


def paying_cents(wish: Wish, quoted: Quoted | None) -> int:
    """The amount typed, or else all that is quoted."""
    if wish.amount_cents is not None:
        return wish.amount_cents
    return quoted.open_cents if quoted else 0
