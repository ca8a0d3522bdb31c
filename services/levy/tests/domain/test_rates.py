"""LEVY-001: rates are read, kept and written exactly, in the unit their law writes them in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain.rates import (
    THOUSANDTHS_OF_PERCENT,
    BadRate,
    RatePer,
    RateUnit,
    as_percent,
    format_rate,
    parse_rate,
    unit_named,
)
from taxkit.money import Rounding

PER_1000 = RateUnit(RatePer.DOLLARS_PER_1000, 5)
PER_100 = RateUnit(RatePer.DOLLARS_PER_100, 5)
MILLS = RateUnit(RatePer.MILLS, 3)
CAPACITY = RateUnit(RatePer.PERCENT_OF_CAPACITY, 3)
units = st.builds(RateUnit, st.sampled_from(RatePer), st.integers(0, 9))


@given(units, st.integers(0, 2**31 - 1))
def test_levy_001_a_rate_reads_back_as_written(unit: RateUnit, steps: int) -> None:
    """All decimals and back, exactly, in every unit."""
    steps = min(steps, unit.units_max)

    assert steps == parse_rate(format_rate(steps, unit), unit)
    assert unit == unit_named(unit.name)


@pytest.mark.parametrize(
    "text", ["", "-0.1", "0.3961", "100.001", "1e1", "٣", "0,396", ".5", "1.", "NaN", " 1", "1_0"]
)
def test_levy_001_a_rate_that_is_not_exact_thousandths_is_refused(text: str) -> None:
    """BAD_RATE rather than a rounded rate."""
    with pytest.raises(BadRate):
        parse_rate(text)


@pytest.mark.parametrize(
    ("unit", "written", "dollars", "cents"),
    [
        (THOUSANDTHS_OF_PERCENT, "0.396", 22_826, 9_039),
        (PER_1000, "1.23456", 500_000, 61_728),
        (PER_100, "0.54321", 250_000, 135_803),
        (MILLS, "10.250", 18_765, 19_234),
        (CAPACITY, "112.500", 4_000, 450_000),
        (RateUnit(RatePer.PERCENT, 0), "1", 350, 350),
    ],
)
def test_levy_001_a_rate_takes_what_its_unit_says(
    unit: RateUnit, written: str, dollars: int, cents: int
) -> None:
    """22,826 x 0.396 %; 500 x 1.23456; 2,500 x 0.54321 = 1,358.025; 18.765 x 10.25 = 192.34125."""
    assert cents == unit.tax(dollars, parse_rate(written, unit), Rounding.HALF_UP)


@pytest.mark.parametrize(
    ("rounding", "step_cents", "cents"),
    [
        (Rounding.HALF_UP, 1, 12_346),
        (Rounding.DOWN, 1, 12_345),
        (Rounding.HALF_UP, 2, 12_346),
        (Rounding.DOWN, 2, 12_344),
        (Rounding.HALF_UP, 100, 12_300),
        (Rounding.UP, 100, 12_400),
    ],
)
def test_levy_001_tax_is_rounded_once_to_the_step_of_the_law(
    rounding: Rounding, step_cents: int, cents: int
) -> None:
    """123.456 dollars: to the cent, to two cents (whole cents in each half), to the dollar."""
    assert cents == PER_1000.tax(100_000, 123_456, rounding, step_cents)


@given(units, st.integers(0, 10**10), st.integers(0, 2**31 - 1), st.sampled_from([1, 2, 100]))
def test_levy_001_no_rounding_strays_a_whole_step(
    unit: RateUnit, dollars: int, steps: int, step_cents: int
) -> None:
    """Truncation is below, rounding up above, and less than a step lies between them."""
    down = unit.tax(dollars, steps, Rounding.DOWN, step_cents)
    up = unit.tax(dollars, steps, Rounding.UP, step_cents)

    assert down * unit.units_per_dollar <= 100 * dollars * steps <= up * unit.units_per_dollar
    assert up - down in (0, step_cents)
    for rounding in Rounding:
        assert unit.tax(dollars, steps, rounding, step_cents) in (down, up)


def test_levy_001_rates_of_every_unit_read_as_percent() -> None:
    """Readers of the first contract ask for percent: exact, three decimals or more."""
    assert as_percent(396, THOUSANDTHS_OF_PERCENT) == "0.396"
    assert as_percent(123_456, PER_1000) == "0.123456"
    assert as_percent(54_321, PER_100) == "0.54321"
    assert as_percent(10_250, MILLS) == "1.025"
    assert as_percent(7, RateUnit(RatePer.PERCENT, 0)) == "7.000"
    assert as_percent(120_000, PER_1000) == "0.120"


def test_levy_001_rates_on_tax_capacity_may_pass_a_hundred_percent() -> None:
    """Others may not: nobody takes more than the value."""
    assert parse_rate("112.5", CAPACITY) == 112_500
    for unit, text in [(MILLS, "1000.001"), (PER_100, "100.00001"), (CAPACITY, "1000.001")]:
        with pytest.raises(BadRate):
            parse_rate(text, unit)


@pytest.mark.parametrize("decimals", [-1, 10])
def test_levy_001_a_unit_has_no_more_decimals_than_are_kept(decimals: int) -> None:
    """Nine at most."""
    with pytest.raises(ValueError, match="decimals"):
        RateUnit(RatePer.MILLS, decimals)
