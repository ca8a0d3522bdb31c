"""CASH-012: a setting counts from its day on, the last one set counts, and the law may fix it."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.baskets import rulebook
from cashiering_service.domain.basket_terms import InterestDisplay
from cashiering_service.domain.counter_settings import (
    SETTINGS,
    SettingSet,
    basket_terms,
    check,
    is_on,
    of_law,
    value_on,
)
from taxkit.errors import Refusal

COOK = rulebook.load(str(Path(__file__).parents[4] / "jurisdictions"), "us-il-cook")
DAY = date(2022, 12, 15)
LAW = COOK.at(DAY)
days = st.integers(-3, 3).map(lambda n: DAY + timedelta(days=n))


@given(st.lists(st.tuples(days, st.sampled_from(["on", "off"]))))
def test_of_what_is_in_force_the_latest_day_counts_and_of_one_day_the_last_set(given_) -> None:
    """Whatever was set before or for later days changes nothing."""
    sets = [SettingSet("current_total_toggle", value, day) for day, value in given_]
    counting = [one for one in sets if one.effective_from <= DAY]
    expected = max(enumerate(counting), key=lambda x: (x[1].effective_from, x[0]), default=None)

    assert value_on("current_total_toggle", DAY, sets) == (expected and expected[1].value)
    assert value_on("free_form_funds", DAY, sets) is None


def test_a_switch_nobody_set_is_as_the_law_has_it() -> None:
    """And one that was set is as it was set."""
    off = [SettingSet("free_form_funds", "off", DAY)]
    assert is_on("free_form_funds", DAY, [], by_law=True)
    assert not is_on("free_form_funds", DAY, off, by_law=True)
    assert is_on("free_form_funds", DAY - timedelta(days=1), off, by_law=True)


def test_what_is_set_becomes_a_term_unless_the_law_fixes_it() -> None:
    """Each of the basket's settings is a field of its terms."""
    sets = [
        SettingSet("use_current_owner", "off", DAY),
        SettingSet("current_total_toggle", "off", DAY),
        SettingSet("require_verified_payer", "on", DAY),
        SettingSet("defaulted_in_full", "on", DAY),
        SettingSet("interest_display", "installment", DAY),
    ]
    terms = basket_terms(LAW, DAY, sets)

    assert (terms.use_current_owner, terms.current_due_switch) == (False, False)
    assert (terms.verified_payer, terms.defaulted_in_full) == (True, True)
    assert terms.interest_display is InterestDisplay.INSTALLMENT
    assert basket_terms(LAW, DAY - timedelta(days=1), sets) == LAW
    fixed = replace(LAW, fixed_settings=("defaulted_in_full",))
    assert not basket_terms(fixed, DAY, sets).defaulted_in_full
    assert of_law(LAW)["interest_display"] == "none"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("", "on", "SETTING_UNKNOWN"),
        ("tolerance", "on", "SETTING_UNKNOWN"),
        ("defaulted_in_full", "ON", "SETTING_VALUE_INVALID"),
        ("interest_display", "on", "SETTING_VALUE_INVALID"),
        ("defaulted_in_full", "off", "SETTING_FIXED_BY_LAW"),
    ],
)
def test_what_is_no_setting_or_not_the_offices_is_refused(name, value, reason) -> None:
    """With a reason that stays the same."""
    with pytest.raises(Refusal) as refused:
        check(name, value, ["defaulted_in_full"])
    assert refused.value.reason == reason


@pytest.mark.parametrize("name", SETTINGS)
def test_every_value_of_every_setting_may_be_set(name) -> None:
    """Where the law leaves it open."""
    for value in SETTINGS[name]:
        check(name, value, ())


def test_californias_law_leaves_defaulted_bills_to_nobody() -> None:
    """CASH-021, Q-15: in full, whatever an office sets."""
    california = rulebook.load(str(Path(__file__).parents[4] / "jurisdictions"), "us-ca").at(DAY)
    off = [SettingSet("defaulted_in_full", "off", DAY)]

    assert california.fixed_settings == ("defaulted_in_full",)
    assert basket_terms(california, DAY, off).defaulted_in_full
