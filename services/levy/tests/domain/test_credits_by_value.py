"""LEVY-001: credits that a share of the parcel's value caps, or begins at."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain.credits import Credit, CreditClaim, CreditTerms, take_credits
from taxkit.money import Rounding

BREAKER = CreditTerms({"breaker": Credit(tax_above=Decimal("0.01"))})
CLAIM = (CreditClaim("breaker"),)


@pytest.mark.parametrize(
    ("tax", "credit"), [(99_999, 0), (100_000, 0), (100_001, 1), (250_000, 150_000)]
)
def test_a_tax_is_at_most_a_share_of_the_value(tax: int, credit: int) -> None:
    """One percent of 100,000 dollars, on either side of it."""
    (found,) = take_credits(tax, CLAIM, BREAKER, net_value_dollars=100_000)
    assert found.amount_cents == credit


def test_what_came_off_before_counts_where_the_law_says_so() -> None:
    """After a rollback less is above the limit."""
    terms = CreditTerms(
        {
            "rollback": Credit(ratio=Decimal("0.1")),
            "breaker": Credit(tax_above=Decimal("0.01"), after="rollback"),
        }
    )
    claims = (CreditClaim("breaker"), CreditClaim("rollback"))
    found = take_credits(120_000, claims, terms, net_value_dollars=100_000)
    assert [each.amount_cents for each in found] == [12_000, 8_000]


@pytest.mark.parametrize(
    ("value", "credit"), [(99_999, 29_999), (100_000, 30_000), (100_002, 30_000)]
)
def test_an_amount_is_at_most_a_share_of_the_value(value: int, credit: int) -> None:
    """300 dollars, or three tenths of a percent of the value, cents of it not counted."""
    law = Credit(cents=30_000, at_most_of_value=Decimal("0.003"), rounding=Rounding.DOWN)
    terms = CreditTerms({"flat": law})
    claims = (CreditClaim("flat"),)
    (found,) = take_credits(90_000, claims, terms, net_value_dollars=value)
    assert found.amount_cents == credit


@given(tax=st.integers(0, 10**10), value=st.integers(0, 10**10))
def test_what_is_left_is_the_lower_of_tax_and_limit(tax: int, value: int) -> None:
    """Whatever the value: one cent a dollar."""
    (found,) = take_credits(tax, CLAIM, BREAKER, net_value_dollars=value)
    assert tax - found.amount_cents == min(tax, value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"tax_above": Decimal("0.01"), "ratio": Decimal("0.1")},
        {"tax_above": Decimal("0.01"), "cents": 5},
        {"tax_above": Decimal(0)},
        {"at_most_of_value": Decimal("1.1")},
    ],
    ids=["share-too", "amount-too", "of-nothing", "above-the-value"],
)
def test_a_law_that_cannot_be_meant_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=r"one of them|of the value"):
        Credit(**wrong)
