"""LEVY-001: lines, totals and what rounding leaves, in every way a law may ask for."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain.billing import (
    AgencyRate,
    BillingTerms,
    BillMethod,
    CannotBill,
    Charge,
    ResidualTo,
    compute_bill,
)
from levy_service.domain.installments import Due, InstallmentPlan, OddCents, ShareOf
from levy_service.domain.rates import RatePer, RateUnit
from taxkit.money import Rounding

COUNTY = "010010000"
TERMS = BillingTerms(
    total_rounding=Rounding.HALF_UP,
    line_rounding=Rounding.HALF_UP,
    residual_agency_code=COUNTY,
    plan=InstallmentPlan(
        (Decimal("0.5"), Decimal("0.5")),
        ShareOf.TOTAL,
        Rounding.DOWN,
        OddCents.FIRST,
        (Due(date(2022, 3, 1)), Due(date(2022, 12, 30))),
    ),
    rule_ids=("test",),
)
rates_of_a_code = st.lists(st.integers(0, 9_000), min_size=0, max_size=20).map(
    lambda units: [
        AgencyRate(COUNTY if not n else f"{n:09d}", f"Agency {n}", unit)
        for n, unit in enumerate([489, *units])
    ]
)
values = st.integers(0, 10**9) | st.integers(0, 50)
cents = st.integers(0, 10**12)


rounded_terms = st.builds(
    replace,
    st.just(replace(TERMS, residual_agency_code="", residual_to=ResidualTo.LARGEST_LINE)),
    method=st.sampled_from(BillMethod),
    residual_to=st.sampled_from([ResidualTo.LARGEST_LINE, ResidualTo.LAST_LINE]),
    total_rounding=st.sampled_from(Rounding),
    line_rounding=st.sampled_from(Rounding),
    total_step_cents=st.sampled_from([1, 2, 100]),
    line_step_cents=st.sampled_from([1, 100]),
    rate_unit=st.sampled_from([RateUnit(RatePer.PERCENT, 3), RateUnit(RatePer.MILLS, 5)]),
) | st.builds(
    replace,
    st.just(TERMS),
    method=st.sampled_from(BillMethod),
    total_rounding=st.sampled_from(Rounding),
    line_rounding=st.sampled_from(Rounding),
)


@given(values, cents, rates_of_a_code, rounded_terms, st.lists(st.integers(0, 10**6)))
def test_levy_001_a_bill_adds_up_in_every_mode(
    value: int, prior: int, rates: list[AgencyRate], terms: BillingTerms, charged: list[int]
) -> None:
    """Whatever is rounded how, and wherever the odd cents go; charges stay what they are."""
    charges = [Charge(f"charge-{n}", "Charge", amount) for n, amount in enumerate(charged)]
    bill = compute_bill(value, prior, rates, terms, charges)

    assert bill.total_cents == sum(line.amount_cents for line in bill.lines)
    assert bill.total_cents == sum(part.amount_cents for part in bill.installments)
    assert min(line.amount_cents for line in bill.lines) >= 0
    assert charged == [line.amount_cents for line in bill.lines if line.is_charge]
    assert (bill.total_cents - sum(charged)) % terms.total_step_cents == 0


def test_levy_001_lines_first_has_nothing_left_over() -> None:
    """Total first, the same bill has a cent less."""
    lines_first = replace(
        TERMS,
        method=BillMethod.LINES_FIRST,
        residual_agency_code="",
        residual_to=ResidualTo.LAST_LINE,
    )
    rates = [AgencyRate("a", "a", 155), AgencyRate("b", "b", 255)]

    def lines(terms: BillingTerms) -> list[tuple[int, int]]:
        bill = compute_bill(1_010, 0, rates, terms)
        return [(line.amount_cents, line.residual_cents) for line in bill.lines]

    # 156.55 and 257.55 cents; 414.1 together.
    assert lines(lines_first) == [(157, 0), (258, 0)]
    total_first = replace(lines_first, method=BillMethod.TOTAL_FIRST)
    assert lines(total_first) == [(157, 0), (257, -1)]
    assert lines(replace(total_first, line_rounding=Rounding.DOWN)) == [(156, 0), (258, 1)]


@pytest.mark.parametrize(
    ("residual_to", "odd"),
    [(ResidualTo.LARGEST_LINE, [0, -1, 0, 0]), (ResidualTo.LAST_LINE, [0, 0, -1, 0])],
)
def test_levy_001_what_is_left_over_goes_where_the_law_puts_it(
    residual_to: ResidualTo, odd: list[int]
) -> None:
    """The largest line, of equals the first; the last that has a rate."""
    terms = replace(TERMS, residual_agency_code="", residual_to=residual_to)
    rates = [
        AgencyRate(code, code, rate) for code, rate in [("a", 25), ("b", 55), ("c", 55), ("d", 0)]
    ]

    bill = compute_bill(1_010, 0, rates, terms)

    # 25.25, 55.55 and 55.55 cents are 25, 56 and 56; together 136.35.
    assert odd == [line.residual_cents for line in bill.lines]


def test_levy_001_a_bill_in_whole_dollars() -> None:
    """1,234.50 at one percent is 12.345: twelve dollars, the lines in cents add up to them."""
    terms = replace(
        TERMS, total_step_cents=100, residual_agency_code="", residual_to=ResidualTo.LARGEST_LINE
    )
    rates = [AgencyRate("a", "a", 400), AgencyRate("b", "b", 600)]

    bill = compute_bill(1_234, 0, rates, terms)

    assert bill.total_cents == 1_200
    assert [line.amount_cents for line in bill.lines] == [494, 706]


def test_levy_001_an_agency_may_be_billed_by_fund() -> None:
    """A line a fund; the same fund twice is refused."""
    funds = [
        AgencyRate(COUNTY, "County", 400, fund_code="general"),
        AgencyRate(COUNTY, "County", 89, fund_code="debt"),
    ]
    bill = compute_bill(10_000, 0, funds, TERMS)

    assert [(line.fund_code, line.amount_cents) for line in bill.lines] == [
        ("general", 4_000),
        ("debt", 890),
    ]
    with pytest.raises(CannotBill, match="DUPLICATE_AGENCY"):
        compute_bill(10_000, 0, [*funds, funds[0]], TERMS)
