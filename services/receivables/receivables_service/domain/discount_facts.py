"""Discounts as facts of a bill, and the rows that follow from them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from receivables_service.domain.terms import ChargeType, CollectionType
from taxkit.money import Rounding


class PartialPay(StrEnum):
    """What a payment short of the discounted balance gets: nothing, or a discount on its part."""

    NONE = "none"
    PROPORTIONAL = "proportional"


@dataclass(frozen=True, slots=True)
class Offer:
    """A program's terms as they were when a discount was granted; later rates change nothing."""

    program: str
    discount_type: str
    rule_id: str
    rate: Decimal
    rounding: Rounding
    partial: PartialPay
    gl_account: str
    # Fees that bear the discount beside the tax, by their codes.
    fee_codes: tuple[str, ...] = ()
    # Whether the bill's special assessments do, too.
    specials: bool = False
    # Whether a later decrease of its base takes it along; else somebody reviews it.
    follows: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.rate < 1:
            raise ValueError(f"a discount of {self.rate} is not between 0 and 1")


@dataclass(frozen=True, slots=True)
class DiscountGranted:
    """A payment may take a discount; how much is found where the payment meets its bill."""

    fact_id: UUID
    effective_on: date
    recorded_at: datetime
    payment_id: UUID
    receipt_id: UUID
    offer: Offer
    # Said by hand: no more than this, whatever the rate gives.
    at_most_cents: int | None = None
    # Granted although a check failed.
    exception: bool = False
    # The one taken back that it stands in for.
    replaces: UUID | None = None

    def __post_init__(self) -> None:
        if self.at_most_cents is not None and self.at_most_cents <= 0:
            raise ValueError(f"discount {self.fact_id} of at most {self.at_most_cents} cents")


@dataclass(frozen=True, slots=True)
class DiscountReversed:
    """A discount taken back: what it let off is owed again from the day it was let off.

    What the payment paid stays where it is; what was over stays held (AC-13 h).
    """

    fact_id: UUID
    effective_on: date
    recorded_at: datetime
    grant_id: UUID


DiscountFact = DiscountGranted | DiscountReversed


@dataclass(frozen=True, slots=True)
class DiscountRow:
    """What a granted discount takes off one charge."""

    installment: int
    charge_type: ChargeType
    collection_type: CollectionType
    rule_id: str
    # The grant; and the money it goes with.
    fact_id: UUID
    receipt_id: UUID
    payment_id: UUID
    base_cents: int
    amount_cents: int
    charge_code: str = ""
    subcode: str = ""


@dataclass(frozen=True, slots=True)
class Bearing:
    """What of a bill itself decides which discounts it may have, and on how much."""

    issued_on: date
    bill_class: str
    # Of what was billed, the part that is special assessments.
    billed_cents: int
    specials_cents: int
    corrected_on: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """How the discounts of one payment came out where it met the bill."""

    payment_id: UUID
    base_cents: int
    # What the whole of them would be, and what the payment then has to bring.
    full_cents: int
    needed_cents: int
    paid_cents: int
    granted_cents: int

    @property
    def settles(self) -> bool:
        return self.paid_cents >= self.needed_cents
