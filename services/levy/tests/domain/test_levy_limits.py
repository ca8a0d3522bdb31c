"""Levy limits: growth, the kind's own rate, area aggregates; on figures a county would publish."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service.domain.levy_aggregates import within_aggregates
from levy_service.domain.levy_growth import LimitProblem, rate_of
from levy_service.domain.levy_limits import (
    AskedLevy,
    Bound,
    LimitTerms,
    NotComputed,
    as_asked,
    growth_limit,
    limited_levy,
)
from levy_service.domain.rates import RatePer, RateUnit
from levy_service.runs import limits_law
from taxkit.dated import NoTermInForce
from taxkit.money import Rounding
from taxkit.packvalues import PackError

WA = Path(__file__).parents[4] / "jurisdictions" / "us-wa"
TERMS = limits_law.load(WA).at(2024).value
UNIT = RateUnit(RatePer.DOLLARS_PER_1000, 5)
FIRE = AskedLevy(
    agency_code="F1",
    kind="fire",
    asked_cents=120_000_000,
    taxable_dollars=1_000_000_000,
    highest_lawful_cents=100_000_000,
    has_ordinance=True,
    new_construction_dollars=20_000_000,
    prior_rate_units=110_000,
)


def _units(text: str) -> int:
    return int(Decimal(text) * 10**5)


def _levy(code: str, kind: str, rate: str) -> AskedLevy:
    """A levy that asks for exactly a rate of a billion dollars, and may grow to it."""
    cents = int(Decimal(rate) * 100_000_000)
    return AskedLevy(
        code, kind, cents, 1_000_000_000, highest_lawful_cents=cents, has_ordinance=True
    )


def _within(levies: list[AskedLevy], areas: dict[str, list[str]], ratio: str = "1"):
    alone = [limited_levy(each, TERMS, UNIT) for each in levies]
    keys = {code: [(agency, "") for agency in of] for code, of in areas.items()}
    found = within_aggregates(alone, keys, TERMS, UNIT, Decimal(ratio))
    return {agency: each for (agency, _), each in found.items()}


def test_the_highest_lawful_levy_grows_by_one_percent_and_by_what_is_new() -> None:
    """1,000,000 x 1.01 + 20,000,000 of new construction at 1.10 a thousand = 1,032,000."""
    assert growth_limit(FIRE, TERMS, UNIT) == 103_200_000
    limited = limited_levy(FIRE, TERMS, UNIT)
    assert (limited.rate_units, limited.bound) == (_units("1.03200"), Bound.GROWTH)
    assert limited.raises_cents(UNIT) == 103_200_000


def test_without_an_ordinance_a_levy_grows_by_what_is_new_alone() -> None:
    """1,000,000 + 22,000."""
    assert growth_limit(replace(FIRE, has_ordinance=False), TERMS, UNIT) == 102_200_000


def test_annexation_refunds_and_state_assessed_value_are_added() -> None:
    """1,032,000 + 5,000,000 at 1.10 + 1,500 + 700."""
    more = replace(
        FIRE,
        state_assessed_increase_dollars=5_000_000,
        annexation_cents=150_000,
        refund_cents=70_000,
    )
    assert growth_limit(more, TERMS, UNIT) == 103_200_000 + 550_000 + 150_000 + 70_000


def test_who_asks_for_less_gets_what_was_asked() -> None:
    limited = limited_levy(replace(FIRE, asked_cents=90_000_000), TERMS, UNIT)
    assert (limited.rate_units, limited.bound) == (_units("0.90000"), Bound.ASKED)


@pytest.mark.parametrize(
    ("kind", "rate"), [("county", "1.80"), ("road", "2.25"), ("city", "3.375")]
)
def test_no_levy_passes_the_rate_of_its_kind(kind: str, rate: str) -> None:
    """RCW 84.52.043: at the rate it stands, a step above it is cut to it."""
    at, above = _levy("A", kind, rate), _levy("A", kind, str(Decimal(rate) + Decimal("0.00001")))
    assert limited_levy(at, TERMS, UNIT).bound == Bound.ASKED
    cut = limited_levy(above, TERMS, UNIT)
    assert (cut.rate_units, cut.bound) == (_units(rate), Bound.STATUTORY_RATE)


def test_an_excess_levy_the_voters_made_has_no_limit() -> None:
    limited = limited_levy(_levy("S", "excess", "9.99"), TERMS, UNIT)
    assert (limited.growth_limit_cents, limited.bound) == (None, Bound.ASKED)


def test_five_ninety_reduces_the_last_tier_pro_rata() -> None:
    """1.80 + 2.25 leave 1.85 for 1.00 fire, 0.50 library and 0.50 hospital: each gets 92.5 %."""
    levies = [
        _levy("C", "county", "1.80"),
        _levy("R", "road", "2.25"),
        _levy("F", "fire", "1.00"),
        _levy("L", "library", "0.50"),
        _levy("H", "hospital", "0.50"),
        _levy("P", "port", "0.45"),
    ]
    found = _within(levies, {"1": ["C", "R", "F", "L", "H", "P"]})

    rates = {agency: each.rate_units for agency, each in found.items()}
    assert rates == {
        "C": _units("1.80"), "R": _units("2.25"), "F": _units("0.925"), "L": _units("0.4625"),
        "H": _units("0.4625"), "P": _units("0.45"),
    }  # fmt: skip
    assert (found["F"].bound, found["F"].aggregate) == (Bound.AGGREGATE, "five ninety")
    assert found["P"].bound == Bound.ASKED


def test_a_tier_that_gives_way_first_is_gone_before_the_next_gives_anything() -> None:
    """4.05 + 1.50 fire + 0.40 cemetery + 0.20 park: the park goes, the cemetery gives 0.05."""
    levies = [
        _levy("C", "county", "1.80"),
        _levy("R", "road", "2.25"),
        _levy("F", "fire", "1.50"),
        _levy("M", "cemetery", "0.40"),
        _levy("K", "park_and_recreation", "0.20"),
    ]
    found = _within(levies, {"1": ["C", "R", "F", "M", "K"]})

    assert found["K"].rate_units == 0
    assert found["M"].rate_units == _units("0.35")
    assert found["F"].rate_units == _units("1.50")


def test_a_reduced_rate_holds_in_all_of_the_district() -> None:
    """The library's rate falls in code 1, so in code 2 it is the same."""
    levies = [
        _levy("C", "county", "1.80"),
        _levy("T", "city", "3.375"),
        _levy("L", "library", "0.80"),
    ]
    found = _within(levies, {"1": ["C", "T", "L"], "2": ["C", "L"]})

    assert found["L"].rate_units == _units("0.725")
    assert (found["L"].tax_code, found["L"].bound) == ("1", Bound.AGGREGATE)


