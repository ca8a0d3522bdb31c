"""What happened to one bill. A fact is never changed; what follows from all of them is derived."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from receivables_service.domain.discount_facts import DiscountFact
from receivables_service.domain.fee_facts import FeeLifted
from receivables_service.domain.half_pay_facts import HalfPayChange
from receivables_service.domain.rate_facts import CodeSettled, RateChange
from receivables_service.domain.terms import ChargeType, CollectionType, InterestBasis


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
    # The tax district, whose base dates count once a due date is changed.
    district: str = ""
    # Which group of payment terms it goes by; empty for what no other group names.
    bill_class: str = ""
    # What of the demand is special assessments, which a discount may leave out.
    specials_cents: int = 0
    # The parcel's class on the roll, which counts where no group names the bill's own.
    property_class: str = ""
    # What of the demand bears no penalty, and what bears no interest.
    unpenalised_cents: int = 0
    interest_free_cents: int = 0
    # Of a bill with lines by fund, ("agency/fund", cents) of each; nothing of any other.
    funds: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        numbers = [each.number for each in self.installments]
        if not numbers or numbers != sorted(set(numbers)):
            raise ValueError(f"installments must be numbered upwards, once each: {numbers}")
        if any(each.amount_cents < 0 for each in self.installments):
            raise ValueError(f"an installment of bill fact {self.fact_id} is negative")


@dataclass(frozen=True, slots=True)
class AllottedRow:
    """So much of a payment for one charge, put there by hand."""

    installment: int
    charge_type: ChargeType
    amount_cents: int
    # Only of the charge with this code, carried so, or of this fund; empty means any.
    charge_code: str = ""
    collection_type: CollectionType | None = None
    fund: str = ""


@dataclass(frozen=True, slots=True)
class Allotment:
    """How a payment was to be spent, as the till told it: by which rule, or by whose hand."""

    rule: str = ""
    # The cashiering service that took it; its own rule counts when none is named.
    service: str = ""
    rows: tuple[AllottedRow, ...] = ()
    by: str = ""
    at: str = ""
    # The basis the payer was quoted on; none where nobody said.
    basis: InterestBasis | None = None


BY_RULE = Allotment()


@dataclass(frozen=True, slots=True)
class PaymentReceived:
    """One line of a receipt for this bill; the effective date decides what it bears."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime
    receipt_id: UUID
    amount_cents: int
    allotment: Allotment = BY_RULE

    def __post_init__(self) -> None:
        if self.amount_cents <= 0:
            raise ValueError(f"payment {self.fact_id} of {self.amount_cents} cents is not positive")


class TakenBackBy(StrEnum):
    """Who took a receipt back: the till, or a person once it was posted, or the payer's bank."""

    REVERSAL = "reversal"
    CANCELLATION = "cancellation"
    NSF = "nsf"


@dataclass(frozen=True, slots=True)
class PaymentReversed:
    """A receipt taken back: every payment of it on this bill is as if it had never been."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime
    receipt_id: UUID
    by: TakenBackBy = TakenBackBy.REVERSAL


@dataclass(frozen=True, slots=True)
class InstallmentTarget:
    """What an installment's tax shall be after a correction."""

    number: int
    amount_cents: int
    due_on: date | None = None  # from now on; none where that does not change


@dataclass(frozen=True, slots=True)
class BillCorrected:
    """The tax demanded from a day on, whole: one target for every installment of the bill."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime
    targets: tuple[InstallmentTarget, ...]
    bill_version: int | None = None  # The version that says so; none in a story told without.
    # The targets are what was paid: interest and penalty that are open go with the tax (LEVY-011).
    to_amount_paid: bool = False
    funds: tuple[tuple[str, int], ...] = ()
    before_payments: bool = False  # Those of its day pay what it asks for, too.
    grace_ends_on: date | None = field(default=None, compare=False)  # As it was told (RECV-007).

    def __post_init__(self) -> None:
        if any(each.amount_cents < 0 for each in self.targets):
            raise ValueError(f"a target of correction {self.fact_id} is negative")


@dataclass(frozen=True, slots=True)
class DefaultDeclared:
    """What is secured and unpaid at the end of this day is defaulted from then on."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class CollectionTypeTransferred:
    """A bill's charges are carried another way, secured or not; their money goes with them."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime
    to: CollectionType
    reason: str

    def __post_init__(self) -> None:
        if self.to is CollectionType.DEFAULTED:
            raise ValueError(f"transfer {self.fact_id}: only a default makes charges defaulted")


@dataclass(frozen=True, slots=True)
class FeeCharged:
    """A fee on the bill, under the rule that sets it."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime
    charge_code: str
    amount_cents: int
    rule_id: str
    joins_half_pay: bool = False  # A half of it goes on each installment while in half pay.
    miscellaneous: bool = False

    def __post_init__(self) -> None:
        if self.amount_cents <= 0 or not self.charge_code:
            raise ValueError(f"fee {self.fact_id} has no code, or is not positive")


ANY_INSTALLMENT = 0
"""Of whichever installments bear it, the first before the next."""


@dataclass(frozen=True, slots=True)
class WaivedAmount:
    """Interest or penalty of one installment, or of any, that need not be paid."""

    number: int
    charge_type: ChargeType
    amount_cents: int

    def __post_init__(self) -> None:
        if self.charge_type not in (ChargeType.INTEREST, ChargeType.PENALTY):
            raise ValueError(f"{self.charge_type} is never waived, only interest and penalty")
        if self.amount_cents <= 0:
            raise ValueError(f"a waiver of {self.amount_cents} cents waives nothing")


@dataclass(frozen=True, slots=True)
class InterestAndPenaltyWaived:
    """A waiver; it freezes the bill's interest and penalty until the lock is lifted."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime
    waived: tuple[WaivedAmount, ...]

    def __post_init__(self) -> None:
        if len({(each.number, each.charge_type) for each in self.waived}) < len(self.waived):
            raise ValueError(f"waiver {self.fact_id} waives the same of an installment twice")


@dataclass(frozen=True, slots=True)
class LockLifted:
    """Interest and penalty run again: what was waived or not charged meanwhile comes back."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Reallocated:
    """Somebody asked for money held on the bill to be placed on what is open."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime


class DrawnFor(StrEnum):
    """Where drawn money goes: to another bill, out of the books, or to where it is missed."""

    APPLIED = "applied"
    PAID_OUT = "paid_out"
    # Paid out of money that was taken back afterwards: somebody owes it.
    SHORTFALL = "shortfall"


@dataclass(frozen=True, slots=True)
class MoneyDrawn:
    """Held money of one payment leaves the bill; with a minus, it comes back."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime
    receipt_id: UUID
    payment_id: UUID
    amount_cents: int
    drawn_for: DrawnFor

    def __post_init__(self) -> None:
        if not self.amount_cents:
            raise ValueError(f"draw {self.fact_id} moves nothing")


@dataclass(frozen=True, slots=True)
class GraceExpired:
    """The days a correction left free of penalty are over: what is unpaid bears it from now on."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime


Change = (
    BillCorrected
    | DefaultDeclared
    | CollectionTypeTransferred
    | FeeCharged
    | InterestAndPenaltyWaived
    | LockLifted
    | Reallocated
    | GraceExpired
    | RateChange
    | HalfPayChange
    | FeeLifted
)
"""What changes a bill after its issue, other than money."""

Fact = (
    BillIssued
    | PaymentReceived
    | PaymentReversed
    | MoneyDrawn
    | CodeSettled
    | DiscountFact
    | Change
)
