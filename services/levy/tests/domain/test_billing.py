"""LEVY-001, LEVY-002: bills follow from value and rates, to the cent."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service import rulebook
from levy_service.domain.billing import (
    AgencyRate,
    BillingProblem,
    BillingTerms,
    CannotBill,
    ComputedBill,
    compute_bill,
)
from levy_service.domain.installments import (
    Due,
    InstallmentPlan,
    OddCents,
    ShareOf,
    installments,
)
from levy_service.domain.rates import format_rate, parse_rate
from taxkit.money import CENTS_MAX, Rounding

ROLL = Path(__file__).parents[4] / "examples" / "roll"
COOK = Path(__file__).parents[4] / "jurisdictions" / "us-il-cook"
COUNTY = "010010000"
PLAN = InstallmentPlan(
    shares=(Decimal("0.55"),),
    share_of=ShareOf.PRIOR_YEAR_TOTAL,
    rounding=Rounding.HALF_UP,
    odd_cents=OddCents.LAST,
    due=(Due(date(2022, 3, 1)), Due(date(2022, 12, 30))),
)
TERMS = BillingTerms(
    total_rounding=Rounding.HALF_UP,
    line_rounding=Rounding.HALF_UP,
    residual_agency_code=COUNTY,
    plan=PLAN,
    rule_ids=("test",),
)


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (ROLL / name).open(encoding="utf-8", newline="") as rows:
        yield from csv.DictReader(rows)


def _rates() -> dict[tuple[str, str], list[AgencyRate]]:
    rates: dict[tuple[str, str], list[AgencyRate]] = defaultdict(list)
    for row in _rows("rates.csv"):
        rate = AgencyRate(row["agency_code"], row["agency_name"], parse_rate(row["rate_percent"]))
        rates[row["tax_year"], row["tax_code"]].append(rate)
    return rates


RULES = rulebook.load(COOK)
RATES = _rates()
PARCELS = list(_rows("parcels.csv"))


def _bill(row: dict[str, str]) -> ComputedBill:
    rates = RATES[row["tax_year"], row["tax_code"]]
    prior = int(row["prior_year_total_cents"])
    return compute_bill(
        int(row["net_value_dollars"]), prior, rates, RULES.terms(int(row["tax_year"]))
    )


def _key(row: dict[str, str]) -> tuple[str, str]:
    return row["tax_year"], row["parcel_number"]


EXPECTED = {_key(row): row for row in _rows("expected_bills.csv")}
EXPECTED_LINES: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
for _row in _rows("expected_lines.csv"):
    EXPECTED_LINES[_key(_row)][_row["agency_code"]] = int(_row["amount_cents"])


def test_the_example_roll_is_the_whole_sample() -> None:
    """24 bills of four years, with 318 lines."""
    assert len(PARCELS) == len(EXPECTED) == 24
    assert sum(map(len, EXPECTED_LINES.values())) == 318


@pytest.mark.parametrize("row", PARCELS, ids=lambda row: "-".join(_key(row)))
def test_levy_002_a_printed_bill_is_reproduced_to_the_cent(row: dict[str, str]) -> None:
    """Total, composite rate and every agency's line are those of the printed bill."""
    expected = EXPECTED[_key(row)]

    bill = _bill(row)

    assert int(expected["total_cents"]) == bill.total_cents
    assert expected["composite_rate_percent"] == format_rate(bill.composite_units)
    assert int(expected["line_count"]) == len(bill.lines)
    assert EXPECTED_LINES[_key(row)] == {x.agency_code: x.amount_cents for x in bill.lines}


@pytest.mark.parametrize("row", PARCELS, ids=lambda row: "-".join(_key(row)))
def test_levy_002_odd_cents_are_on_the_countys_line_only(row: dict[str, str]) -> None:
    """No agency but the county is a cent away from its own rate, and the county at most two."""
    bill = _bill(row)

    assert {0} == {x.residual_cents for x in bill.lines if x.agency_code != COUNTY}
    assert max(abs(x.residual_cents) for x in bill.lines) <= 2


def test_levy_002_the_sample_does_contain_odd_cents() -> None:
    """Otherwise the test above would prove nothing."""
    assert any(line.residual_cents for row in PARCELS for line in _bill(row).lines)


def test_a_bill_comes_in_two_installments_the_first_from_last_years_bill() -> None:
    """55 % of 9,025.96 is 4,964.28 by half-up; the rest of 12,602.22 is the second."""
    parts = installments(1_260_222, 902_596, PLAN)

    assert [part.amount_cents for part in parts] == [496_428, 763_794]
    assert [date(2022, 3, 1), date(2022, 12, 30)] == [part.due_on for part in parts]
    assert [part.installment for part in parts] == [1, 2]


