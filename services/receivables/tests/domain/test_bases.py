"""RECV-014: the first payment fixes whether a bill's interest goes by installments or in full."""

import sys
from dataclasses import replace
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest

from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import Allotment
from receivables_service.domain.terms import BasisTerm, InterestBasis, InterestTerm
from taxkit.dated import dated
from taxkit.money import Rounding

sys.path.insert(0, str(Path(__file__).parent))

from stories import Story, terms

FULL, INSTALLMENT = InterestBasis.FULL, InterestBasis.INSTALLMENT
HALF_PERCENT = InterestTerm("test/full", 1, 200, Rounding.HALF_UP)
# One percent a month on each installment, half of it on the whole bill from the first due day on.
LAW = replace(
    terms(interest=(1, 100)),
    interest_basis=dated(
        "interest_basis", [(2000, BasisTerm("test/b", INSTALLMENT, HALF_PERCENT))]
    ),
)
MARCH = date(2020, 3, 1)  # Three months begun after December 10; the second half is not due.


def on(payment, basis):
    return replace(payment, allotment=Allotment(basis=basis))


@pytest.fixture
def story():
    return Story()


def test_without_a_payment_the_law_s_own_basis_is_quoted_or_the_one_wished(story):
    """RECV-014, CASH-028: three months at 1% of one half, or at 0.5% of both."""
    issue = story.issue(500, 500)
    own, wished = derive([issue], LAW, MARCH), derive([issue], LAW, MARCH, FULL)
    assert (own.basis, own.basis_is_fixed, own.open_cents) == (INSTALLMENT, False, 101_500)
    assert (wished.basis, wished.basis_is_fixed) == (FULL, False)
    assert [each.interest_open_cents for each in wished.installments] == [750, 750]


@pytest.mark.parametrize(("basis", "interest"), [(FULL, [750, 750]), (INSTALLMENT, [1_500, 0])])
def test_a_payment_that_says_its_basis_fixes_it_for_later_quotes(story, basis, interest):
    """RECV-014: what is wished afterwards counts no more."""
    facts = [story.issue(500, 500), on(story.pay(100, MARCH), basis)]
    state = derive(facts, LAW, MARCH, FULL if basis is INSTALLMENT else INSTALLMENT)
    assert (state.basis, state.basis_is_fixed) == (basis, True)
    assert interest == [each.interest_charged_cents for each in state.installments]


@pytest.mark.parametrize(("dollars", "basis"), [(1015, FULL), (1014, INSTALLMENT)])
def test_a_payment_that_does_not_say_is_in_full_when_it_pays_all_of_that(story, dollars, basis):
    """RECV-014: 1,015.00 settles the bill on the full basis, a dollar less is an installment."""
    facts = [story.issue(500, 500), story.pay(dollars, MARCH)]
    state = derive(facts, LAW)
    assert (state.basis, state.paid_in_full) == (basis, basis is FULL)


def test_the_first_is_the_first_by_effect_in_any_order_of_arrival(story):
    """RECV-014: a backdated payment that comes late decides, and everything is folded by it."""
    issue = story.issue(500, 500)
    later = on(story.pay(100, MARCH), FULL)
    backdated = on(story.pay(100, date(2020, 2, 1)), INSTALLMENT)
    assert derive([issue, later], LAW).basis is FULL
    states = [derive(facts, LAW) for facts in permutations([issue, later, backdated])]
    assert states[0].basis is INSTALLMENT
    assert all(state == states[0] for state in states)


def test_of_two_on_one_day_the_one_recorded_first_decides(story):
    """RECV-014: recorded order breaks the tie."""
    facts = [story.issue(500, 500), on(story.pay(10, MARCH), INSTALLMENT)]
    facts.append(on(story.pay(10, MARCH), FULL))
    assert derive(reversed(facts), LAW).basis is INSTALLMENT


def test_a_reversed_first_payment_leaves_the_choice_open_again(story):
    """RECV-014: a payment that never was fixes nothing."""
    paid = on(story.pay(100, MARCH), FULL)
    facts = [story.issue(500, 500), paid, story.void(paid, MARCH)]
    state = derive(facts, LAW, MARCH)
    assert (state.basis, state.basis_is_fixed) == (INSTALLMENT, False)


def test_where_the_law_offers_no_choice_nothing_of_it_is_told(story):
    """RECV-014: a wish changes nothing."""
    facts = [story.issue(500, 500), on(story.pay(100, MARCH), FULL)]
    plain = terms(interest=(1, 100))
    state = derive(facts, plain, MARCH, FULL)
    assert (state.basis, state.basis_is_fixed) == (None, False)
    assert state == derive([facts[0], on(facts[1], None)], plain, MARCH)
