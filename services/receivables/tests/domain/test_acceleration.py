"""RECV-008: by which day an installment counts as due while a missed one calls it due."""

import sys
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables_service.domain.acceleration import AccelerationTerm, Call, Missed
from receivables_service.domain.derivation import derive
from receivables_service.domain.payment_terms import PaymentTerms, TermsGroup, TermsRule
from receivables_service.domain.terms import MonthCounting
from taxkit.dated import dated

sys.path.insert(0, str(Path(__file__).parent))

from stories import Story, terms

DUE = (date(2020, 1, 31), date(2020, 7, 31))
FIRST = AccelerationTerm("test/a", Missed.FIRST)
CURED = replace(FIRST, ends_when_paid=True)
ANY = replace(FIRST, missed=Missed.ANY)
CALLED = [None, DUE[0]]
OWN = [None, None]


def called(facts, acceleration, as_of):
    return [each.called_due_on for each in installments(facts, acceleration, as_of)]


def installments(facts, acceleration, as_of):
    found = terms(interest=(1, 100))
    months = replace(found.interest.at(2019), counting=MonthCounting.TOUCHED)
    groups = (TermsGroup("all", (), rules=(TermsRule("r", acceleration=acceleration),)),)
    law = replace(
        found,
        interest=dated("interest", [(2000, months)]),
        payment_terms=dated("payment_terms", [(2000, PaymentTerms(groups))]),
        base_dates=dated("base_dates", [(2000, {})]),
    )
    return derive(facts, law, as_of).installments


def as_told(facts, acceleration, day):
    """What a copy of the last balance says of a day, though nobody told it of that day."""
    return [
        each.call.due_on if each.call and day >= each.call.from_on else each.called_due_on
        for each in installments(facts, acceleration, None)
    ]


@pytest.fixture
def story():
    return Story()


@pytest.mark.parametrize(
    ("acceleration", "then"), [(None, OWN), (FIRST, CALLED), (CURED, CALLED), (ANY, CALLED)]
)
def test_from_the_day_after_the_first_is_missed_the_second_counts_as_due_with_it(
    story, acceleration, then
):
    """On the last day it has its own; where the law calls nothing, ever."""
    facts = [story.issue(1000, 1000, due=DUE)]
    assert called(facts, acceleration, DUE[0]) == OWN
    assert called(facts, acceleration, date(2020, 2, 1)) == then


@pytest.mark.parametrize(("acceleration", "then"), [(FIRST, CALLED), (CURED, OWN)])
def test_paid_the_first_gives_the_second_its_own_day_back_where_the_law_says_so(
    story, acceleration, then
):
    """At once, on the day of the payment, as much as later; in part it does not."""
    facts = [story.issue(1000, 1000, due=DUE), story.pay(500, date(2020, 3, 10))]
    assert called(facts, acceleration, date(2020, 3, 10)) == CALLED
    facts.append(story.pay(520, date(2020, 3, 10)))
    for some in permutations(facts):
        assert called(some, acceleration, date(2020, 3, 10)) == then
        assert called(some, acceleration, date(2020, 6, 1)) == then


@given(
    st.sampled_from([FIRST, CURED, ANY, replace(ANY, ends_when_paid=True)]),
    st.lists(st.tuples(st.integers(1, 1_200), st.integers(0, 300)), max_size=3),
    st.integers(0, 300),
)
def test_a_balance_tells_ahead_what_a_day_without_another_fact_will_bring(term, paid, days):
    """What its reader works out for a later day is what a quote for that day says."""
    story, begin = Story(), date(2020, 1, 1)
    due = (*DUE, date(2020, 10, 31))
    facts = [story.issue(500, 500, 500, due=due)]
    facts += [story.pay(cents, begin + timedelta(days=after)) for cents, after in paid]
    last = max((each.effective_on for each in facts[1:]), default=begin)
    day = max(last, begin + timedelta(days=days))
    asked = [each.tax_open_cents for each in installments(facts, term, None)]
    pairs = zip(called(facts, term, day), as_told(facts, term, day), asked, strict=True)
    assert [told for _, told, cents in pairs if cents] == [
        on for on, cents in zip(called(facts, term, day), asked, strict=True) if cents
    ]


def test_nothing_is_told_ahead_where_nothing_can_be_called(story):
    """By a law that calls nothing, of a paid bill, of one whose installments are called already."""
    facts = [story.issue(1000, 1000, due=DUE)]
    assert [each.call for each in installments(facts, None, None)] == [None, None]
    ahead = [None, Call(date(2020, 2, 1), DUE[0])]
    assert [each.call for each in installments(facts, FIRST, None)] == ahead
    assert [each.call for each in installments(facts, FIRST, date(2020, 2, 1))] == [None, None]
    facts.append(story.pay(1000, date(2020, 1, 20)))
    assert [each.call for each in installments(facts, FIRST, None)] == [None, None]


def test_moved_to_an_earlier_day_the_first_calls_the_second_from_the_day_after_the_correction(
    story,
):
    """What was in time by the later date on the day of the correction is so all that day."""
    facts = [story.issue(1000, 1000, due=(date(2020, 5, 31), date(2020, 7, 31)))]
    moved = story.correct(1000, 1000, on=date(2020, 3, 4))
    due = tuple(replace(each, due_on=on) for each, on in zip(moved.targets, DUE, strict=True))
    facts.append(replace(moved, targets=due))
    for day in (date(2020, 3, 4), date(2020, 3, 5)):
        assert called(facts, CURED, day) == as_told(facts, CURED, day)
    assert called(facts, CURED, date(2020, 3, 4)) == OWN
    assert called(facts, CURED, date(2020, 3, 5)) == CALLED
