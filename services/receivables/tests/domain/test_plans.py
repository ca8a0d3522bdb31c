"""Payment plans as arithmetic: parts, fees, eligibility, days."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables_service.domain.plans import (
    BillOrder,
    Detail,
    PaysTo,
    PlanBill,
    PlanInstallment,
    PlanStatus,
    PlanType,
    deficiencies,
    details,
    in_order,
    is_overdue,
    left_out_through,
    months_after,
    recalculated,
    schedule,
)
from taxkit.money import Rounding

FIRST = date(2022, 4, 30)


def plan_type(**changes):
    given_ = {
        "code": "standard", "name": "Standard", "installments": 4, "months_between": 1,
        "pays_to": PaysTo.BILLS, "bill_order": BillOrder.OLDEST_FIRST,
        "rounding": Rounding.HALF_UP, "pending_days": 30, "correction_hold_days": 30,
    }  # fmt: skip
    return PlanType(**{**given_, **changes})


def bill(cents, year=2021, **changes):
    return PlanBill(str(cents), year, cents, is_delinquent=True, **changes)


def test_recv_048_the_down_payment_carries_the_plan_fee_and_the_last_part_the_odd_cents():
    """RECV-048: 1,000.03 with 20% down and a fee of 45; four parts, each with interest."""
    kind = plan_type(
        down_payment_rate=Decimal("0.2"), monthly_rate=Decimal("0.01"), plan_fee_cents=4_500
    )
    parts = schedule(kind, [bill(100_003)], FIRST)

    assert parts == (
        PlanInstallment(0, FIRST, 20_001, 0, 4_500),
        PlanInstallment(1, date(2022, 5, 30), 20_000, 800, 0),
        PlanInstallment(2, date(2022, 6, 30), 20_000, 600, 0),
        PlanInstallment(3, date(2022, 7, 30), 20_000, 400, 0),
        PlanInstallment(4, date(2022, 8, 30), 20_002, 200, 0),
    )


def test_recv_051_a_down_payment_with_a_plan_fee_makes_two_details():
    """RECV-051 (Q-23): principal and interest, and the fee; one only where the other is nothing."""
    part = PlanInstallment(0, FIRST, 20_000, 0, 4_500)

    assert details(part, 24_500) == (Detail("principal_interest", 20_000), Detail("fee", 4_500))
    assert details(part, 4_000) == (Detail("fee", 4_000),)
    assert details(PlanInstallment(1, FIRST, 9, 1, 0), 10) == (Detail("principal_interest", 10),)


@pytest.mark.parametrize(
    ("bills", "found"),
    [
        ([bill(60_000)], ()),
        ([bill(49_999)], ("BELOW_LEAST_AMOUNT",)),
        ([bill(200_001)], ("ABOVE_MOST_AMOUNT",)),
        ([bill(60_000, in_other_plan=True)], ("IN_ANOTHER_PLAN",)),
        ([PlanBill("x", 2021, 60_000, is_delinquent=False)], ("NOT_DELINQUENT",)),
    ],
)
def test_recv_049_what_stands_in_the_way_is_named(bills, found):
    """RECV-049: each deficiency by its code, for the denial notice."""
    kind = plan_type(least_open_cents=50_000, most_open_cents=200_000, delinquent_only=True)

    assert deficiencies(kind, bills) == found


def test_recv_052_what_is_paid_stays_and_the_rest_is_spread_anew():
    """RECV-052: a bill grew after two parts were paid; dates and fees of the rest stay."""
    kind = plan_type(maintenance_fee_cents=100)
    before = schedule(kind, [bill(100_000)], FIRST)
    after = recalculated(kind, before, {0, 1, 2}, [bill(70_000)])

    assert after[:2] == before[:2]
    assert [part.principal_cents for part in after[2:]] == [35_000, 35_000]
    assert [part.due_on for part in after] == [part.due_on for part in before]


def test_recv_053_a_bill_left_out_counts_for_nothing():
    """RECV-053: only the other bill is spread."""
    parts = schedule(plan_type(), [bill(40_000), bill(60_000, left_out=True)], FIRST)

    assert sum(part.principal_cents for part in parts) == 40_000


def test_recv_052_declining_balance_lists_the_oldest_first():
    """RECV-052: by tax year; as listed where the type says so."""
    listed = [bill(1, 2021), bill(2, 2019), bill(3, 2020)]

    assert [each.tax_year for each in in_order(plan_type(), listed)] == [2019, 2020, 2021]
    assert in_order(plan_type(bill_order=BillOrder.AS_LISTED), listed) == listed


def test_ac_14_days_are_exceeded_not_reached():
    """AC-14 (Q-43): created March 1, 30 days: March 31 still pending, April 1 over."""
    opened = date(2022, 3, 1)

    assert not is_overdue(opened, 30, date(2022, 3, 31))
    assert is_overdue(opened, 30, date(2022, 4, 1))
    assert left_out_through(opened, 30) == date(2022, 3, 31)


def test_a_month_without_the_day_ends_on_its_last():
    """January 31 and one month on is February 28, or 29."""
    assert months_after(date(2023, 1, 31), 1) == date(2023, 2, 28)
    assert months_after(date(2023, 12, 31), 2) == date(2024, 2, 29)


@pytest.mark.parametrize(
    "changes",
    [{"installments": 0}, {"months_between": 0}, {"pending_days": -1},
     {"down_payment_rate": Decimal(1)}, {"monthly_rate": Decimal(-1)},
     {"default_status": PlanStatus.PAID}],
)  # fmt: skip
def test_recv_048_a_type_that_cannot_be_is_refused(changes):
    """RECV-048: no parts, rates of one or below zero, a start that is an end."""
    with pytest.raises(ValueError, match="standard"):
        plan_type(**changes)


@given(
    st.lists(st.integers(0, 10**9), min_size=1, max_size=5),
    st.integers(1, 60),
    st.sampled_from(["0", "0.2", "0.333"]),
    st.integers(-1, 59),
    st.integers(0, 10**9),
)
def test_recv_048_parts_add_up_to_the_debt_to_the_cent(amounts, count, rate, paid, left):
    """RECV-048, RECV-052: whatever the bills, the parts and what was paid before."""
    kind = plan_type(installments=count, down_payment_rate=Decimal(rate))
    parts = schedule(kind, [bill(each) for each in amounts], FIRST)
    assert sum(part.principal_cents for part in parts) == sum(amounts)
    assert all(part.principal_cents >= 0 for part in parts)
    anew = recalculated(kind, parts, range(paid + 1), [bill(left)])

    kept = [part for part in anew if part.number <= paid]
    assert kept == [part for part in parts if part.number <= paid]
    if len(kept) < len(parts):
        assert sum(part.principal_cents for part in anew[len(kept) :]) == left