def test_the_one_percent_limit_is_of_true_value() -> None:
    """10 / 0.8 = 12.50 of assessed value: what passes 10 stands where values are at 80 %."""
    terms_of = {"C": "county", "T": "city", "S": "state"}
    levies = [_levy("C", "county", "1.80"), _levy("T", "city", "3.30"), _levy("S", "state", "4.50")]
    levies.append(_levy("F", "fire", "0.70"))
    area = {"1": [*terms_of, "F"]}

    assert _within(levies, area)["F"].rate_units == _units("0.40")
    assert _within(levies, area)["F"].aggregate == "one percent"
    assert _within(levies, area, "0.8")["F"].rate_units == _units("0.70")


def test_an_area_whose_seniors_alone_pass_the_limit_is_refused() -> None:
    levies = [_levy("C", "county", "1.80"), _levy("S", "state", "9.00")]
    with pytest.raises(LimitProblem, match="give way to none"):
        _within(levies, {"1": ["C", "S"]})


def test_an_unknown_kind_and_a_levy_on_nothing_are_refused() -> None:
    with pytest.raises(LimitProblem, match="no kind"):
        limited_levy(replace(FIRE, kind="circus"), TERMS, UNIT)
    with pytest.raises(LimitProblem, match="no taxable value"):
        limited_levy(replace(FIRE, taxable_dollars=0), TERMS, UNIT)


