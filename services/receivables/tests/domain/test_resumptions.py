"""RECV-048, RECV-050: a broken plan that goes on puts off as if it had never been broken."""

import sys
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from receivables_service.domain.derivation import derive
from receivables_service.domain.rate_facts import AccrualDeferred, DeferralEnded, DeferralResumed
from receivables_service.domain.resumptions import last_end

sys.path.insert(0, str(Path(__file__).parent))

from every_kind import LAWS, stories
from stories import START
from test_change_properties import days, head

BROKEN = date(2020, 3, 10)
PLAN = "2020-1"


def told(number, on, made, *more):
    return made(*head(number, on), PLAN, *more)


def plan(resumed_on: date | None = date(2020, 4, 1)) -> list:
    """A plan of January that broke on March 10, and went on."""
    ended = told(902, BROKEN, DeferralEnded, True)
    facts = [told(901, date(2020, 1, 11), AccrualDeferred), ended]
    if resumed_on is not None:
        facts.append(told(903, resumed_on, DeferralResumed, ended.fact_id))
    return facts


@given(st.sampled_from(LAWS), st.data(), st.randoms(use_true_random=False))
def test_recv_048_reinstated_it_was_never_broken_in_any_order(law, data, random):
    """RECV-048: whatever else happens to the bill, and whatever came first."""
    others = data.draw(stories(law))
    unbroken = derive([*others, plan()[0]], law)
    facts = [*others, *plan()]
    random.shuffle(facts)
    assert derive(facts, law) == unbroken


@given(st.sampled_from(LAWS), st.data(), days)
def test_recv_048_a_quote_for_a_day_before_it_has_it_broken(law, data, as_of):
    """RECV-048: from the day it goes on, and not a day sooner."""
    others = data.draw(stories(law))
    resumed_on = date(2020, 4, 1)
    expected = [*others, *plan(None)] if as_of < resumed_on else [*others, plan()[0]]
    assert derive([*others, *plan()], law, as_of) == derive(expected, law, as_of)


@given(st.sampled_from(LAWS), st.data())
def test_recv_048_broken_again_it_stays_broken(law, data):
    """RECV-048: one end is undone by one fact; the next one counts."""
    others = data.draw(stories(law))
    again = told(904, date(2020, 6, 1), DeferralEnded, True)
    expected = [*others, plan()[0], again]
    assert derive([*others, *plan(), again], law) == derive(expected, law)


def test_recv_048_what_undoes_another_plans_end_undoes_nothing():
    """RECV-048: nor does one that names a fact of another kind, or none."""
    facts = plan(None)
    other = DeferralResumed(*head(905, BROKEN), "2020-2", facts[1].fact_id)
    none = DeferralResumed(*head(906, BROKEN), PLAN, UUID(int=7))
    law = LAWS[0]
    for order in permutations([*facts, other, none]):
        assert not derive(order, law).deferred


def test_recv_048_the_last_end_that_stands_is_the_one_to_be_undone():
    """RECV-048: of this plan, and not undone before."""
    first, ended, _ = facts = plan()
    later = told(904, BROKEN + timedelta(days=90), DeferralEnded, True)
    assert last_end([first, ended], PLAN) == ended
    assert last_end(facts, PLAN) is None
    assert last_end([*facts, later], PLAN) == later
    assert last_end([later], "2020-2") is None
    assert START.date() < BROKEN
