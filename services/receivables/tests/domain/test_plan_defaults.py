"""RECV-048: which installment of a plan was missed, if any."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables_service.domain.plan_defaults import Paid, missed
from receivables_service.domain.plans import BillOrder, PaysTo, PlanBill, PlanType, schedule
from taxkit.money import Rounding

FIRST = date(2022, 4, 1)


def plan_type(**changes):
    given_ = {
        "code": "standard", "name": "Standard", "installments": 4, "months_between": 1,
        "pays_to": PaysTo.BILLS, "bill_order": BillOrder.OLDEST_FIRST,
        "rounding": Rounding.HALF_UP, "pending_days": 30, "correction_hold_days": 30,
    }  # fmt: skip
    return PlanType(**{**given_, **changes})


def bill(cents):
    return PlanBill(str(cents), 2021, cents, is_delinquent=True)


MONTHLY = plan_type(default_after_days=30)
PARTS = schedule(MONTHLY, [bill(40_000)], FIRST)
NOTHING = Paid((), (), 0)


@pytest.mark.parametrize(
    ("today", "number"),
    [("2022-04-01", None), ("2022-05-01", None), ("2022-05-02", 1), ("2023-01-01", 1)],
)
def test_recv_048_days_are_exceeded_not_reached(today, number):
    """RECV-048: due April 1, 30 days: May 1 is the last day, on May 2 it is missed."""
    part = missed(MONTHLY, PARTS, NOTHING, date.fromisoformat(today))

    assert (part and part.number) == number


@pytest.mark.parametrize(
    ("cents", "number"), [(9_999, 1), (10_000, 2), (19_999, 2), (20_000, None), (40_000, None)]
)
def test_recv_048_money_on_the_bills_covers_parts_in_their_order(cents, number):
    """RECV-048: on June 15 two parts of 100.00 are over their days."""
    part = missed(MONTHLY, PARTS, Paid((), (), cents), date(2022, 6, 15))

    assert (part and part.number) == number


def test_recv_048_a_plan_that_is_paid_to_itself_counts_its_own_payments_only():
    """RECV-048: money on the bills is not the plan's; a later part paid is not the one missed."""
    kind = plan_type(default_after_days=0, pays_to=PaysTo.PLAN)
    parts = schedule(kind, [bill(40_000)], FIRST)

    assert missed(kind, parts, Paid((), (), 40_000), date(2022, 4, 2)).number == 1
    assert missed(kind, parts, Paid((1,), (), 0), date(2022, 5, 1)) is None
    assert missed(kind, parts, Paid((1, 3), (), 0), date(2022, 7, 1)).number == 2


def test_recv_048_what_was_paid_before_the_schedule_needs_no_money_again():
    """RECV-048, RECV-052: calculated anew after part 1; only the others are waited for."""
    paid = Paid((1,), (1,), 0)

    assert missed(MONTHLY, PARTS, paid, date(2022, 5, 15)) is None
    assert missed(MONTHLY, PARTS, paid, date(2022, 6, 15)).number == 2


def test_recv_048_a_type_without_days_never_ends_by_itself():
    """RECV-048: the office says so; days below zero are refused."""
    kind = plan_type()

    assert missed(kind, PARTS, NOTHING, date(2199, 1, 1)) is None
    with pytest.raises(ValueError, match="before the installment is due"):
        plan_type(default_after_days=-1)


@given(st.integers(1, 12), st.integers(0, 60), st.integers(0, 400), st.integers(0, 10**6))
def test_recv_048_more_money_never_breaks_a_plan(count, days, passed, cents):
    """RECV-048: a plan that stands with some money stands with more; all paid, always."""
    kind = plan_type(installments=count, default_after_days=days)
    parts = schedule(kind, [bill(10**6)], FIRST)
    today = FIRST + timedelta(days=passed)
    if missed(kind, parts, Paid((), (), cents), today) is None:
        assert missed(kind, parts, Paid((), (), cents + 1), today) is None
    assert missed(kind, parts, Paid((), (), 10**6), today) is None
