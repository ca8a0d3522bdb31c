"""LEVY-004: a corrected bill adds up, and its installments change from the last backwards."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service import rulebook
from levy_service.domain.billing import (
    AgencyRate,
    BillingProblem,
    CannotBill,
    compute_bill,
)
from levy_service.domain.correction import StandingBill, to_net_value, to_total
from levy_service.domain.installments import ComputedInstallment
from taxkit.money import CENTS_MAX

TERMS = rulebook.load(Path(__file__).parents[4] / "jurisdictions" / "us-il-cook").correction(2021)
COUNTY = TERMS.billing.residual_agency_code
RATES = (
    AgencyRate(COUNTY, "County", 396),
    AgencyRate("030210000", "City", 1594),
    AgencyRate("042050000", "Schools", 3517),
)


def standing(*amounts: int, rates: tuple[AgencyRate, ...] = RATES) -> StandingBill:
    return StandingBill(
        1000,
        rates,
        tuple(
            ComputedInstallment(number, date(2022, 3 * number, 1), cents)
            for number, cents in enumerate(amounts, start=1)
        ),
    )


@pytest.mark.parametrize(
    ("total", "targets"),
    [
        (60_000, [50_000, 10_000]),
        (120_000, [50_000, 70_000]),
        (40_000, [40_000, 0]),
        (10_000, [10_000, 0]),
        (0, [0, 0]),
        (100_000, [50_000, 50_000]),
    ],
)
def test_levy_004_targets_of_a_bill_of_two_halves(total: int, targets: list[int]) -> None:
    """The figures of AC-5 to AC-10: up on the last, down off the last and then the one before."""
    corrected = to_total(standing(50_000, 50_000), total, TERMS)

    assert targets == [each.amount_cents for each in corrected.installments]
    assert [date(2022, 3, 1), date(2022, 6, 1)] == [x.due_on for x in corrected.installments]


@given(
    amounts=st.lists(st.integers(0, 10**9), min_size=1, max_size=4),
    total=st.integers(0, 4 * 10**9),
    thousandths=st.lists(st.integers(0, 100_000), min_size=1, max_size=6),
)
def test_levy_004_whatever_the_total_every_sum_is_it(amounts, total, thousandths) -> None:
    """Components = total = installments; none negative; the last one changes first."""
    rates = tuple(
        AgencyRate(COUNTY if not place else str(place), "", rate or 1)
        for place, rate in enumerate(thousandths)
    )
    before = standing(*amounts, rates=rates)
    after = to_total(before, total, TERMS)

    assert total == after.total_cents
    assert total == sum(line.amount_cents for line in after.lines)
    assert total == sum(part.amount_cents for part in after.installments)
    assert min(line.amount_cents for line in after.lines) >= 0
    assert min(part.amount_cents for part in after.installments) >= 0
    parts = list(zip(before.installments, after.installments, strict=True))
    for place, (was, now) in enumerate(parts):
        if was.amount_cents != now.amount_cents:
            # Only once all those after it are down to nothing is an earlier one touched.
            assert not any(later.amount_cents for _, later in parts[place + 1 :])
    if total >= sum(amounts):
        assert [each.amount_cents for each in after.installments[:-1]] == amounts[:-1]


@given(value=st.integers(0, 10**9), first=st.integers(0, 10**6), second=st.integers(0, 10**6))
def test_levy_004_a_value_is_billed_as_it_was_at_first(value: int, first: int, second: int) -> None:
    """Same total and same lines as a roll with that value; only the installments differ."""
    after = to_net_value(standing(first, second), value, TERMS)
    issued = compute_bill(value, 0, RATES, TERMS.billing)

    assert (issued.total_cents, issued.lines) == (after.total_cents, after.lines)
    assert after.total_cents == sum(part.amount_cents for part in after.installments)


def test_levy_004_odd_cents_of_a_total_go_where_the_law_puts_them() -> None:
    """Each line by its rate, rounded; the county's line takes what is left."""
    after = to_total(standing(100), 10_001, TERMS)

    by_rate = {rate.agency_code: 10_001 * rate.rate_units / 5507 for rate in RATES}
    for line in after.lines:
        assert line.amount_cents - line.residual_cents == round(by_rate[line.agency_code])
    assert {line.agency_code for line in after.lines if line.residual_cents} <= {COUNTY}


@pytest.mark.parametrize("total", [-1, CENTS_MAX + 1])
def test_a_total_no_bill_can_have_is_refused(total: int) -> None:
    """Below nothing, or beyond what every reader holds."""
    with pytest.raises(CannotBill) as refusal:
        to_total(standing(100), total, TERMS)

    assert refusal.value.reason is BillingProblem.BILL_OUT_OF_RANGE


def test_a_bill_without_rates_has_nobody_to_share_a_total() -> None:
    """Nothing may be demanded for no one; nothing at all may."""
    nobody = standing(0, rates=(AgencyRate(COUNTY, "County", 0),))
    with pytest.raises(CannotBill) as refusal:
        to_total(nobody, 5, TERMS)

    assert refusal.value.reason is BillingProblem.BAD_RATE
    assert to_total(nobody, 0, TERMS).total_cents == 0
