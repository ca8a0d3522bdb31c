"""LEVY-001: a value rises by what the law lets it, and what was built is added whole."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain.billing import BillingProblem, CannotBill
from levy_service.domain.valuation import Band, Claim, Exemption, Step, ValueTerms, value_parcel
from levy_service.domain.value_caps import CapClaim, ValueCap
from taxkit.money import CENTS_MAX, Rounding

INDEXED = ValueCap(Decimal("0.02"), Decimal("0.01036"))
TERMS = ValueTerms(
    (Step("assessed", (Band(Decimal("0.5")),), Rounding.HALF_UP),),
    {"homeowner": Exemption(dollars=7_000)},
    {"base_year": INDEXED, "flat": ValueCap(Decimal("0.1"), rounding=Rounding.DOWN)},
)


def steps(value: int, *caps: CapClaim) -> dict[str, int]:
    valued = value_parcel(value, "", (Claim("homeowner"),), TERMS, caps)
    return {each.name: each.value_dollars for each in valued.steps}


def test_a_cap_comes_before_the_steps_and_exemptions() -> None:
    """The value of the roll, capped; then what the law makes of it."""
    assert steps(900_000, CapClaim("base_year", 600_000, 50_000)) == {
        "value": 900_000,
        "base_year": 656_216,
        "assessed": 328_108,
        "homeowner": 321_108,
    }


@pytest.mark.parametrize(("value", "capped"), [(606_215, 606_215), (606_216, 606_216),
                                               (606_217, 606_216)])  # fmt: skip
def test_a_value_on_either_side_of_its_cap(value: int, capped: int) -> None:
    """Never raised to it, never above it."""
    assert steps(value, CapClaim("base_year", 600_000))["base_year"] == capped


def test_an_index_below_nothing_lowers_a_base_year_value() -> None:
    """As the law has it in a year in which prices fell."""
    fell = ValueCap(Decimal("0.02"), Decimal("-0.00237"))
    assert fell.limit_dollars(100_000, 0) == 99_763


def test_a_parcel_with_two_caps_is_under_both() -> None:
    """Whichever is lower."""
    found = steps(900_000, CapClaim("flat", 500_000), CapClaim("base_year", 600_000))
    assert (found["flat"], found["base_year"]) == (550_000, 550_000)


@given(
    value=st.integers(0, 10**9),
    base=st.integers(0, 10**9),
    added=st.integers(0, 10**6),
    growth=st.integers(-90, 900).map(lambda part: Decimal(part) / 1000),
)
def test_a_capped_value_is_within_a_dollar_of_the_law(
    value: int, base: int, added: int, growth: Decimal
) -> None:
    """At most the value, at most half a dollar above what the cap lets it be."""
    terms = ValueTerms((), {}, {"cap": ValueCap(growth)})
    net = value_parcel(value, "", (), terms, (CapClaim("cap", base, added),)).net_dollars
    assert net <= value
    assert net <= base * (1 + growth) + added + Decimal("0.5")
    assert net == value or net >= base * (1 + growth) + added - Decimal("0.5")


@pytest.mark.parametrize(
    "claims",
    [
        (CapClaim("homestead", 1),),
        (CapClaim("flat", 1), CapClaim("flat", 1)),
        (CapClaim("flat", -1),),
        (CapClaim("flat", 1, -1),),
        (CapClaim("flat", CENTS_MAX + 1),),
    ],
    ids=["unknown", "twice", "below-zero", "added-below-zero", "too-much"],
)
def test_a_cap_that_is_not_the_laws_is_refused(claims: tuple[CapClaim, ...]) -> None:
    with pytest.raises(CannotBill) as refused:
        value_parcel(1, "", (), TERMS, claims)
    assert refused.value.reason is BillingProblem.BAD_VALUE_CAP


@pytest.mark.parametrize(
    "wrong",
    [{"at_most": Decimal(10)}, {"at_most": Decimal(-1)},
     {"at_most": Decimal("0.1"), "step_dollars": 0}],
    ids=["a-hundred-percent-taken-for-ten", "all", "no-step"],
)  # fmt: skip
def test_a_law_that_cannot_be_meant_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=r"growth|step"):
        ValueCap(**wrong)
