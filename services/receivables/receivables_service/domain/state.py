"""What follows from the facts: rows of charges, of payments, and of money on no charge."""

from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

from receivables_service.domain.acceleration import Call
from receivables_service.domain.discount_facts import Bearing, DiscountRow, Judged
from receivables_service.domain.terms import (
    ChargeType,
    CollectionType,
    InterestBasis,
    UnappliedKind,
)


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """A charge and the fact it comes from; none for what accrued only up to a quote's date.

    What a fact takes off a charge, or moves to another collection type, is a row with a minus.
    """

    installment: int
    charge_type: ChargeType
    collection_type: CollectionType
    rule_id: str
    fact_id: UUID | None
    amount_cents: int
    charge_code: str = ""
    # Of a bill by fund, whose tax: "agency/fund".
    subcode: str = ""

    def with_amount(self, cents: int) -> "ChargeRow":
        return replace(self, amount_cents=cents)

    def is_as(self, other: "ChargeRow") -> bool:
        """Tell whether all but the amount is the same."""
        return self.with_amount(0) == other.with_amount(0)


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """The part of one payment that a charge took."""

    installment: int
    charge_type: ChargeType
    collection_type: CollectionType
    rule_id: str
    fact_id: UUID
    receipt_id: UUID
    amount_cents: int
    charge_code: str = ""
    subcode: str = ""


@dataclass(frozen=True, slots=True)
class UnappliedRow:
    """The part of one payment that no charge took."""

    kind: UnappliedKind
    rule_id: str
    fact_id: UUID
    receipt_id: UUID
    amount_cents: int


class InstallmentBalance(NamedTuple):
    number: int
    due_on: date
    tax_charged_cents: int
    tax_open_cents: int
    interest_charged_cents: int
    interest_open_cents: int
    penalty_charged_cents: int = 0
    penalty_open_cents: int = 0
    fee_charged_cents: int = 0
    fee_open_cents: int = 0
    defaulted_open_cents: int = 0
    # How new amounts on it are carried.
    collection_type: CollectionType = CollectionType.SECURED
    # The day interest is counted from, once the due date was changed.
    interest_base_on: date | None = None
    # What discounts took off; it is neither open nor paid.
    discount_cents: int = 0
    # The earlier day it counts as due by, while a missed installment calls it due.
    called_due_on: date | None = None
    # From when on it will count as due by an earlier day, if nothing is paid till then.
    call: Call | None = None

    @property
    def charged_cents(self) -> int:
        return (
            self.tax_charged_cents
            + self.interest_charged_cents
            + self.penalty_charged_cents
            + self.fee_charged_cents
        )

    @property
    def open_cents(self) -> int:
        return (
            self.tax_open_cents
            + self.interest_open_cents
            + self.penalty_open_cents
            + self.fee_open_cents
        )

    @property
    def paid_cents(self) -> int:
        return self.charged_cents - self.open_cents - self.discount_cents


class Rows(NamedTuple):
    """The rows of a bill; two of them tell what moved."""

    charges: tuple[ChargeRow, ...]
    payments: tuple[PaymentRow, ...]
    unapplied: tuple[UnappliedRow, ...]
    discounts: tuple[DiscountRow, ...]


@dataclass(frozen=True, slots=True)
class BillState:
    """Everything that is so about a bill, and nothing that is not in its facts."""

    issued: bool
    charges: tuple[ChargeRow, ...]
    payments: tuple[PaymentRow, ...]
    unapplied: tuple[UnappliedRow, ...]
    installments: tuple[InstallmentBalance, ...]
    # Interest and penalty stand still after a waiver.
    locked: bool = False
    # Part of it has gone into default.
    defaulted: bool = False
    # The last free day of a correction, while tax it left unpaid is still without penalty.
    grace_ends_on: date | None = None
    # What its interest goes by, where the law offers a choice; and whether a payment has made it.
    basis: InterestBasis | None = None
    basis_is_fixed: bool = False
    # The codes on it and on its fees.
    codes: tuple[str, ...] = ()
    # A plan puts interest and penalty off.
    deferred: bool = False
    held_by_agency: bool = False
    # Due in two halves, as somebody set it.
    half_pay: bool = False
    # Charge codes of its miscellaneous receipt fees.
    miscellaneous: tuple[str, ...] = ()
    # What discounts took off, and how each payment that was granted any came out.
    discounts: tuple[DiscountRow, ...] = ()
    judged: tuple[Judged, ...] = ()
    # Only where the law offers any.
    bearing: Bearing | None = None

    @property
    def open_cents(self) -> int:
        return sum(each.open_cents for each in self.installments)

    @property
    def paid_in_full(self) -> bool:
        """Tell whether a bill is there and nothing of it is open."""
        return self.issued and self.open_cents == 0

    @property
    def applied_cents(self) -> int:
        return sum(row.amount_cents for row in self.payments)

    @property
    def surplus_cents(self) -> int:
        return self._unapplied(UnappliedKind.SURPLUS)

    @property
    def suspense_cents(self) -> int:
        return self._unapplied(UnappliedKind.SUSPENSE)

    @property
    def received_cents(self) -> int:
        """Add up the money of every payment that stands."""
        return self.applied_cents + sum(row.amount_cents for row in self.unapplied)

    def _unapplied(self, kind: UnappliedKind) -> int:
        return sum(row.amount_cents for row in self.unapplied if row.kind is kind)


NOTHING_KNOWN = BillState(issued=False, charges=(), payments=(), unapplied=(), installments=())
"""A bill of which no fact has arrived."""
