"""LEVY-017, LEVY-019: an assessment's years add up to its principal, to the cent."""

from datetime import date
from decimal import Decimal
from itertools import dropwhile, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain.amortization import (
    YEARS_MAX,
    AmortizationMethod,
    AmortizationTerms,
    CannotAmortize,
    parse_rate_percent,
    schedule,
    years_after,
)

FROM = date(2021, 11, 1)
PRINCIPAL, PAYMENT = AmortizationMethod.LEVEL_PRINCIPAL, AmortizationMethod.LEVEL_PAYMENT


def terms(years: int, rate: str, method: AmortizationMethod) -> AmortizationTerms:
    return AmortizationTerms(years, Decimal(rate), method, 2022, FROM)


any_terms = st.builds(
    terms,
    st.integers(1, YEARS_MAX),
    st.decimals(0, 99, places=4).map(str),
    st.sampled_from([PRINCIPAL, PAYMENT]),
)


def test_level_principal_bears_ever_less_interest() -> None:
    """1,000.00 over three years at 5 %: 333.33 twice, the odd cent in the last."""
    found = schedule(100_000, terms(3, "5", PRINCIPAL))

    assert [(each.principal_cents, each.interest_cents) for each in found] == [
        (33_333, 5_000),
        (33_333, 3_333),  # 666.67 x 5 %
        (33_334, 1_667),  # 333.34 x 5 %
    ]
    assert [each.tax_year for each in found] == [2022, 2023, 2024]


def test_level_payment_is_the_same_every_year_but_for_the_last() -> None:
    """1,000.00 over three years at 5 %: 367.21 by the annuity's formula."""
    found = schedule(100_000, terms(3, "5", PAYMENT))

    assert [each.amount_cents for each in found] == [36_721, 36_721, 36_721]
    assert [each.interest_cents for each in found] == [5_000, 3_414, 1_749]


def test_interest_that_ran_before_goes_with_the_first_installment() -> None:
    """After a deferral."""
    found = schedule(100_000, terms(3, "5", PRINCIPAL), arrears_cents=1_234)

    assert [each.interest_cents for each in found] == [6_234, 3_333, 1_667]


@pytest.mark.parametrize("method", [PRINCIPAL, PAYMENT])
def test_without_interest_only_principal_is_asked(method: AmortizationMethod) -> None:
    """1.00 over three years: 33, 33, 34 cents."""
    found = schedule(100, terms(3, "0", method))

    assert [each.amount_cents for each in found] == [33, 33, 34]


@given(st.integers(1, 10**12), any_terms)
def test_no_cent_is_lost_or_invented(principal: int, given_terms: AmortizationTerms) -> None:
    """Principal adds up; nothing is negative; each year's interest is on what was left."""
    found = schedule(principal, given_terms)

    assert sum(each.principal_cents for each in found) == principal
    assert len(found) == given_terms.years
    left = principal
    for each in found:
        assert each.principal_cents >= 0
        assert abs(each.interest_cents - left * given_terms.rate) <= Decimal("0.5")
        left -= each.principal_cents
    assert left == 0


@given(st.integers(100_000, 10**12), any_terms)
def test_the_last_installment_takes_what_rounding_leaves(
    principal: int, given_terms: AmortizationTerms
) -> None:
    """All level amounts are the same to the cent, and only the last may differ from them.

    But for a payment at so high a rate over so many years that its rounded half cent, grown with
    interest, pays the last years' principal before they come: they ask for the rest, and nothing.
    """
    *first, _ = schedule(principal, given_terms)
    name = "principal_cents" if given_terms.method is PRINCIPAL else "amount_cents"

    amounts = [getattr(each, name) for each in first]
    rest = list(dropwhile(lambda cents: cents == amounts[0], amounts))
    assert not any(rest[1:])
    assert all(cents < amounts[0] for cents in rest)
    assert not rest or given_terms.method is PAYMENT


@given(st.integers(1, 10**9), any_terms)
def test_stretches_of_interest_follow_one_another(
    principal: int, given_terms: AmortizationTerms
) -> None:
    """No day bears interest twice, and none goes without."""
    found = schedule(principal, given_terms)

    assert found[0].interest_from == FROM
    for before, after in pairwise(found):
        assert before.interest_to == after.interest_from


def test_a_leap_day_has_its_year_in_february() -> None:
    """Of four years one has it."""
    assert years_after(date(2020, 2, 29), 1) == date(2021, 2, 28)
    assert years_after(date(2020, 2, 29), 4) == date(2024, 2, 29)


@pytest.mark.parametrize("text", ["", "-1", "4,25", "100", "1.23456", "4.", "NaN", "1e3"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    """A rate is read from text, exactly."""
    with pytest.raises(CannotAmortize) as refused:
        parse_rate_percent(text)

    assert (refused.value.reason, refused.value.field) == ("RATE_INVALID", "rate_percent")


@pytest.mark.parametrize("years", [0, -1, YEARS_MAX + 1])
def test_years_have_bounds(years: int) -> None:
    """One year at least."""
    with pytest.raises(CannotAmortize, match="YEARS_OUT_OF_RANGE"):
        terms(years, "5", PRINCIPAL)


@pytest.mark.parametrize("cents", [0, -1, 2**53])
def test_principal_has_bounds(cents: int) -> None:
    """There is something to amortise, and every JSON reader holds it."""
    with pytest.raises(CannotAmortize, match="PRINCIPAL_OUT_OF_RANGE"):
        schedule(cents, terms(3, "5", PRINCIPAL))
