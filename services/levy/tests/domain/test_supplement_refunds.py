"""LEVY-006: what a lowered value gives back of paid bills, and that a later value keeps it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain import correction, supplement_refunds
from levy_service.domain.billing import AgencyRate, BillingTerms, BillMethod, Charge, ResidualTo
from levy_service.domain.correction import CorrectionTerms, Spread, StandingBill
from levy_service.domain.credits import Credit, CreditTerms, FromRoll
from levy_service.domain.installments import Due, InstallmentPlan, OddCents, ShareOf, installments
from levy_service.domain.supplement_refunds import RefundTerms
from taxkit.money import Rounding

CREDITS = CreditTerms(MappingProxyType({"given_back": Credit(from_roll=FromRoll.CENTS)}))
PLAN = InstallmentPlan(
    (Decimal("0.5"), Decimal("0.5")), ShareOf.TOTAL, Rounding.DOWN, OddCents.FIRST,
    (Due(date(2022, 12, 12)), Due(date(2023, 4, 10))),
)  # fmt: skip
BILLING = BillingTerms(
    Rounding.HALF_UP, Rounding.HALF_UP, "", PLAN, ("rule",), BillMethod.LINES_FIRST,
    ResidualTo.LARGEST_LINE, credits=CREDITS,
)  # fmt: skip
TERMS = CorrectionTerms(BILLING, Spread.FROM_THE_LAST, ("rule",))
RATES = (AgencyRate("10", "County", 1000), AgencyRate("20", "School", 49))
LAW = RefundTerms("given_back", 90, 30)


def standing(dollars: int, charges: tuple[Charge, ...] = ()) -> StandingBill:
    bill = StandingBill(dollars, RATES, installments(0, 0, PLAN), charges)
    after = correction.to_net_value(bill, dollars, TERMS)
    return replace(bill, installments=after.installments)


def after(bill: StandingBill, computed) -> StandingBill:
    return replace(bill, installments=computed.installments, credits=computed.credits)


def test_levy_006_a_refund_is_due_90_days_after_enrolment_and_bears_interest_from_the_30th() -> (
    None
):
    enrolled = date(2024, 1, 15)
    assert LAW.refund_by(enrolled) == date(2024, 4, 14)
    assert LAW.interest_from(enrolled) == date(2024, 2, 14)
    assert RefundTerms("given_back", 90).interest_from(enrolled) is None


@pytest.mark.parametrize(
    "asked", [("", 90, 30), ("given_back", 0, 30), ("given_back", 90, -1)], ids=str
)
def test_levy_006_a_refund_without_code_or_days_is_no_law(asked) -> None:
    with pytest.raises(ValueError, match="refund"):
        RefundTerms(*asked)


def test_levy_006_a_paid_bill_less_a_refund_says_so_as_a_credit() -> None:
    bill = standing(100_000)
    lowered = supplement_refunds.less(bill, 10_490, "given_back", TERMS)
    assert (bill.total_cents, lowered.total_cents) == (104_900, 94_410)
    assert [line.amount_cents for line in lowered.lines] == [90_000, 4_410]
    assert [one.amount_cents for one in lowered.credits] == [10_490]
    assert lowered.net_value_dollars == 100_000


def test_levy_006_a_second_refund_is_one_credit_with_the_first() -> None:
    bill = standing(100_000)
    once = after(bill, supplement_refunds.less(bill, 10_000, "given_back", TERMS))
    twice = supplement_refunds.less(once, 490, "given_back", TERMS)
    assert [(one.code, one.amount_cents) for one in twice.credits] == [("given_back", 10_490)]
    assert twice.total_cents == 94_410


def test_levy_006_a_value_corrected_later_keeps_what_was_given_back() -> None:
    bill = standing(100_000)
    lowered = after(bill, supplement_refunds.less(bill, 10_490, "given_back", TERMS))
    corrected = correction.to_net_value(lowered, 90_000, TERMS)
    assert corrected.total_cents == 94_410 - 10_490
    assert [one.amount_cents for one in corrected.credits] == [10_490]


def test_levy_006_direct_charges_give_nothing_back() -> None:
    bill = standing(1_000, (Charge("90", "Weeds", 5_000),))
    assert bill.total_cents == 1_049 + 5_000
    assert supplement_refunds.shares([bill], 4_000) == [1_049]


@given(
    st.lists(st.integers(0, 300_000), min_size=1, max_size=4),
    st.integers(0, 2_000_000),
    st.integers(0, 90_000),
)
def test_levy_006_bills_give_back_what_is_owed_or_all_their_tax(
    values: list[int], owed: int, charge: int
) -> None:
    """The first as far as it goes; to the cent, and no bill, line or installment below zero."""
    bills = [standing(one, (Charge("90", "Weeds", charge),) if charge else ()) for one in values]
    given_back = supplement_refunds.shares(bills, owed)
    assert sum(given_back) == min(owed, sum(one.total_cents - charge for one in bills))
    for bill, cents in zip(bills, given_back, strict=True):
        if not cents:
            continue
        lowered = supplement_refunds.less(bill, cents, "given_back", TERMS)
        assert lowered.total_cents == bill.total_cents - cents
        assert sum(one.amount_cents for one in lowered.lines) == lowered.total_cents
        assert sum(one.amount_cents for one in lowered.installments) == lowered.total_cents
        assert min(one.amount_cents for one in (*lowered.lines, *lowered.installments)) >= 0
