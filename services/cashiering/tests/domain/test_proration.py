"""CASH-027, AC-4: shares of a bill by days and by percent."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.proration import Share, by_days, by_percent
from taxkit.errors import Refusal


def test_ac_4_prorate() -> None:
    """AC-4: of 365.00 in a year of 365 days, 100 days are 100.00 and 40 percent 146.00."""
    assert by_days(100, 2021).of(36_500) == 10_000
    assert by_percent("40").of(36_500) == 14_600


def test_cash_027_a_year_has_the_days_it_has_unless_the_county_counts_otherwise() -> None:
    assert by_days(183, 2020).of(36_600) == 18_300
    assert by_days(90, 2020, year_days=360).of(36_000) == 9_000


@given(st.integers(0, 10**12), st.integers(1, 365))
def test_cash_027_buyer_and_seller_pay_every_cent(cents: int, days: int) -> None:
    """The residual cent is the rest's; the part strays less than a cent from what is exact."""
    part = by_days(days, 2021).of(cents)
    rest = by_days(days, 2021, is_rest=True).of(cents)

    assert part + rest == cents
    assert min(part, rest) >= 0
    assert abs(part - Fraction(cents * days, 365)) <= Fraction(1, 2)


@given(st.integers(0, 10**12), st.decimals("0.0001", "100", places=4))
def test_cash_027_percentages_leave_no_cent_either(cents: int, percent) -> None:
    part = by_percent(str(percent)).of(cents)

    assert part + by_percent(str(percent), is_rest=True).of(cents) == cents


def test_cash_027_the_residual_cent_is_the_rests() -> None:
    """Half of a cent is rounded up for the part: 50 percent of $0.03 is $0.02, the rest $0.01."""
    assert (by_percent("50").of(3), by_percent("50", is_rest=True).of(3)) == (2, 1)


@pytest.mark.parametrize("days", [0, -1, 366, 2**31])
def test_days_a_year_does_not_have_are_refused(days: int) -> None:
    with pytest.raises(Refusal, match="SHARE_INVALID"):
        by_days(days, 2021)


@pytest.mark.parametrize("percent", ["0", "100.01", "-1", "x", "1e2", "1.2.3", ".", "9" * 13, "٣"])
def test_what_is_no_percentage_is_refused(percent: str) -> None:
    with pytest.raises(Refusal, match="SHARE_INVALID"):
        by_percent(percent)


def test_a_hundred_percent_is_all() -> None:
    assert by_percent("100") == Share(1, 1)