def test_an_estimate_above_the_bill_is_capped_by_it() -> None:
    """Parcel 31261100740000: billed 2,444.89 in 2020, nothing in 2021."""
    parts = installments(0, 244_489, PLAN)

    assert [part.amount_cents for part in parts] == [0, 0]


def test_half_a_cent_of_estimate_is_rounded_as_the_terms_say() -> None:
    """55 % of 10 cents is five and a half."""
    down = replace(PLAN, rounding=Rounding.DOWN)

    assert installments(100, 10, PLAN)[0].amount_cents == 6
    assert installments(100, 10, down)[0].amount_cents == 5


rates_of_a_code = st.lists(st.integers(0, 9_000), min_size=0, max_size=20).map(
    lambda units: [
        AgencyRate(COUNTY if not n else f"{n:09d}", f"Agency {n}", unit)
        for n, unit in enumerate([489, *units])
    ]
)
values = st.integers(0, 10**9)
small_values = st.integers(0, 50)
cents = st.integers(0, 10**12)


@given(values | small_values, cents, rates_of_a_code)
def test_lines_and_installments_add_up_to_the_bill(
    value: int, prior: int, rates: list[AgencyRate]
) -> None:
    """No cent is lost, none invented, and nobody's part is negative."""
    bill = compute_bill(value, prior, rates, TERMS)

    assert bill.total_cents == sum(line.amount_cents for line in bill.lines)
    assert bill.total_cents == sum(part.amount_cents for part in bill.installments)
    assert min(line.amount_cents for line in bill.lines) >= 0
    assert min(part.amount_cents for part in bill.installments) >= 0


@given(values | small_values, rates_of_a_code)
def test_a_line_strays_less_than_a_cent_from_its_exact_share(
    value: int, rates: list[AgencyRate]
) -> None:
    """But for the residual line, which takes at most half a cent per agency and its own."""
    bill = compute_bill(value, 0, rates, TERMS)

    for line in bill.lines:
        exact = Fraction(value * line.rate_units, 1000)
        limit = Fraction(len(rates) + 2, 2) if line.agency_code == COUNTY else 1
        assert abs(line.amount_cents - exact) < limit


@given(values, st.integers(0, 10**6), cents, rates_of_a_code)
def test_more_value_is_never_less_tax(
    value: int, more: int, prior: int, rates: list[AgencyRate]
) -> None:
    """Bill and both installments grow with the value."""
    low = compute_bill(value, prior, rates, TERMS)
    high = compute_bill(value + more, prior, rates, TERMS)

    assert low.total_cents <= high.total_cents
    for before, after in zip(low.installments, high.installments, strict=True):
        assert before.amount_cents <= after.amount_cents


def test_a_bill_too_small_for_the_residual_is_shared_by_largest_remainders() -> None:
    """Ten dollars of value, fifteen lines rounded up to a cent: the county would owe two."""
    rates = [AgencyRate(COUNTY, "County", 489)] + [
        AgencyRate(f"{n:09d}", f"Agency {n}", 50) for n in range(1, 15)
    ]

    bill = compute_bill(10, 0, rates, TERMS)

    assert bill.total_cents == 12
    assert bill.lines[0].amount_cents == 5
    assert sum(line.amount_cents for line in bill.lines[1:]) == 7


@pytest.mark.parametrize(
    ("value", "prior", "rates", "reason"),
    [
        (-1, 0, [AgencyRate(COUNTY, "C", 1)], BillingProblem.BAD_VALUE),
        (1, -1, [AgencyRate(COUNTY, "C", 1)], BillingProblem.BAD_VALUE),
        (1, 0, [AgencyRate("1", "A", 1)], BillingProblem.RESIDUAL_AGENCY_MISSING),
        (1, 0, [], BillingProblem.RESIDUAL_AGENCY_MISSING),
        (1, 0, [AgencyRate(COUNTY, "C", 1)] * 2, BillingProblem.DUPLICATE_AGENCY),
        (2**53, 0, [AgencyRate(COUNTY, "C", 1001)], BillingProblem.BILL_OUT_OF_RANGE),
        (1, CENTS_MAX + 1, [AgencyRate(COUNTY, "C", 1)], BillingProblem.BILL_OUT_OF_RANGE),
    ],
)
def test_what_cannot_be_billed_is_refused_with_a_reason(
    value: int, prior: int, rates: list[AgencyRate], reason: BillingProblem
) -> None:
    """Never a bill from nonsense."""
    with pytest.raises(CannotBill) as refusal:
        compute_bill(value, prior, rates, TERMS)
    assert reason is refusal.value.reason
