"""Acceptance cases under the packs themselves, where their law allows them: no quiet copy."""

import sys
from dataclasses import replace
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest

from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import InstallmentTarget
from receivables_service.domain.terms import CollectionType
from receivables_service.rulebook import load

sys.path.insert(0, str(Path(__file__).parents[1] / "domain"))

from stories import DEFAULTED, Story

JURISDICTIONS = Path(__file__).resolve().parents[4] / "jurisdictions"
CALIFORNIA = load(JURISDICTIONS / "us-ca")
BEFORE, AFTER, CORRECTED = date(2019, 9, 1), date(2020, 7, 15), date(2020, 7, 20)


def cells(state):
    """Cents of charges and of payments by collection type, charge type and installment."""
    found = {}
    for sign, rows in ((1, state.charges), (-1, state.payments)):
        for row in rows:
            pay = "pay " if sign < 0 else ""
            key = f"{pay}{row.collection_type} {row.charge_type} {row.installment}"
            found[key] = found.get(key, 0) + sign * row.amount_cents
    return {key: cents for key, cents in found.items() if cents}


def defaulted_and_paid(story, *dollars):
    """AC-6: 200 before the default, 300 after it, and a correction."""
    return [
        story.issue(500, 500),
        story.pay(200, BEFORE),
        story.default(DEFAULTED),
        story.pay(300, AFTER),
        story.correct(*dollars, on=CORRECTED),
    ]


AC_6 = {
    # 300 met 30 of penalty, 4.50 of July's interest and 265.50 of tax; the correction's grace took
    # the penalty off, and its 30 went on to the tax.
    "S tax 1": 20_000, "DS tax 1": 30_000, "DS tax 2": 30_000,
    "DS interest 1": 450, "DS interest 2": 750,
    "pay S tax 1": -20_000, "pay DS tax 1": -29_550, "pay DS interest 1": -450,
}  # fmt: skip


def test_ac_6_under_california_s_law_penalty_and_interest_stand_beside_its_rows():
    """AC-6: the tax rows of the table; 4.50 of tax, and 307.50 of the second, are open."""
    facts = defaulted_and_paid(Story(), 500, 300)
    state = derive(facts, CALIFORNIA)
    assert cells(state) == AC_6
    assert state.open_cents == 450 + 30_750
    assert all(derive(some, CALIFORNIA).installments == state.installments
               for some in permutations(facts))  # fmt: skip


def test_ac_7_under_california_s_law_a_reallocation_moves_nothing_and_a_second_no_more():
    """AC-7: nothing crosses between S and DS."""
    story = Story()
    facts = defaulted_and_paid(story, 500, 300)
    asked, again = story.reallocate(CORRECTED), story.reallocate(date(2020, 7, 25))
    assert cells(derive([*facts, asked], CALIFORNIA)) == AC_6
    assert cells(derive([*facts, asked, again], CALIFORNIA)) == AC_6


def test_ac_8_under_california_s_law_the_surplus_is_400_less_july_s_interest():
    """AC-8: corrected to 100, the 12.00 that July brought before the correction stay."""
    state = derive(defaulted_and_paid(Story(), 100, 0), CALIFORNIA)
    assert state.surplus_cents == 40_000 - 1_200
    assert cells(state) == {
        "S tax 1": 10_000, "DS interest 1": 450, "DS interest 2": 750,
        "pay S tax 1": -10_000, "pay DS interest 1": -450, "pay DS interest 2": -750,
    }  # fmt: skip
    assert {row.collection_type for row in state.payments if row.charge_type == "interest"} == {
        CollectionType.DEFAULTED
    }


H1, H2 = date(2020, 7, 30), date(2020, 10, 31)
# Posting date, first half paid, base date, interest: the blank-dates column of the table.
AC_11 = [
    (date(2020, 7, 15), False, H1, False),
    (H1, False, H1, False),
    (date(2020, 7, 31), False, H1, False),
    (date(2020, 8, 1), False, H1, True),
    (date(2020, 7, 15), True, H2, False),
    (H1, True, H2, False),
    (date(2020, 8, 1), True, H2, False),
    (H2, True, H2, False),
    (date(2020, 11, 1), True, H2, True),
]


@pytest.mark.parametrize("name", ["us-il-cook", "us-tx", "us-wa"])
@pytest.mark.parametrize(("on", "is_paid", "base", "bears"), AC_11)
def test_ac_11_without_district_dates_moved_halves_bear_from_the_month_after(
    name, on, is_paid, base, bears
):
    """AC-11: under laws whose interest runs from the due date, twelve years after the table's.

    The tax year is one of which Cook County waived no installment's interest.
    """
    story = Story()
    first_due, second_due = date(2020, 4, 30), date(2020, 9, 30)
    issue = replace(story.issue(500, 500, due=(first_due, second_due)), tax_year=2018)
    moved = (InstallmentTarget(1, 50_000, H1), InstallmentTarget(2, 50_000, H2))
    corrected = replace(story.correct(500, 500, on=date(2020, 4, 15)), targets=moved)
    facts = [issue, corrected]
    if is_paid:
        facts.append(story.pay(500, date(2020, 7, 10)))
    part = derive(facts, load(JURISDICTIONS / name), on).installments[int(is_paid)]
    assert (part.interest_base_on, part.interest_charged_cents > 0) == (base, bears)


def test_a_moved_first_half_that_is_missed_makes_a_moved_year_late():
    """Washington: until it is paid, then the second half has its own day again."""
    story = Story()
    washington = load(JURISDICTIONS / "us-wa")
    issue = story.issue(500, 500, due=(date(2019, 4, 30), date(2019, 10, 31)))
    moved = (InstallmentTarget(1, 50_000, date(2019, 7, 31)), InstallmentTarget(2, 50_000))
    later = (moved[0], replace(moved[1], due_on=date(2019, 11, 29)))
    facts = [issue, replace(story.correct(500, 500, on=date(2019, 4, 15)), targets=later)]
    on = date(2019, 9, 10)
    assert [part.interest_charged_cents for part in derive(facts, washington, on).installments] == [
        1_000, 1_000,
    ]  # fmt: skip
    paid = [*facts, story.pay(510, on)]
    state = derive(paid, washington, date(2019, 11, 29))
    assert [part.interest_charged_cents for part in state.installments] == [1_000, 1_000]
