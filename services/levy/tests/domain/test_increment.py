"""CASH-035: the two parts of a bill add up to it, whatever is frozen."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain.billing import AgencyRate, BillingTerms, CannotBill, Charge, compute_bill
from levy_service.domain.increment import IncrementTerms, Part, Value, compute_parts
from levy_service.domain.installments import Due, InstallmentPlan, OddCents, ShareOf
from taxkit.money import Rounding

TERMS = BillingTerms(
    total_rounding=Rounding.HALF_UP,
    line_rounding=Rounding.HALF_UP,
    residual_agency_code="county",
    plan=InstallmentPlan(
        shares=(Decimal("0.55"),),
        share_of=ShareOf.PRIOR_YEAR_TOTAL,
        rounding=Rounding.HALF_UP,
        odd_cents=OddCents.LAST,
        due=(Due(date(2022, 3, 1)), Due(date(2022, 12, 30))),
    ),
    rule_ids=("test",),
)
LAW = IncrementTerms(agency_code="tif-[0-9]+", bill_suffix="TIF")
RATES = (
    AgencyRate("county", "County", 489),
    AgencyRate("city", "City", 6297),
    AgencyRate("tif-1", "Fund", 0),
)
dollars = st.integers(0, 10**9)


@given(dollars, dollars, st.integers(0, 10**10))
def test_parts_add_up_to_the_bill_in_one_and_no_cent_is_anybody_elses(
    net: int, frozen: int, prior: int
) -> None:
    """Totals, lines and installments of both parts are the whole's."""
    whole = compute_bill(net, prior, RATES[:2], TERMS)
    parts = compute_parts(Value(net, frozen), prior, RATES, TERMS, LAW)

    base, grown = parts[Part.BASE], parts[Part.INCREMENT]
    assert base.total_cents + grown.total_cents == whole.total_cents
    assert base.net_value_dollars + grown.net_value_dollars == net
    assert [line.agency_code for line in grown.lines] == ["tif-1"]
    for part in parts.values():
        assert part.total_cents == sum(line.amount_cents for line in part.lines)
        assert part.total_cents == sum(each.amount_cents for each in part.installments)
        assert all(each.amount_cents >= 0 for each in part.installments)


@given(dollars, st.integers(0, 10_000), st.integers(0, 10**10), st.integers(0, 10**6))
def test_a_share_of_the_tax_parts_it_without_losing_a_cent(
    net: int, ten_thousandths: int, prior: int, charged: int
) -> None:
    """Whatever the share; a direct charge stays with the parcel's own bill."""
    share = Decimal(ten_thousandths) / 10_000
    charges = (Charge("sewer", "Sewer charge", charged),)
    whole = compute_bill(net, prior, RATES[:2], TERMS, charges)
    value = Value(net, increment_share=share)
    parts = compute_parts(value, prior, RATES, TERMS, LAW, charges)

    base, grown = parts[Part.BASE], parts[Part.INCREMENT]
    assert base.total_cents + grown.total_cents == whole.total_cents
    assert abs(grown.total_cents - (whole.total_cents - charged) * share) <= Decimal("0.5")
    assert base.lines[-1].amount_cents == charged
    for part in parts.values():
        assert part.total_cents == sum(line.amount_cents for line in part.lines)
        assert part.total_cents == sum(each.amount_cents for each in part.installments)
        assert min(line.amount_cents for line in part.lines) >= 0
        assert min(each.amount_cents for each in part.installments) >= 0


@given(dollars, st.integers(0, 10**9))
def test_a_value_that_has_not_grown_gives_the_fund_nothing(net: int, more: int) -> None:
    """What fell below its frozen value is billed at what it is."""
    parts = compute_parts(Value(net, net + more), 0, RATES, TERMS, LAW)

    assert parts[Part.INCREMENT].total_cents == 0


def test_a_fund_has_no_rate_and_is_one() -> None:
    """Two funds, none, or one with a rate are nobody's increment."""
    two = (*RATES, AgencyRate("tif-2", "Another fund", 0))
    rated = (*RATES[:2], AgencyRate("tif-1", "Fund", 5))
    for rates in (RATES[:2], two, rated):
        with pytest.raises(CannotBill, match="INCREMENT_FUND_MISSING"):
            compute_parts(Value(100, 10), 0, rates, TERMS, LAW)
