"""RECV-012: on one day, money comes after what was on record when it came."""

import sys
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import (
    DefaultDeclared,
    MoneyDrawn,
    PaymentReceived,
    Reallocated,
)

sys.path.insert(0, str(Path(__file__).parent))

from every_kind import LAWS, stories
from stories import FIRST_DUE, START, Story, terms

LAW = terms()
APART = (DefaultDeclared, MoneyDrawn, Reallocated)


@pytest.fixture
def story():
    return Story()


def settled(facts):
    """Open and held, whatever order the facts come in."""
    (found,) = {
        (state.open_cents, state.surplus_cents)
        for state in (derive(order, LAW) for order in permutations(facts))
    }
    return found


def test_recv_004_money_pays_an_increase_that_was_recorded_before_it_on_its_day(story):
    """RECV-004: the counter asked for 1,050.00, which settles the bill."""
    facts = [
        story.issue(500, 500),
        story.correct(500, 550, on=FIRST_DUE),
        story.pay(1050, FIRST_DUE),
    ]
    assert settled(facts) == (0, 0)


def test_recv_004_an_increase_that_came_after_the_money_is_still_open(story):
    """RECV-004: 1,000.00 was asked for and paid; and what is paid after it pays it."""
    facts = [
        story.issue(500, 500),
        story.pay(1000, FIRST_DUE),
        story.correct(500, 550, on=FIRST_DUE),
    ]
    assert settled(facts) == (5_000, 0)
    facts.append(story.pay(50, FIRST_DUE))
    assert settled(facts) == (0, 0)


@pytest.mark.parametrize("corrected_first", [True, False])
def test_recv_006_a_decrease_leaves_the_same_held_whichever_came_first(story, corrected_first):
    """RECV-006: too much was paid by then, or is when it comes."""

    def correct():
        return story.correct(500, 400, on=FIRST_DUE)

    facts = [story.issue(500, 500)]
    facts += [correct()] if corrected_first else []
    facts += [story.pay(1000, FIRST_DUE)]
    facts += [] if corrected_first else [correct()]
    assert settled(facts) == (0, 10_000)


def test_recv_065_money_pays_a_fee_of_its_day_that_was_there_before_it(story):
    """RECV-065: what was asked for with the fee settles the bill."""
    facts = [story.issue(500, 500), story.fee(20, FIRST_DUE), story.pay(1020, FIRST_DUE)]
    assert settled(facts) == (0, 0)


def test_recv_002_on_the_day_of_a_default_money_comes_first(story):
    """RECV-002: it is secured, though a correction of that day was recorded before it."""
    facts = [
        story.issue(500, 500),
        story.correct(500, 550, on=FIRST_DUE),
        story.pay(1050, FIRST_DUE),
        story.default(FIRST_DUE),
    ]
    assert settled(facts) == (5_000, 5_000)


@given(st.sampled_from(LAWS), st.data())
def test_recv_012_what_a_day_is_quoted_settles_it_on_that_day(law, data):
    """RECV-012: whatever happened on it before, unless it defaulted, or held money was moved."""
    facts = data.draw(stories(law))
    day = max(fact.effective_on for fact in facts)
    quoted = derive(facts, law, day)
    apart = any(isinstance(fact, APART) and fact.effective_on == day for fact in facts)
    if apart or quoted.surplus_cents or not quoted.open_cents:
        return
    last = max(fact.recorded_at for fact in facts) + timedelta(days=1)
    paid = PaymentReceived(UUID(int=999), day, last, UUID(int=998), quoted.open_cents)
    after = derive([*facts, paid], law, day)
    assert (after.open_cents, after.surplus_cents) == (0, 0)


def test_the_days_of_the_stories_are_before_the_defaults_of_this_file():
    assert date(2019, 1, 1) < START.date() < FIRST_DUE
