"""LEVY-002: an agency's rate by fund, and the lines that follow."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain.billing import AgencyRate, BillingTerms, compute_bill
from levy_service.domain.funds import BadFund, split_rate
from levy_service.domain.installments import Due, InstallmentPlan, OddCents, ShareOf
from taxkit.money import Rounding

COUNTY = "010010000"
TERMS = BillingTerms(
    total_rounding=Rounding.HALF_UP,
    line_rounding=Rounding.HALF_UP,
    residual_agency_code=COUNTY,
    plan=InstallmentPlan(
        (Decimal(1),), ShareOf.TOTAL, Rounding.HALF_UP, OddCents.LAST, (Due(date(2022, 3, 1)),)
    ),
    rule_ids=(),
)
_NINE = 10**9


@st.composite
def shares(draw: st.DrawFn) -> list[tuple[str, str]]:
    """One to five funds whose shares add up to one."""
    cuts = sorted(draw(st.sets(st.integers(1, _NINE - 1), max_size=4)))
    parts = [upper - lower for lower, upper in zip([0, *cuts], [*cuts, _NINE], strict=True)]
    return [
        (f"f{place}", "1" if part == _NINE else f"0.{part:09d}") for place, part in enumerate(parts)
    ]


@given(st.integers(0, 10**6), shares())
def test_levy_002_the_funds_rates_add_up_to_their_agencys(units: int, of) -> None:
    """To the last step of the rate, each under the agency's name."""
    rate = AgencyRate(COUNTY, "County", units)
    funds = split_rate(rate, of)

    assert sum(each.rate_units for each in funds) == units
    assert [each.fund_code for each in funds] == [code for code, _ in of]
    assert {(each.agency_code, each.agency_name) for each in funds} == {(COUNTY, "County")}


@given(
    net=st.integers(0, 10**7),
    units=st.lists(st.integers(1, 900), min_size=1, max_size=4),
    of=shares(),
)
def test_levy_002_funds_of_an_agency_add_up_to_its_line(net: int, units: list[int], of) -> None:
    """The bill is the same to the cent; no agency's line moves by a cent a fund or more."""
    rates = [AgencyRate(COUNTY, "County", 489)] + [
        AgencyRate(f"a{place}", f"A{place}", rate) for place, rate in enumerate(units)
    ]
    whole = compute_bill(net, 0, rates, TERMS)
    by_fund = compute_bill(net, 0, [part for rate in rates for part in split_rate(rate, of)], TERMS)

    assert by_fund.total_cents == whole.total_cents
    assert sum(line.amount_cents for line in by_fund.lines) == by_fund.total_cents
    for line in whole.lines:
        own = [each for each in by_fund.lines if each.agency_code == line.agency_code]
        assert len(own) == len(of)
        exact = sum(each.amount_cents - each.residual_cents for each in own)
        assert abs(exact - (line.amount_cents - line.residual_cents)) < len(of) + 1


@pytest.mark.parametrize(
    ("fund", "of", "said"),
    [
        ("", [("a", "0.5")], "add up to 0.5"),
        ("", [("a", "0.5"), ("a", "0.5")], "each once"),
        ("", [("", "1")], "each once"),
        ("", [("a", "half")], "not a share"),
        ("", [("a", "-1")], "not a share"),
        ("", [("a b", "1")], "not a fund"),
        ("debt", [("a", "1")], "not both"),
    ],
    ids=["short", "twice", "no-code", "no-number", "negative", "no-fund", "both"],
)
def test_funds_that_are_none_are_refused(fund: str, of, said: str) -> None:
    with pytest.raises(BadFund, match=said):
        split_rate(AgencyRate(COUNTY, "County", 400, fund), of)
