"""A bill that is lowered after its discount: the discount follows where its program says so."""

import sys
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables_service.domain.derivation import derive
from receivables_service.domain.discount_facts import PartialPay
from taxkit.money import Rounding, times_ratio

sys.path.insert(0, str(Path(__file__).parent))

from stories import Story, terms
from test_discounting import EARLY, FEB_3, JAN_15, grant, reverse

FOLLOWS = replace(EARLY, follows=True)
DUE = date(2020, 3, 31)


def let_off(state) -> int:
    return sum(row.amount_cents for row in state.discounts)


@pytest.fixture
def story():
    return Story()


def test_recv_030_a_decrease_takes_the_discount_of_its_part_along(story):
    """3,000 paid with 150 off, lowered to 2,000: 100 stay off, 1,900 applied, 950 held."""
    payment = story.pay(2_850, JAN_15)
    facts = [story.issue(3_000, due=(DUE,)), payment, grant(payment, FOLLOWS)]
    facts.append(story.correct(2_000, on=FEB_3))
    for order in permutations(facts):
        state = derive(order, terms())
        assert (let_off(state), state.applied_cents, state.surplus_cents) == (
            10_000,
            190_000,
            95_000,
        )
        assert state.open_cents == 0


def test_without_the_programs_word_it_stays_for_somebody_to_review(story):
    """The discount that was given stands; the money that no longer fits is held."""
    payment = story.pay(2_850, JAN_15)
    facts = [
        story.issue(3_000, due=(DUE,)),
        payment,
        grant(payment),
        story.correct(2_000, on=FEB_3),
    ]
    state = derive(facts, terms())
    assert (let_off(state), state.applied_cents, state.surplus_cents) == (15_000, 185_000, 100_000)


def test_an_increase_leaves_the_discount_as_it_was_given(story):
    """What was paid in time was paid in time; the rest is owed."""
    payment = story.pay(2_850, JAN_15)
    facts = [story.issue(3_000, due=(DUE,)), payment, grant(payment, FOLLOWS)]
    state = derive([*facts, story.correct(3_400, on=FEB_3)], terms())
    assert (let_off(state), state.open_cents) == (15_000, 40_000)


def test_what_only_moves_between_installments_costs_no_discount(story):
    """1,500 and 1,500 become 1,000 and 2,000: as much is let off as before."""
    bill = story.issue(1_500, 1_500)
    payment = story.pay(2_850, JAN_15)
    facts = [bill, payment, grant(payment, FOLLOWS), story.correct(1_000, 2_000, on=FEB_3)]
    state = derive(facts, terms())
    assert (let_off(state), state.open_cents, state.surplus_cents) == (15_000, 0, 0)


def test_a_decrease_before_the_payment_is_in_its_base(story):
    """Whenever it is told: backdated, the discount is of what the bill was that day."""
    payment = story.pay(2_850, JAN_15)
    early = story.correct(2_000, on=JAN_15 - timedelta(days=5))
    for offer in (EARLY, FOLLOWS):
        facts = [story.issue(3_000, due=(DUE,)), payment, grant(payment, offer), early]
        state = derive(facts, terms())
        assert (let_off(state), state.surplus_cents) == (10_000, 95_000)


def test_recv_030_the_right_one_in_its_place_goes_by_the_corrected_base(story):
    """Reversed and granted again after the decrease: 100 of 2,000, and 950 are held."""
    payment = story.pay(2_850, JAN_15)
    wrong = grant(payment)
    right = grant(payment, FOLLOWS, 2, replaces=wrong.fact_id)
    facts = [story.issue(3_000, due=(DUE,)), payment, wrong, story.correct(2_000, on=FEB_3)]
    facts += [reverse(wrong), right]
    state = derive(facts, terms())
    assert (let_off(state), state.applied_cents, state.surplus_cents) == (10_000, 190_000, 95_000)


rates = st.decimals("0.001", "0.5", places=3)
dollars = st.integers(1, 5_000)


@given(
    parts=st.tuples(dollars, dollars),
    off=st.lists(rates, min_size=1, max_size=3),
    paid=st.integers(1, 12_000),
    later=st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 5_000)), max_size=3),
    proportional=st.booleans(),
    back=st.booleans(),
    data=st.data(),
)
def test_no_discount_is_beyond_its_rate_of_what_the_bill_still_is(
    parts, off, paid, later, proportional, back, data
):
    """Any programs, corrections and reversals, told in any order: money adds up."""
    story = Story()
    partial = PartialPay.PROPORTIONAL if proportional else PartialPay.NONE
    bill = story.issue(*parts)
    payment = story.pay(paid, JAN_15)
    grants = [
        grant(payment, replace(FOLLOWS, program=f"p{at}", rate=rate, partial=partial), at + 1)
        for at, rate in enumerate(off)
    ]
    facts = [bill, payment, *grants]
    facts += [story.correct(*some, on=FEB_3 + timedelta(at)) for at, some in enumerate(later)]
    if back:
        facts.append(reverse(grants[0]))
    state = derive(data.draw(st.permutations(facts)), terms())
    assert state == derive(facts, terms())
    assert state.applied_cents + state.surplus_cents == paid * 100
    charged = sum(row.amount_cents for row in state.charges)
    assert charged == state.applied_cents + let_off(state) + state.open_cents
    for number, one in enumerate(grants):
        mine = [row for row in state.discounts if row.fact_id == one.fact_id]
        # A part that is paid has the cent its charge has of the whole.
        rounding = Rounding.UP if proportional else one.offer.rounding
        most = times_ratio(charged, *one.offer.rate.as_integer_ratio(), rounding)
        assert sum(row.amount_cents for row in mine) <= most, number
    if back:
        assert all(row.fact_id != grants[0].fact_id for row in state.discounts)
