"""Which kind of posting a fact beside money makes."""

from typing import get_args

from receivables_service.domain.discount_facts import DiscountGranted, DiscountReversed
from receivables_service.domain.facts import (
    BillCorrected,
    CollectionTypeTransferred,
    DefaultDeclared,
    Fact,
    FeeCharged,
    GraceExpired,
    InterestAndPenaltyWaived,
    LockLifted,
    Reallocated,
)
from receivables_service.domain.fee_facts import FeeLifted
from receivables_service.domain.half_pay_facts import HalfPayChange
from receivables_service.domain.ledger import PostingKind
from receivables_service.domain.rate_facts import RateChange

KIND_OF_CHANGE: dict[type[Fact], PostingKind] = {
    BillCorrected: PostingKind.CORRECTION,
    DefaultDeclared: PostingKind.DEFAULT,
    CollectionTypeTransferred: PostingKind.TRANSFER,
    FeeCharged: PostingKind.FEE,
    FeeLifted: PostingKind.FEE,
    InterestAndPenaltyWaived: PostingKind.WAIVER,
    LockLifted: PostingKind.WAIVER,
    Reallocated: PostingKind.REALLOCATION,
    GraceExpired: PostingKind.GRACE,
    DiscountGranted: PostingKind.DISCOUNT,
    DiscountReversed: PostingKind.DISCOUNT,
    **dict.fromkeys((*get_args(RateChange), *get_args(HalfPayChange)), PostingKind.TERMS),
}
"""What the charges moved by a fact are posted as."""
