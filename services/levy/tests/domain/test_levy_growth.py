"""LEVY-023: how far levies grow: from which year, by which index, of which funds."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain.index_rises import YearRise
from levy_service.domain.levy_growth import (
    GrowthFrom,
    GrowthOf,
    LimitProblem,
    NewValueAt,
    levied_before,
)
from levy_service.domain.levy_limits import AskedLevy, Bound, KindTerms, LimitTerms, limited
from levy_service.domain.rates import RatePer, RateUnit
from taxkit.dated import NoTermInForce
from taxkit.money import Rounding

UNIT = RateUnit(RatePer.PERCENT, 3)
TERMS = LimitTerms(
    growth_factor=Decimal("1.05"),
    growth_of=GrowthOf.AGENCY,
    growth_from=GrowthFrom.LEVIED,
    new_value_at=NewValueAt.LIMITING_RATE,
    rate_rounding=Rounding.DOWN,
    kinds={"limited": KindTerms(), "bonds": KindTerms(grows_by_limit=False)},
    not_checked="what voters allowed",
)
MILLION = 1_000_000


def fund(code: str, asked: int, base: int, **changes) -> AskedLevy:
    given = {"taxable_dollars": 100 * MILLION, "kind": "limited", **changes}
    return AskedLevy(
        "school", asked_cents=asked, fund_code=code, highest_lawful_cents=base, **given
    )


def test_an_index_counts_where_it_rose_by_less_than_the_most() -> None:
    terms = replace(TERMS, growth_index=(YearRise(2021, Decimal("0.014")),
                                         YearRise(2022, Decimal("0.07"))))  # fmt: skip
    assert terms.in_year(2021).growth_factor == Decimal("1.014")
    assert terms.in_year(2022).growth_factor == Decimal("1.05")
    assert TERMS.in_year(2021) is TERMS
    with pytest.raises(NoTermInForce, match="2023 is not in the pack, which has 2021, 2022"):
        terms.in_year(2023)


def test_funds_of_an_agency_share_what_it_may_levy() -> None:
    """1,000,000 by 1.05 over 100,000,000: 1.05 percent, of which each keeps its part."""
    levies = [fund("a", 90 * MILLION, 60 * MILLION), fund("b", 60 * MILLION, 40 * MILLION)]
    one, other, bonds = limited([*levies, fund("c", 10 * MILLION, 0, kind="bonds")], TERMS, UNIT)
    assert [one.rate_units, other.rate_units, bonds.rate_units] == [630, 420, 100]
    assert (one.bound, one.growth_limit_cents) == (Bound.GROWTH, 105 * MILLION)
    assert (bonds.bound, bonds.growth_limit_cents) == (Bound.ASKED, None)


def test_what_is_new_is_taxed_at_the_rate_of_what_is_not() -> None:
    levies = [fund("a", 900 * MILLION, 100 * MILLION, new_construction_dollars=20 * MILLION)]
    (one,) = limited(levies, TERMS, UNIT)
    assert one.rate_units == 1312
    with pytest.raises(LimitProblem, match="nothing is left"):
        limited([replace(levies[0], new_construction_dollars=100 * MILLION)], TERMS, UNIT)


def test_growth_from_nothing_is_refused_rather_than_cut_to_a_rate_of_zero() -> None:
    """A county's first year here: what was levied before has to be told."""
    with pytest.raises(LimitProblem, match="school tells no levy of a year before"):
        limited([fund("a", 1, 0), fund("b", 0, 0)], TERMS, UNIT)
    (one,) = limited([fund("a", 0, 0)], TERMS, UNIT)
    assert one.rate_units == 0


def test_funds_that_tell_another_value_of_the_same_agency_are_refused() -> None:
    levies = [fund("a", 1, 1), fund("b", 1, 1, taxable_dollars=5)]
    with pytest.raises(LimitProblem, match="school tells its value as 5, 100000000"):
        limited(levies, TERMS, UNIT)


def test_last_year_counts_or_the_highest_where_last_year_fell() -> None:
    key, other = ("school", "a"), ("school", "b")
    years = {2020: {key: 5, other: 5}, 2019: {key: 6, other: 6}, 2018: {key: 13}}
    assert levied_before(key, years, 2021) == 13
    assert levied_before(other, years, 2021) == 0
    assert levied_before(key, {**years, 2020: {key: 4, other: 8}}, 2021) == 4
    assert levied_before(key, {2020: {key: 5}}, 2021) == 5
    assert levied_before(key, {}, 2021) == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"growth_factor": Decimal(0)}, "growth factor of 0"),
        (
            {"growth_factor": None, "growth_index": (YearRise(2021, Decimal(0)),)},
            "without a growth",
        ),
        ({"growth_index": (YearRise(2021, Decimal(0)),) * 2}, "each once"),
        ({"growth_from_years": 0}, "at least 1"),
        ({"not_checked": " "}, "not checked, or that nothing is left"),
        ({"growth_from": GrowthFrom.HIGHEST_LAWFUL}, "grows from what was levied"),
    ],
    ids=["factor", "index", "twice", "years", "silent", "agency"],
)
def test_terms_that_say_nothing_together_are_refused(changes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(TERMS, **changes)


@given(
    asked=st.lists(st.integers(0, 10**10), min_size=1, max_size=6),
    base=st.integers(1, 10**10),
    new=st.integers(0, 99 * MILLION),
)
def test_an_agency_never_passes_its_limit_and_no_fund_gets_more_than_it_asked(
    asked: list[int], base: int, new: int
) -> None:
    levies = [
        fund(str(place), cents, base if place == 0 else 0, new_construction_dollars=new)
        for place, cents in enumerate(asked)
    ]
    found = limited(levies, TERMS, UNIT)
    wanted = limited(levies, replace(TERMS, growth_factor=None), UNIT)
    rate = sum(each.rate_units for each in found)
    limit = found[0].growth_limit_cents
    assert limit is not None
    assert UNIT.tax(100 * MILLION, rate, Rounding.DOWN) <= limit
    assert all(one.rate_units <= alone.rate_units for one, alone in zip(found, wanted, strict=True))
