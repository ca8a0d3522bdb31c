"""RECV-048: whether a broken plan may go on, until when, how often, and when another may begin."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from receivables_service.domain.plan_defaults import Paid, missed
from receivables_service.domain.plan_reinstatement import (
    Reinstatement,
    Reprieve,
    WhyNot,
    again_from,
    check_again_on,
    reprieve,
    why_not,
)
from receivables_service.domain.plans import (
    BillOrder,
    PaysTo,
    PlanBill,
    PlanInstallment,
    PlanType,
    deficiencies,
)
from taxkit.money import Rounding

BROKEN = date(2024, 4, 11)
ONCE = Reinstatement(30)
TYPE = PlanType(
    "std", "Standard", 2, 1, PaysTo.BILLS, BillOrder.AS_LISTED, Rounding.HALF_UP, 30, 30,
    down_payment_rate=Decimal(0), default_after_days=0,
)  # fmt: skip
PARTS = [PlanInstallment(n, date(2024, 4, 10) + timedelta(days=30 * n), 500, 0, 0) for n in (0, 1)]


@pytest.mark.parametrize(
    ("law", "before", "days", "reason"),
    [
        (None, 0, 0, WhyNot.NEVER),
        (ONCE, 0, 0, None),
        (ONCE, 0, 30, None),
        (ONCE, 0, 31, WhyNot.TOO_LATE),
        (ONCE, 1, 0, WhyNot.TOO_OFTEN),
        (Reinstatement(30, times=2), 1, 0, None),
    ],
)
def test_recv_048_a_broken_plan_goes_on_where_so_soon_and_so_often(law, before, days, reason):
    """RECV-048: its last day counts, and where the law is silent it is over."""
    assert why_not(law, BROKEN, before, BROKEN + timedelta(days=days)) is reason


@pytest.mark.parametrize(
    ("broken", "again_on", "begins"),
    [
        (date(2024, 4, 11), "07-01", date(2024, 7, 1)),
        (date(2024, 6, 30), "07-01", date(2024, 7, 1)),
        (date(2024, 7, 1), "07-01", date(2025, 7, 1)),
        (date(2024, 12, 31), "01-01", date(2025, 1, 1)),
        (date(2024, 4, 11), "", date(2024, 4, 11)),
    ],
)
def test_recv_048_another_plan_may_begin_from_the_next_such_day(broken, again_on, begins):
    """RECV-048: after the day it broke, never on it; without a day, at once."""
    assert again_from(broken, again_on) == begins


@pytest.mark.parametrize("said", ["7-1", "13-01", "02-30", "02-29", "2024-07-01"])
def test_a_day_that_is_not_in_every_year_is_refused(said: str):
    with pytest.raises(ValueError, match="of every year"):
        check_again_on(said)


@pytest.mark.parametrize("given", [(-1,), (1, 0), (1, 1, -1)])
def test_days_below_zero_and_no_times_are_refused(given):
    with pytest.raises(ValueError, match="not below"):
        Reinstatement(*given)


def test_a_kind_that_is_never_broken_is_not_reinstated():
    """And a pack that says so is wrong."""
    with pytest.raises(ValueError, match="never broken"):
        PlanType(
            "x", "X", 2, 1, PaysTo.BILLS, BillOrder.AS_LISTED, Rounding.HALF_UP, 1, 1,
            reinstatement=ONCE,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("paid_cents", "today", "number"),
    [
        (0, "2024-04-30", None),
        (0, "2024-05-01", 0),
        (500, "2024-05-10", None),
        (500, "2024-05-11", 1),
        (1_000, "2024-12-01", None),
    ],
)
def test_recv_048_what_was_due_by_then_may_be_paid_until_its_days_are_over(
    paid_cents, today, number
):
    """RECV-048: reinstated on April 20 with ten days; later parts are missed by their own days."""
    until = Reprieve(date(2024, 4, 20), date(2024, 4, 30))
    paid = Paid((), (), paid_cents)
    part = missed(TYPE, PARTS, paid, date.fromisoformat(today), until)
    assert (part.number if part else None) == number


def test_recv_048_a_plan_that_never_broke_has_no_more_time():
    """RECV-048: nor has one whose law says nothing."""
    assert reprieve(ONCE, None) is None
    assert reprieve(None, BROKEN) is None
    assert reprieve(ONCE, BROKEN) is None
    assert reprieve(Reinstatement(1, arrears_days=3), BROKEN) == Reprieve(
        BROKEN, BROKEN + timedelta(days=3)
    )


def test_recv_049_a_bill_whose_plan_was_broken_lately_lacks_a_day():
    """RECV-049: it may be asked for, and is pending with its reason."""
    bill = PlanBill("1", 2021, 100, is_delinquent=True, broken_lately=True)
    assert deficiencies(TYPE, [bill]) == ("BROKEN_LATELY",)
