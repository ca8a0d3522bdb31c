"""LEVY-003, LEVY-004: a parcel's bills at another value."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain import revaluing
from levy_service.domain.billing import AgencyRate, BillingTerms, Charge, compute_bill
from levy_service.domain.correction import CorrectionTerms, Spread, StandingBill
from levy_service.domain.increment import IncrementTerms, Part, Value, compute_parts
from levy_service.domain.installments import Due, InstallmentPlan, OddCents, ShareOf
from levy_service.domain.revaluing import NewValue
from taxkit.money import Rounding

PLAN = InstallmentPlan(
    (Decimal("0.5"), Decimal("0.5")), ShareOf.TOTAL, Rounding.DOWN, OddCents.LAST,
    (Due(date(2022, 3, 1)), Due(date(2022, 8, 1))),
)  # fmt: skip
BILLING = BillingTerms(Rounding.HALF_UP, Rounding.HALF_UP, "1", PLAN, ("bill",))
TERMS = CorrectionTerms(BILLING, Spread.FROM_THE_LAST, ("bill", "corrections"))
LAW = IncrementTerms("T.*", "TIF")
RATES = (AgencyRate("1", "County", 600), AgencyRate("2", "City", 400))
FUND = AgencyRate("T9", "TIF 9", 0)
VALUES = st.integers(min_value=0, max_value=5_000_000)


def _standing(bill, rates, charges=()) -> StandingBill:
    return StandingBill(bill.net_value_dollars, rates, bill.installments, charges)


def _both(net: int, frozen: int | None, share: Decimal | None) -> dict[Part, StandingBill]:
    charges = (Charge("90", "Drainage", 2_500),)
    parts = compute_parts(Value(net, frozen, share), 0, (*RATES, FUND), BILLING, LAW, charges)
    grown = AgencyRate("T9", "TIF 9", 1_000)
    return {
        Part.BASE: _standing(parts[Part.BASE], RATES, charges),
        Part.INCREMENT: _standing(parts[Part.INCREMENT], (grown,)),
    }


def test_levy_003_a_whole_bill_is_billed_anew_with_a_target_an_installment() -> None:
    """100,000 at one percent is 1,000.00 in halves; at 80,000 the last half gives 200.00."""
    standing = {Part.WHOLE: _standing(compute_bill(100_000, 0, RATES, BILLING), RATES)}
    after = revaluing.to_value(standing, NewValue(80_000), TERMS, LAW)[Part.WHOLE]
    assert [each.amount_cents for each in after.installments] == [50_000, 30_000]


@pytest.mark.parametrize(("frozen", "share"), [(40_000, None), (None, Decimal("0.6"))])
def test_levy_003_growth_goes_on_the_fund_s_bill(frozen, share) -> None:
    """100,000 with 40,000 frozen, at 120,000: what has grown is the fund's, charges the base's."""
    after = revaluing.to_value(
        _both(100_000, frozen, share), NewValue(120_000, frozen, share), TERMS, LAW
    )
    assert after[Part.BASE].total_cents == (42_500 if frozen else 50_500)
    assert after[Part.INCREMENT].total_cents == (80_000 if frozen else 72_000)


@given(before=VALUES, after=VALUES, frozen=VALUES)
def test_levy_003_both_bills_are_those_the_value_would_have_been_billed_first(
    before: int, after: int, frozen: int
) -> None:
    """Totals and lines as of a first billing; installments add up and the first never rises."""
    standing = _both(before, frozen, None)
    found = revaluing.to_value(standing, NewValue(after, frozen), TERMS, LAW)
    for part, wanted in _both(after, frozen, None).items():
        bill = found[part]
        assert bill.total_cents == wanted.total_cents
        assert bill.total_cents == sum(line.amount_cents for line in bill.lines)
        assert bill.total_cents == sum(one.amount_cents for one in bill.installments)
        first, was = bill.installments[0], standing[part].installments[0]
        assert 0 <= first.amount_cents <= was.amount_cents
