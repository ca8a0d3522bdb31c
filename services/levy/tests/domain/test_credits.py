"""LEVY-001: credits and rollbacks come off a tax one by one, each rounded as the law says."""

from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain.billing import (
    AgencyRate,
    BillingProblem,
    BillingTerms,
    BillMethod,
    CannotBill,
    Charge,
    ResidualTo,
    compute_bill,
)
from levy_service.domain.credits import (
    BadCredit,
    Credit,
    CreditClaim,
    CreditTerms,
    FromRoll,
    take_credits,
)
from levy_service.domain.duedates import DueDay, DueRule, YearDay
from levy_service.domain.installments import InstallmentPlan, OddCents, ShareOf
from levy_service.domain.rates import RatePer, RateUnit
from taxkit.money import Rounding

# A reduction factor by district and year, then a tenth and a fortieth of what it leaves. Steps of
# two cents make whole cents in each half.
OHIO = CreditTerms(
    MappingProxyType(
        {
            "reduction": Credit(step_cents=2),
            "non_business": Credit(ratio=Decimal("0.10"), after="reduction", step_cents=2),
            "owner_occupied": Credit(ratio=Decimal("0.025"), after="reduction", step_cents=2),
        }
    )
)
REDUCTION = CreditClaim("reduction", Decimal("0.313725"))
DUE = DueRule((DueDay(YearDay(2, 14, 1)), DueDay(YearDay(7, 11, 1))))
TERMS = BillingTerms(
    total_rounding=Rounding.HALF_UP,
    line_rounding=Rounding.HALF_UP,
    residual_agency_code="",
    plan=InstallmentPlan(
        (Decimal("0.5"), Decimal("0.5")),
        ShareOf.TOTAL,
        Rounding.DOWN,
        OddCents.FIRST,
        DUE.due(2023, lambda day: day, None),
    ),
    rule_ids=("test",),
    method=BillMethod.TOTAL_FIRST,
    residual_to=ResidualTo.LARGEST_LINE,
    total_step_cents=2,
    rate_unit=RateUnit(RatePer.MILLS, 2),
    credits=OHIO,
)
RATES = (AgencyRate("county", "County", 2_137), AgencyRate("school", "School", 6_412))


def test_levy_001_each_credit_is_rounded_before_the_next() -> None:
    """35,000 x 85.49 mills = 2,992.15, of which each half is 1,496.08 and the whole 2,992.16.

    Reduction 31.3725 % of a half 469.36; a tenth of 1,026.72 is 102.67, a fortieth 25.67.
    """
    claims = [REDUCTION, CreditClaim("non_business"), CreditClaim("owner_occupied")]
    bill = compute_bill(35_000, 0, RATES, TERMS, claims=claims)

    assert [each.amount_cents for each in bill.credits] == [93_872, 20_534, 5_134]
    assert bill.total_cents == 299_216 - 93_872 - 20_534 - 5_134
    assert [each.amount_cents for each in bill.installments] == [89_838, 89_838]
    assert bill.total_cents == sum(line.amount_cents for line in bill.lines)


def test_levy_001_a_credit_not_claimed_takes_nothing() -> None:
    """And what comes after it is of what is there."""
    (only,) = take_credits(10_000, [CreditClaim("non_business")], OHIO)

    assert (only.code, only.amount_cents) == ("non_business", 1_000)
    assert take_credits(10_000, [], OHIO) == ()


@given(
    st.integers(0, 10**9),
    st.integers(0, 10**4).map(lambda x: Decimal(x) / 10_000),
    st.integers(0, 10**6),
    st.sampled_from(Rounding),
)
def test_levy_001_a_bill_less_credits_adds_up_and_none_is_negative(
    value: int, ratio: Decimal, charged: int, rounding: Rounding
) -> None:
    """Lines, charges and installments are the total; a charge is not credited."""
    terms = replace(TERMS, total_rounding=rounding, line_rounding=rounding)
    claims = [CreditClaim("reduction", ratio), CreditClaim("non_business")]
    gross = compute_bill(value, 0, RATES, terms)
    bill = compute_bill(value, 0, RATES, terms, [Charge("sewer", "Sewer", charged)], claims)

    given_cents = sum(each.amount_cents for each in bill.credits)
    assert bill.total_cents == gross.total_cents - given_cents + charged
    assert bill.total_cents == sum(line.amount_cents for line in bill.lines)
    assert bill.total_cents == sum(each.amount_cents for each in bill.installments)
    assert min(line.amount_cents for line in bill.lines) >= 0
    assert bill.lines[-1].amount_cents == charged