_LEVIES = st.lists(
    st.tuples(
        st.sampled_from(["fire", "library", "cemetery", "park_and_recreation", "cultural_arts"]),
        st.integers(0, 300_000),
    ),
    min_size=1,
    max_size=8,
)


@given(levies=_LEVIES, split=st.integers(0, 8))
def test_no_area_ever_passes_an_aggregate_and_no_rate_ever_rises(levies, split) -> None:
    """Whatever is asked, and however areas overlap; earlier tiers give all before later ones."""
    made = [
        _levy(f"{place}", kind, str(Decimal(units) / 10**5))
        for place, (kind, units) in enumerate(levies)
    ]
    codes = [each.agency_code for each in made]
    alone = {each.agency_code: limited_levy(each, TERMS, UNIT) for each in made}
    areas = {"1": codes, "2": codes[:split] or codes}
    found = _within(made, areas)

    for of in areas.values():
        assert sum(found[code].rate_units for code in of) <= _units("5.90")
    for code in codes:
        assert found[code].rate_units <= alone[code].rate_units
    if any(
        found[c].rate_units < alone[c].rate_units for c in codes if found[c].levy.kind == "fire"
    ):
        parks = [c for c in areas["1"] if found[c].levy.kind == "park_and_recreation"]
        assert all(found[code].rate_units == 0 for code in parks)


@given(cents=st.integers(0, 10**13), dollars=st.integers(1, 10**12))
def test_a_rate_rounded_down_never_raises_more_than_was_asked(cents: int, dollars: int) -> None:
    rate = rate_of(cents, dollars, UNIT, Rounding.DOWN)
    assert UNIT.tax(dollars, rate, Rounding.DOWN) <= cents


def test_levy_023_where_no_limit_is_computed_a_rate_raises_what_was_asked() -> None:
    law = NotComputed("the clerk does", Rounding.HALF_UP)
    levy = AskedLevy("C", "any", asked_cents=123_456_789, taxable_dollars=1_000_000)
    found = as_asked(levy, law, UNIT)
    assert found.bound is Bound.NOT_COMPUTED
    assert found.growth_limit_cents is None
    assert found.rate_units == rate_of(123_456_789, 1_000_000, UNIT, Rounding.HALF_UP)
    with pytest.raises(LimitProblem, match="no taxable value"):
        as_asked(AskedLevy("C", "any", asked_cents=1, taxable_dollars=0), law, UNIT)
    with pytest.raises(ValueError, match="say why"):
        NotComputed(" ", Rounding.HALF_UP)


def test_levy_023_limits_count_before_what_says_that_none_are_computed() -> None:
    """A year with neither is refused, whichever of the two a pack has."""
    limits = limits_law.load(WA)
    none = limits_law.load(WA.parent / "us-mn")
    both = limits_law.LevyLimits(limits.limits, none.not_computed)
    assert isinstance(none.at(2021).value, NotComputed)
    assert isinstance(both.at(2024).value, LimitTerms)
    for law, year in ((limits, 2000), (none, 2000), (both, 2000)):
        with pytest.raises(NoTermInForce):
            law.at(year)


def test_levy_023_a_file_of_limits_that_says_neither_is_no_law(tmp_path) -> None:
    for name in ("jurisdiction.yaml", "levy_limits.yaml"):
        text = (WA / name).read_text(encoding="utf-8") if name != "levy_limits.yaml" else "{}\n"
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(PackError, match="limits"):
        limits_law.load(tmp_path)
