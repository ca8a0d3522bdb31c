"""Whole cents: rounding, sharing and reading amounts."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxkit.money import CENTS_MAX, Rounding, format_cents, parse_cents, split, times, times_ratio

MODES = {
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.DOWN: ROUND_DOWN,
    Rounding.UP: ROUND_UP,
}
amounts = st.integers(-CENTS_MAX, CENTS_MAX)
rates = st.decimals("-10", "10", places=6)
weights = st.dictionaries(st.text(max_size=3), st.integers(0, 10**12), min_size=1, max_size=12)


@given(amounts, rates, st.sampled_from(Rounding))
def test_times_agrees_with_exact_decimal_arithmetic(cents, rate, rounding):
    """The product is exact, and rounded once in the named mode."""
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(cents) * rate
        expected = int(exact.to_integral_value(rounding=MODES[rounding]))

    assert expected == times(cents, rate, rounding)
    assert -expected == times(-cents, rate, rounding)


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [
        (Rounding.HALF_UP, [1, 2, 3, -1, -2]),
        (Rounding.HALF_EVEN, [0, 2, 2, 0, -2]),
        (Rounding.DOWN, [0, 1, 2, 0, -1]),
        (Rounding.UP, [1, 2, 3, -1, -2]),
    ],
)
def test_half_cents_go_where_the_mode_says(rounding, expected):
    """Half of 1, 3, 5, -1 and -3 cents: a negative is the mirror of its positive."""
    assert expected == [times_ratio(cents, 1, 2, rounding) for cents in (1, 3, 5, -1, -3)]


@given(amounts, weights)
def test_a_split_loses_no_cent_and_strays_less_than_one(cents, shares):
    """Parts add up to the whole, and none is a cent away from its exact share."""
    whole = sum(shares.values())
    if not whole:
        cents = 0
    parts = split(cents, shares)

    assert (cents, shares.keys()) == (sum(parts.values()), parts.keys())
    for key, part in parts.items():
        assert abs(part - Fraction(cents * shares[key], whole or 1)) < 1


@given(amounts, weights)
def test_a_split_of_a_negative_is_the_mirror(cents, shares):
    """Taking back undoes exactly what giving did."""
    if not sum(shares.values()):
        cents = 0

    assert {key: -part for key, part in split(cents, shares).items()} == split(-cents, shares)


@given(amounts, weights, st.randoms(use_true_random=False))
def test_a_split_does_not_depend_on_the_order_of_its_weights(cents, shares, random):
    """The same answer every run, however the rows came."""
    if not sum(shares.values()):
        cents = 0
    rows = list(shares.items())
    random.shuffle(rows)

    assert split(cents, shares) == split(cents, dict(rows))


def test_odd_cents_go_to_the_largest_remainders_and_then_by_key():
    """100 over 3, 3 and 1: remainders 6/7, 6/7 and 2/7."""
    assert split(100, {"b": 3, "a": 3, "c": 1}) == {"b": 43, "a": 43, "c": 14}
    assert split(1, {"b": 1, "a": 1}) == {"b": 0, "a": 1}
    assert split(-1, {"b": 1, "a": 1}) == {"b": 0, "a": -1}


def test_a_split_without_weight_is_refused_unless_there_is_nothing_to_share():
    """Money is never dropped because nobody has a share."""
    assert split(0, {"a": 0, "b": 0}) == {"a": 0, "b": 0}
    assert split(0, {}) == {}
    with pytest.raises(ValueError, match="add up to nothing"):
        split(1, {"a": 0})
    with pytest.raises(ValueError, match="negative"):
        split(1, {"a": 2, "b": -1})


@given(amounts)
def test_what_is_written_reads_back(cents):
    """format_cents and parse_cents are each other's inverse."""
    assert cents == parse_cents(format_cents(cents))


@pytest.mark.parametrize(
    ("text", "cents"),
    [("1,234.56", 123456), ("$1,234.56", 123456), ("1234", 123400), ("0.07", 7), ("-$1.00", -100)],
)
def test_amounts_are_read_as_people_write_them(text, cents):
    """With or without a dollar sign, commas and cents."""
    assert cents == parse_cents(text)


ARABIC_DIGITS = "\u0663.\u0660\u0660"


@pytest.mark.parametrize(
    "text",
    [
        *("", "$", "1.5", "1.234", "12,34.00", "1,2345", ".50"),
        *("1e3", "1.00-", "1 000", "NaN", ARABIC_DIGITS),
    ],
)
def test_a_half_written_amount_is_refused(text):
    """Nothing is guessed about money."""
    with pytest.raises(ValueError, match="is not an amount"):
        parse_cents(text)


def test_an_amount_beyond_the_largest_is_refused():
    """2^53 cents no longer fit every reader of JSON."""
    assert parse_cents("90,071,992,547,409.91") == CENTS_MAX
    with pytest.raises(ValueError, match="largest amount"):
        parse_cents("90,071,992,547,409.92")


def test_amounts_are_written_with_commas_and_two_digits():
    """The sign stands before the dollar."""
    assert [format_cents(n) for n in (123456, -5, 0)] == ["$1,234.56", "-$0.05", "$0.00"]