def test_levy_001_an_amount_is_never_more_than_the_tax() -> None:
    """A credit of 48.50 on a tax of 20."""
    law = CreditTerms(MappingProxyType({"homestead": Credit(cents=4_850)}))

    assert take_credits(2_000, [CreditClaim("homestead")], law)[0].amount_cents == 2_000
    assert take_credits(5_000, [CreditClaim("homestead")], law)[0].amount_cents == 4_850


@pytest.mark.parametrize(
    "claims",
    [
        [CreditClaim("other")],
        [CreditClaim("reduction")],
        [CreditClaim("reduction", Decimal("1.1"))],
        [CreditClaim("non_business", Decimal("0.2"))],
        [CreditClaim("non_business"), CreditClaim("non_business")],
    ],
)
def test_levy_001_a_claim_the_law_does_not_know_is_refused(claims: list[CreditClaim]) -> None:
    """BAD_CREDIT on a bill: unknown, twice, without its ratio, with one the law has itself."""
    with pytest.raises(BadCredit):
        take_credits(10_000, claims, OHIO)
    with pytest.raises(CannotBill) as refusal:
        compute_bill(1, 0, RATES, TERMS, claims=claims)
    assert refusal.value.reason is BillingProblem.BAD_CREDIT


@pytest.mark.parametrize(
    "made",
    [
        lambda: Credit(ratio=Decimal("0.1"), cents=5),
        lambda: Credit(ratio=Decimal("1.1")),
        lambda: Credit(cents=0),
        lambda: Credit(step_cents=0),
        lambda: CreditTerms({"a": Credit(after="b"), "b": Credit()}),
    ],
)
def test_levy_001_credits_that_cannot_be_meant_are_refused(made) -> None:
    """A ratio and an amount, a share above all, an order that is none."""
    with pytest.raises(ValueError, match=r"credit|ratio|step"):
        made()


def test_levy_001_a_credit_may_be_capped_of_some_lines_or_the_rolls_amount() -> None:
    """A quarter of the school's line, no more than a cap; an amount that only the roll knows."""
    law = CreditTerms(
        {
            "homestead": Credit(ratio=Decimal("0.25"), agency_code="school", at_most_cents=30_000),
            "lottery": Credit(from_roll=FromRoll.CENTS),
        }
    )
    lines = [("county", 80_000), ("school", 100_000)]
    claims = [CreditClaim("lottery", cents=7), CreditClaim("homestead")]
    found = take_credits(180_000, claims, law, lines)
    assert [(each.code, each.amount_cents) for each in found] == [
        ("homestead", 25_000),
        ("lottery", 7),
    ]
    more = take_credits(180_000, claims, law, [("school", 500_000)])
    assert more[0].amount_cents == 30_000
    for wrong in (CreditClaim("lottery"), CreditClaim("homestead", cents=5)):
        with pytest.raises(BadCredit, match="its cents is"):
            take_credits(1, [wrong], law)


@pytest.mark.parametrize(
    "given",
    [
        {"at_most_cents": 0},
        {"agency_code": "a", "cents": 5},
        {"agency_code": "a", "ratio": Decimal("0.1"), "after": "b"},
        {"agency_code": "(", "ratio": Decimal("0.1")},
    ],
    ids=["cap", "amount-of-lines", "lines-after", "pattern"],
)
def test_a_credit_the_law_cannot_mean_is_refused(given) -> None:
    with pytest.raises(ValueError, match=r"credit|lines|agency_code"):
        Credit(**given)
