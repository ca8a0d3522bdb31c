"""SALE-003: a buyer waits until a parcel's special assessment is paid off."""

import pytest

from taxsale_service.domain.specials import Block, PayoffTerms, Special, SpecialPayoff, block_of

ALL, DUE_ONLY = PayoffTerms("r", 1), PayoffTerms("", None)
OPEN = Special("posted", 200_000)


@pytest.mark.parametrize(
    ("special", "payoffs", "terms", "why"),
    [
        (OPEN, [], ALL, Block.NOT_PAID_OFF),
        (OPEN, [], DUE_ONLY, None),
        (OPEN, [], PayoffTerms("r", 200_001), None),
        (OPEN, [], PayoffTerms("r", 200_000), Block.NOT_PAID_OFF),
        (OPEN, [SpecialPayoff("due", "posted")], DUE_ONLY, Block.PAYOFF_DUE),
        (OPEN, [SpecialPayoff("unbilled", "paid_in_full")], DUE_ONLY, Block.PAYOFF_DUE),
        (OPEN, [SpecialPayoff("paid", "paid_in_full")], ALL, None),
        (OPEN, [SpecialPayoff("settled", "paid_in_full")], ALL, None),
        # Of a ditch one tract is paid off, the others are not.
        (OPEN, [SpecialPayoff("paid", "posted")], ALL, Block.NOT_PAID_OFF),
        (Special("paid_in_full", 0), [], ALL, None),
        (Special("closed", 5), [], ALL, None),
        # The payoff was told before the assessment.
        (Special("", 0), [SpecialPayoff("due", "posted")], ALL, Block.PAYOFF_DUE),
        (Special("", 0), [], ALL, None),
        # It is owed again, and the assessment's own news is late.
        (Special("paid_in_full", 0), [SpecialPayoff("due", "posted")], ALL, Block.PAYOFF_DUE),
    ],
)
def test_sale_003_who_waits(special, payoffs, terms, why) -> None:
    """By the sale's criteria, and by any payoff that is asked for and not paid."""
    assert block_of(special, payoffs, terms) is why
