"""LEVY-002: a bill's installments by its law: shares, odd cents, single payments."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain.installments import (
    Due,
    InstallmentPlan,
    OddCents,
    ShareOf,
    SinglePayment,
    installments,
)
from taxkit.money import Rounding

DAYS = (date(2024, 1, 31), date(2024, 4, 30), date(2024, 7, 31), date(2024, 10, 31))


def plan_of(*shares: str, odd: OddCents = OddCents.FIRST, step_cents: int = 1) -> InstallmentPlan:
    return InstallmentPlan(
        shares=tuple(map(Decimal, shares)),
        share_of=ShareOf.TOTAL,
        rounding=Rounding.DOWN,
        odd_cents=odd,
        due=tuple(Due(day) for day in DAYS[: len(shares)]),
        step_cents=step_cents,
    )


def amounts(total: int, plan: InstallmentPlan, prior: int = 0) -> list[int]:
    return [each.amount_cents for each in installments(total, prior, plan)]


@pytest.mark.parametrize(
    ("plan", "total", "parts"),
    [
        (plan_of("1"), 12_345, [12_345]),
        (plan_of("0.5", "0.5"), 12_344, [6_172, 6_172]),
        (plan_of("0.5", "0.5"), 12_345, [6_173, 6_172]),
        (plan_of("0.5", "0.5", odd=OddCents.LAST), 12_345, [6_172, 6_173]),
        (plan_of("0.5", "0.25", "0.25"), 10_003, [5_003, 2_500, 2_500]),
        (plan_of("0.25", "0.25", "0.25", "0.25"), 10_003, [2_503, 2_500, 2_500, 2_500]),
        (
            plan_of("0.25", "0.25", "0.25", "0.25", odd=OddCents.LAST),
            10_003,
            [2_500, 2_500, 2_500, 2_503],
        ),
        (plan_of("0.5", "0.5", step_cents=100), 12_300, [6_200, 6_100]),
    ],
)
def test_levy_002_shares_of_the_bill(plan: InstallmentPlan, total: int, parts: list[int]) -> None:
    """One to four installments; what the others' rounding leaves is where the law puts it."""
    assert parts == amounts(total, plan)


any_plan = st.builds(
    replace,
    st.sampled_from(
        [
            plan_of("1"),
            plan_of("0.5", "0.5"),
            plan_of("0.5", "0.25", "0.25"),
            plan_of("0.25", "0.25", "0.25", "0.25"),
            plan_of("0.33", "0.33", "0.34"),
        ]
    ),
    rounding=st.sampled_from(Rounding),
    odd_cents=st.sampled_from(OddCents),
    step_cents=st.sampled_from([1, 2, 100]),
    single=st.none() | st.builds(SinglePayment, st.integers(0, 10**5), st.just(Due(DAYS[3]))),
)
estimated = st.builds(
    replace,
    st.just(
        replace(
            plan_of("0.5", "0.5"), shares=(Decimal("0.55"),), share_of=ShareOf.PRIOR_YEAR_TOTAL
        )
    ),
    rounding=st.sampled_from(Rounding),
    step_cents=st.sampled_from([1, 100]),
)  # fmt: skip


@given(st.integers(0, 10**6) | st.integers(0, 9), st.integers(0, 10**6), any_plan | estimated)
def test_levy_002_installments_add_up_and_none_is_negative(
    total: int, prior: int, plan: InstallmentPlan
) -> None:
    """In every mode, whatever is estimated."""
    parts = installments(total, prior, plan)

    assert total == sum(each.amount_cents for each in parts)
    assert all(each.amount_cents >= 0 for each in parts)
    assert [each.installment for each in parts] == list(range(1, len(parts) + 1))
    assert len(parts) in (1, len(plan.due))


@pytest.mark.parametrize(
    ("total", "count"), [(0, 1), (9_999, 1), (10_000, 1), (10_001, 2), (10**9, 2)]
)
def test_levy_002_a_bill_up_to_an_amount_is_paid_in_one(total: int, count: int) -> None:
    """The amount itself included, on a day of its own."""
    single = SinglePayment(10_000, Due(date(2024, 12, 31)))
    parts = installments(total, 0, replace(plan_of("0.5", "0.5"), single=single))

    assert count == len(parts)
    if count == 1:
        assert (date(2024, 12, 31), total) == (parts[0].due_on, parts[0].amount_cents)


def test_levy_002_an_installment_says_since_when_it_is_payable() -> None:
    """Due on November 1, late after December 10."""
    due = Due(date(2024, 12, 10), payable_on=date(2024, 11, 1))
    (part,) = installments(100, 0, replace(plan_of("1"), due=(due,)))

    assert (date(2024, 12, 10), date(2024, 11, 1)) == (part.due_on, part.payable_on)


@pytest.mark.parametrize(
    "wrong",
    [
        {"shares": ()},
        {"shares": (Decimal("0.5"), Decimal("0.4"))},
        {"shares": (Decimal("1.5"), Decimal("-0.5"))},
        {"shares": (Decimal("0.5"), Decimal("0.6")), "share_of": ShareOf.PRIOR_YEAR_TOTAL},
        {"share_of": ShareOf.PRIOR_YEAR_TOTAL},
        {"due": (Due(DAYS[0]),)},
        {"due": (Due(DAYS[1]), Due(DAYS[0]))},
        {"due": (Due(DAYS[0]), Due(DAYS[0]))},
    ],
)
def test_levy_002_a_plan_that_cannot_be_meant_is_refused(wrong: dict[str, object]) -> None:
    """Shares that are not the bill, days out of order, more or fewer days than shares."""
    with pytest.raises(ValueError, match=r"shares|due dates"):
        replace(plan_of("0.5", "0.5"), **wrong)
