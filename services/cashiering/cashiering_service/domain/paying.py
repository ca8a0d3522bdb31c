"""What a line of a basket pays: of what is quoted, on which basis, or as it was typed."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cashiering_service.domain.proration import Share


class Basis(StrEnum):
    """Whether a bill is quoted whole, or by the installment that is next (CASH-028, CASH-029)."""

    FULL = "full"
    INSTALLMENT = "installment"


class Due(StrEnum):
    """All of it, or only what is due by the line's date (CASH-031)."""

    TOTAL = "total"
    CURRENT = "current"


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
    # What receivables counted interest on, where the law offers a choice; fixed by a payment.
    basis: Basis | None = None
    basis_is_fixed: bool = False
    # What paying all of it lets off, and the last day for that.
    discount_cents: int = 0
    discount_until: date | None = None

    @property
    def settles_cents(self) -> int:
        """What pays the bill whole, its discount taken off."""
        return self.open_cents - self.discount_cents

    @property
    def dictated_basis(self) -> Basis | None:
        """The basis an earlier payment has set: who paid one installment goes on so (CASH-030)."""
        if self.basis is not None:
            return self.basis if self.basis_is_fixed else None
        paid = [one.paid_cents > 0 for one in self.charges]
        if not any(paid):
            return None
        return Basis.FULL if all(paid) else Basis.INSTALLMENT

    def posted_basis(self, wish: "Wish") -> str:
        """The basis a payment is told with: none where the law offers no choice."""
        return basis_of(wish, self).value if self.basis is not None else ""

    @property
    def is_free_to_choose(self) -> bool:
        """Whether interest is another on another basis, and nobody has paid on one yet."""
        return self.basis is not None and not self.basis_is_fixed


@dataclass(frozen=True, slots=True)
class Wish:
    """What the payer wants of a line."""

    effective_on: date
    # As typed; None pays what is quoted.
    amount_cents: int | None = None
    basis: Basis = Basis.FULL
    due: Due = Due.TOTAL
    share: Share | None = None
    # The law's allocation rule that is to be used; empty: its first.
    rule_id: str = ""


def basis_of(wish: Wish, quoted: Quoted) -> Basis:
    return quoted.dictated_basis or wish.basis


def asked_charges(wish: Wish, quoted: Quoted) -> tuple[Charge, ...]:
    """The installments a line is about: on its basis, and of them what is due."""
    left = [one for one in quoted.charges if one.open_cents]
    due = [one for one in left if one.due_on <= wish.effective_on] or left[:1]
    if basis_of(wish, quoted) is Basis.INSTALLMENT:
        # Those overdue come with the next: none can be paid before them.
        left = due
    return tuple(due if wish.due is Due.CURRENT else left)


def paying_cents(wish: Wish, quoted: Quoted | None) -> int:
    """The amount typed, or else what is quoted on the line's terms, or the share of it."""
    if wish.amount_cents is not None:
        return wish.amount_cents
    if quoted is None:
        return 0
    whole = wish.basis is Basis.FULL and wish.due is Due.TOTAL and not quoted.dictated_basis
    if whole and wish.share is None:
        return quoted.settles_cents
    cents = (
        quoted.open_cents if whole else sum(one.open_cents for one in asked_charges(wish, quoted))
    )
    return wish.share.of(cents) if wish.share else cents
