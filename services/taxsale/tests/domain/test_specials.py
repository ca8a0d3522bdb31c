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


@pytest.mark.parametrize(
    ("special", "payoffs", "why"),
    [
        # Paid in full by its two tracts, then one payoff was owed again and withdrawn.
        (
            Special("paid_in_full", 0, 7),
            [
                SpecialPayoff("withdrawn", "posted", 9, 100_000),
                SpecialPayoff("paid", "paid_in_full", 7, 0),
            ],
            Block.NOT_PAID_OFF,
        ),
        (
            Special("posted", 50, 10),
            [SpecialPayoff("paid", "paid_in_full", 9, 0)],
            Block.NOT_PAID_OFF,
        ),
        (Special("posted", 50, 8), [SpecialPayoff("paid", "paid_in_full", 9, 0)], None),
        (Special("", 0), [SpecialPayoff("withdrawn", "posted", 3, 50)], Block.NOT_PAID_OFF),
        (Special("", 0), [SpecialPayoff("withdrawn", "closed", 3, 50)], None),
    ],
    ids=["withdrawn after all", "its own news", "its payoff's", "not heard of", "closed"],
)
def test_sale_003_the_newest_that_was_said_counts(special, payoffs, why) -> None:
    """A withdrawn payoff frees nobody where the assessment has to be paid off (LEVY-017)."""
    assert block_of(special, payoffs, ALL) is why
    assert block_of(special, payoffs[::-1], ALL) is why
