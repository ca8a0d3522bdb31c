"""CASH-072: which plan, which installment, and what of it each bill gets."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.plan_schedule import (
    CounterPlan,
    Installment,
    PlanBill,
    check_confirmed,
    is_changed,
    one_of,
    pick,
    spread,
)
from taxkit.errors import Refusal

BILLS = [UUID(int=number) for number in range(1, 5)]
PART = Installment(1, date(2023, 1, 1), 10_000, 150, 0)
PLAN = CounterPlan("2022-000001", "standard", "1", "active", (PlanBill(BILLS[0]),), (PART,))


@given(
    st.integers(1, 10**9),
    st.lists(st.integers(0, 10**9), min_size=4, max_size=4).filter(any),
)
def test_every_cent_of_an_installment_goes_to_a_bill_in_the_plans_order(
    cents: int, opens: list[int]
) -> None:
    """No bill is passed over while the one before it still owes; the excess is the last one's."""
    owed = dict(zip(BILLS, opens, strict=True))
    shares = spread(cents, BILLS, owed)

    assert sum(shares.values()) == cents
    assert all(part > 0 and owed[bill] for bill, part in shares.items())
    *before, last = shares
    assert all(shares[bill] == owed[bill] for bill in before)
    if shares[last] > owed[last]:
        assert all(bill in shares for bill in BILLS if owed[bill])


def test_a_plan_nothing_is_owed_on_takes_no_installment() -> None:
    """Instead of leaving the money to nobody."""
    with pytest.raises(Refusal, match="no bill of the plan"):
        spread(100, BILLS, dict.fromkeys(BILLS, 0))


@pytest.mark.parametrize(
    ("left_out", "changed_on", "is_it"),
    [
        ("", "", False),
        ("2023-01-31", "2023-01-01", True),
        ("", "2023-01-02", True),
        ("", "2023-01-01", False),
    ],
)
def test_a_bill_is_changed_until_its_plan_is_calculated(left_out, changed_on, is_it) -> None:
    """A calculation of the day of the correction or later has seen it."""
    assert is_changed(left_out, changed_on, "2023-01-01") is is_it


def test_changes_have_to_be_confirmed_only_where_the_plan_runs() -> None:
    """A plan that ended is calculated no more."""
    changed = CounterPlan("1", "", "1", "active", (PlanBill(BILLS[0], is_changed=True),))
    ended = CounterPlan("1", "", "1", "void", changed.bills)
    check_confirmed(changed, confirmed=True)
    check_confirmed(ended, confirmed=False)
    with pytest.raises(Refusal) as refused:
        check_confirmed(changed, confirmed=False)
    assert refused.value.reason == "PLAN_CHANGES_UNPROCESSED"


def test_of_several_plans_the_active_one_is_meant() -> None:
    """Two of them, or none, have to be told apart by number."""
    void = CounterPlan("2021-000001", "", "1", "void")
    assert one_of([void, PLAN]) is PLAN
    assert one_of([void]) is void
    for plans, reason in (([PLAN, PLAN], "PLAN_AMBIGUOUS"), ([], "PLAN_NOT_FOUND")):
        with pytest.raises(Refusal) as refused:
            one_of(plans)
        assert refused.value.reason == reason


def test_only_an_unpaid_installment_of_an_active_plan_is_picked() -> None:
    """Each other one says why not."""
    paid = Installment(2, date(2023, 2, 1), 1, 0, 0, is_paid=True)
    plan = CounterPlan("1", "", "1", "active", (), (PART, paid))
    assert pick(plan, 1) is PART
    for of, number, reason in (
        (plan, 2, "PLAN_INSTALLMENT_PAID"),
        (plan, 3, "PLAN_INSTALLMENT_NOT_FOUND"),
        (CounterPlan("1", "", "1", "fulfilled"), 1, "PLAN_STATUS"),
    ):
        with pytest.raises(Refusal) as refused:
            pick(of, number)
        assert refused.value.reason == reason
