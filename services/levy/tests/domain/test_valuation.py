"""LEVY-001: a net value is explained step by step: assessed, equalized, less each exemption."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain.billing import BillingProblem, CannotBill
from levy_service.domain.valuation import (
    Band,
    Claim,
    Exemption,
    Reached,
    Step,
    ValueTerms,
    value_parcel,
)
from taxkit.money import Rounding


def all_of(share: str) -> tuple[Band, ...]:
    return (Band(Decimal(share)),)


# A tenth is assessed, a quarter of class 5; then equalized; exemptions come off that.
COUNTY = ValueTerms(
    (
        Step("assessed", all_of("0.10"), Rounding.HALF_UP, {"5": all_of("0.25")}),
        Step("equalized", all_of("2.9109"), Rounding.HALF_UP),
    ),
    {"homeowner": Exemption(10_000), "freeze": Exemption()},
)
# 40 percent of the first 76,000 less 9 percent of the rest, before a class rate in two tiers.
TIERED = ValueTerms(
    (
        Step(
            "capacity",
            (Band(Decimal("0.01"), 500_000), Band(Decimal("0.0125"))),
            Rounding.HALF_UP,
        ),
    ),
    {
        "homestead": Exemption(
            bands=(Band(Decimal("0.40"), 76_000), Band(Decimal("-0.09"))), before="capacity"
        )
    },
)


def test_levy_001_every_step_is_told_and_rounded() -> None:
    """100,005 x 10 % = 10,000.5; 10,001 x 2.9109 = 29,111.9109; less 10,000 and 12,000."""
    claims = [Claim("homeowner"), Claim("freeze", 12_000)]

    valued = value_parcel(100_005, "2", claims, COUNTY)

    assert valued.steps == (
        Reached("value", 100_005),
        Reached("assessed", 10_001),
        Reached("equalized", 29_112),
        Reached("homeowner", 19_112),
        Reached("freeze", 7_112),
    )
    assert valued.net_dollars == 7_112


def test_levy_001_a_class_may_have_its_own_share() -> None:
    """A quarter of 100,000, equalized."""
    assert value_parcel(100_000, "5", [], COUNTY).net_dollars == 72_773


@pytest.mark.parametrize(
    ("value", "steps"),
    [
        (76_000, [76_000, 45_600, 456]),
        (200_000, [200_000, 180_760, 1_808]),
        # 30,400 - 9 % of 337,778 is nothing; one dollar less leaves seven cents.
        (413_778, [413_778, 413_778, 4_138]),
        (600_000, [600_000, 600_000, 6_250]),
    ],
)
def test_levy_001_an_exemption_may_shrink_with_the_value(value: int, steps: list[int]) -> None:
    """Down to nothing, never below: nobody is taxed on more than the value."""
    valued = value_parcel(value, "1a", [Claim("homestead")], TIERED)

    assert steps == [each.value_dollars for each in valued.steps]


@given(st.integers(0, 10**10), st.integers(0, 10**6), st.booleans())
def test_levy_001_exemptions_only_lower_a_value_and_never_below_zero(
    value: int, dollars: int, homeowner: bool
) -> None:
    """Whatever is claimed."""
    claims = [Claim("freeze", dollars)] + [Claim("homeowner")] * homeowner

    valued = value_parcel(value, "2", claims, COUNTY)

    assert 0 <= valued.net_dollars <= value_parcel(value, "2", [], COUNTY).net_dollars
    assert [each.name for each in valued.steps[3:]] == [claim.code for claim in claims]


@given(st.integers(0, 10**9), st.integers(0, 10**6))
def test_levy_001_more_value_is_never_a_smaller_capacity(value: int, more: int) -> None:
    """Tiers and a shrinking exclusion, together."""
    claims = [Claim("homestead")]

    low = value_parcel(value, "1a", claims, TIERED).net_dollars
    assert low <= value_parcel(value + more, "1a", claims, TIERED).net_dollars


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ([Claim("veteran")], "not of this law"),
        ([Claim("homeowner"), Claim("homeowner")], "twice"),
        ([Claim("freeze")], "needs an amount"),
        ([Claim("freeze", -1)], "at most"),
        ([Claim("homeowner", 10_001)], "at most 10000"),
    ],
)
def test_levy_001_a_claim_the_law_does_not_know_is_refused(
    claims: list[Claim], message: str
) -> None:
    """Never a guess at what was meant."""
    with pytest.raises(CannotBill, match=message) as refusal:
        value_parcel(100_000, "2", claims, COUNTY)
    assert refusal.value.reason is BillingProblem.BAD_EXEMPTION


def test_levy_001_an_exemption_that_follows_from_the_value_takes_no_amount() -> None:
    """And one of a fixed amount may be granted in part."""
    with pytest.raises(CannotBill, match="no amount"):
        value_parcel(100_000, "1a", [Claim("homestead", 5)], TIERED)
    partly = value_parcel(100_000, "2", [Claim("homeowner", 4_000)], COUNTY)
    assert partly.net_dollars == 25_109


def test_levy_001_a_value_below_zero_is_refused() -> None:
    """BAD_VALUE."""
    with pytest.raises(CannotBill) as refusal:
        value_parcel(-1, "2", [], COUNTY)
    assert refusal.value.reason is BillingProblem.BAD_VALUE


def test_levy_001_a_step_may_round_to_tens() -> None:
    """Half a ten goes up."""
    tens = Step("assessed", all_of("1"), Rounding.HALF_UP, step_dollars=10)

    assert value_parcel(1_234, "", [], ValueTerms((tens,), {})).net_dollars == 1_230
    assert value_parcel(1_235, "", [], ValueTerms((tens,), {})).net_dollars == 1_240


ONE = Band(Decimal(1))


@pytest.mark.parametrize(
    "made",
    [
        lambda: Step("x", (), Rounding.DOWN),
        lambda: Step("x", (Band(Decimal(1), 5),), Rounding.DOWN),
        lambda: Step("x", (ONE, ONE), Rounding.DOWN),
        lambda: Step("x", (Band(Decimal(1), 5), Band(Decimal(1), 5), ONE), Rounding.DOWN),
        lambda: Step("x", (ONE,), Rounding.DOWN, {"2": ()}),
        lambda: Step("x", (ONE,), Rounding.DOWN, step_dollars=0),
        lambda: Exemption(5, (ONE,)),
        lambda: Exemption(0),
        lambda: ValueTerms((Step("x", (ONE,), Rounding.DOWN),) * 2, {}),
        lambda: ValueTerms((), {"homeowner": Exemption(5, before="assessed")}),
    ],
)
def test_levy_001_terms_that_cannot_be_meant_are_refused(made) -> None:
    """Bands without an end, exemptions of nothing, steps that are not there."""
    with pytest.raises(ValueError, match=r"band|step|exemption"):
        made()
