"""What a discount takes off which charge: AC-12 and AC-13 as facts, and what always holds."""

import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables_service.domain.changes import difference
from receivables_service.domain.derivation import derive
from receivables_service.domain.discount_facts import (
    DiscountGranted,
    DiscountReversed,
    Offer,
    PartialPay,
)
from receivables_service.domain.ledger import journal_lines, post_difference
from receivables_service.domain.state import NOTHING_KNOWN
from receivables_service.domain.terms import ChargeType, CollectionType, PenaltyTerm
from taxkit.money import Rounding

sys.path.insert(0, str(Path(__file__).parent))

from stories import PENALTY, Story, terms

DUE = date(2020, 3, 31)
JAN_15, JAN_31, FEB_3 = date(2020, 1, 15), date(2020, 1, 31), date(2020, 2, 3)
EARLY = Offer(
    "early", "early", "test/early", Decimal("0.05"), Rounding.HALF_UP, PartialPay.NONE, "4190"
)
PROPORTIONAL = replace(EARLY, partial=PartialPay.PROPORTIONAL)
LATER = datetime(2020, 2, 3, 12, tzinfo=UTC)


def grant(payment, offer=EARLY, number=1, **changes):
    """A grant to a payment, recorded with it."""
    head = (UUID(int=payment.fact_id.int * 100 + number), payment.effective_on, payment.recorded_at)
    return DiscountGranted(*head, payment.fact_id, payment.receipt_id, offer, **changes)


def reverse(granted, on=FEB_3):
    return DiscountReversed(UUID(int=granted.fact_id.int + 50), on, LATER, granted.fact_id)


def accounts(*states):
    """Net cents by account over a chain of states."""
    found = Counter()
    for before, after in zip((NOTHING_KNOWN, *states), states, strict=False):
        for line in post_difference(before, after):
            found[line.account.value] += line.amount_cents
    return {name: cents for name, cents in found.items() if cents}


@pytest.fixture
def story():
    return Story()


def test_ac_12_a_payment_above_the_discounted_balance_leaves_a_surplus(story):
    """AC-12, RECV-026: 3,000 at 5%, 2,875 paid: 150 off, 2,850 applied, 25 held."""
    bill = story.issue(3_000, due=(DUE,))
    payment = story.pay(2_875, JAN_15)
    before = derive([bill], terms())
    state = derive([bill, payment, grant(payment)], terms())
    assert (state.open_cents, state.applied_cents, state.surplus_cents) == (0, 285_000, 2_500)
    assert sum(row.amount_cents for row in state.discounts) == 15_000
    lines = Counter()
    for line in post_difference(before, state):
        lines[line.account.value] += line.amount_cents
    assert lines == {
        "cash_clearing": 287_500,
        "discount": 15_000,
        "taxes_receivable": -300_000,
        "surplus_liability": -2_500,
    }


def test_ac_12_change_given_at_the_counter_leaves_none(story):
    """AC-12: 2,850 on the line, the other 25 given back: nothing is held."""
    bill = story.issue(3_000, due=(DUE,))
    payment = story.pay(2_850, JAN_15)
    state = derive([bill, payment, grant(payment)], terms())
    assert (state.open_cents, state.surplus_cents) == (0, 0)
    assert accounts(derive([bill], terms()), state) == {
        "cash_clearing": 285_000,
        "discount": 15_000,
        "levy_control": -300_000,
    }


def test_ac_13_e_penalty_and_interest_are_paid_in_full(story):
    """AC-13 e, RECV-022: the discount is of the principal alone; penalty and fees are not in it."""
    bill = story.issue(3_000, due=(DUE,))
    fee = story.fee(100, JAN_15 - timedelta(days=3))
    payment = story.pay(2_950, JAN_15)
    state = derive([bill, fee, payment, grant(payment)], terms())
    assert (state.open_cents, sum(row.amount_cents for row in state.discounts)) == (0, 15_000)
    with_fee = replace(EARLY, fee_codes=("returned_check",))
    state = derive([bill, fee, payment, grant(payment, with_fee)], terms())
    assert sum(row.amount_cents for row in state.discounts) == 15_500
    assert state.surplus_cents == 500


def test_ac_13_e_sixty_of_penalty_and_forty_of_interest_are_not_discounted(story):
    """AC-13 e: late since December 31 and in time for the discount: 2,950 settles, 150 off."""
    law = terms(
        interest=(1, 75), penalty=PenaltyTerm("test/penalty", 1, 50, Rounding.HALF_UP)
    )  # 40.00 and 60.00 of 3,000
    bill = story.issue(3_000, due=(date(2019, 12, 31),))
    (owed,) = derive([bill], law, JAN_15).installments
    assert (owed.penalty_open_cents, owed.interest_open_cents) == (6_000, 4_000)
    payment = story.pay(2_950, JAN_15)
    state = derive([bill, payment, grant(payment)], law)
    assert (state.open_cents, state.surplus_cents) == (0, 0)
    assert [(row.charge_type, row.amount_cents) for row in state.discounts] == [
        (ChargeType.TAX, 15_000)
    ]
    short = derive([bill, story.pay(2_949, JAN_15)], law)
    assert (short.open_cents, short.discounts) == (15_100, ())


@pytest.mark.parametrize(
    ("offer", "discount", "balance"), [(EARLY, 0, 20_000), (PROPORTIONAL, 14_737, 5_263)]
)
def test_ac_13_f_g_a_short_payment_gets_nothing_or_its_part(story, offer, discount, balance):
    """AC-13 f and g, RECV-027 (Q-48): 2,800 / 0.95 x 5% where the program is proportional."""
    bill = story.issue(3_000, due=(DUE,))
    payment = story.pay(2_800, JAN_31)
    state = derive([bill, payment, grant(payment, offer)], terms())
    assert sum(row.amount_cents for row in state.discounts) == discount
    assert state.open_cents == balance
    (judged,) = state.judged
    assert (judged.settles, judged.needed_cents, judged.base_cents) == (False, 285_000, 300_000)


def test_ac_13_h_a_reversed_discount_is_owed_again_and_the_surplus_stays(story):
    """AC-13 h, RECV-030: 150 open; 125 once the held 25 is directed to it; the entries mirror."""
    bill, payment = story.issue(3_000, due=(DUE,)), story.pay(2_875, JAN_15)
    granted = grant(payment)
    facts = [bill, payment, granted]
    before = derive(facts, terms())
    facts.append(reverse(granted))
    after = derive(facts, terms())
    assert (after.open_cents, after.surplus_cents, after.discounts) == (15_000, 2_500, ())
    given = difference(derive([bill], terms()), before).discounts
    back = difference(before, after)
    assert [replace(row, amount_cents=-row.amount_cents) for row in given] == [*back.discounts]
    assert [(line.account.value, line.amount_cents) for line in journal_lines(back)] == [
        ("discount", -15_000),
        ("taxes_receivable", 15_000),
    ]
    directed = derive([*facts, story.reallocate(FEB_3)], terms())
    assert (directed.open_cents, directed.surplus_cents) == (12_500, 0)


def test_recv_030_what_comes_back_bears_interest_from_its_own_due_date(story):
    """RECV-030: reversed months later, the balance owes as if it had never been let off."""
    law = terms(interest=(1, 100), penalty=PENALTY)
    bill, payment = story.issue(3_000, due=(DUE,)), story.pay(2_850, JAN_15)
    granted = grant(payment)
    late = date(2020, 6, 15)
    state = derive([bill, payment, granted, reverse(granted, on=late)], law, late)
    never = derive([bill, payment], law, late)
    assert state.installments[0].interest_open_cents == never.installments[0].interest_open_cents
    assert state.installments[0].penalty_open_cents == never.installments[0].penalty_open_cents
    assert state.installments[0].tax_open_cents == 15_000


def test_recv_030_the_right_discount_stands_in_for_the_wrong_one(story):
    """RECV-030: reversed and reapplied at another rate: the new one counts as if it alone were."""
    bill, payment = story.issue(3_000, due=(DUE,)), story.pay(2_910, JAN_15)
    wrong = grant(payment)
    right = grant(payment, replace(EARLY, rate=Decimal("0.03")), 2, replaces=wrong.fact_id)
    state = derive([bill, payment, wrong, reverse(wrong), right], terms())
    assert (sum(row.amount_cents for row in state.discounts), state.surplus_cents) == (9_000, 0)
    capped = replace(right, at_most_cents=5_000)
    state = derive([bill, payment, wrong, reverse(wrong), capped], terms())
    assert (state.discounts, state.open_cents) == ((), 9_000)


def test_recv_031_a_program_counts_once_however_often_it_is_granted(story):
    """RECV-031: a second grant of the same program to the same payment takes nothing more."""
    bill, payment = story.issue(3_000, due=(DUE,)), story.pay(2_850, JAN_15)
    twice = [grant(payment), grant(payment, number=2)]
    state = derive([bill, payment, *twice], terms())
    assert sum(row.amount_cents for row in state.discounts) == 15_000


def test_recv_021_programs_taken_together_discount_what_is_left(story):
    """RECV-021: 10% of 3,000, then 5% of 2,700; what one of them is reversed to stays the other."""
    bill, payment = story.issue(3_000, due=(DUE,)), story.pay(2_565, JAN_15)
    senior = grant(payment, replace(EARLY, program="senior", rate=Decimal("0.10")))
    early = grant(payment, number=2)
    state = derive([bill, payment, senior, early], terms())
    assert [row.amount_cents for row in state.discounts] == [30_000, 13_500]
    state = derive([bill, payment, senior, early, reverse(early)], terms())
    assert ([row.amount_cents for row in state.discounts], state.open_cents) == ([30_000], 13_500)


def test_recv_022_special_assessments_stay_out_unless_the_program_takes_them(story):
    """RECV-022: a tenth of the demand is specials: 5% of 2,700, or of 3,000 where they count."""
    bill = replace(story.issue(3_000, due=(DUE,)), specials_cents=30_000)
    payment = story.pay(2_900, JAN_15)
    state = derive([bill, payment, grant(payment)], terms())
    assert sum(row.amount_cents for row in state.discounts) == 13_500
    state = derive([bill, payment, grant(payment, replace(EARLY, specials=True))], terms())
    assert sum(row.amount_cents for row in state.discounts) == 15_000


def test_recv_026_a_reversed_payment_takes_its_discount_along(story):
    """RECV-026: the receipt taken back, nothing is let off, whenever the grant came."""
    bill, payment = story.issue(3_000, due=(DUE,)), story.pay(2_850, JAN_15)
    state = derive([bill, payment, grant(payment), story.void(payment, FEB_3)], terms())
    assert (state.open_cents, state.discounts) == (300_000, ())


def test_recv_026_a_correction_shrinks_what_no_charge_is_left_for(story):
    """Money is lifted first; a discount never exceeds what is charged."""
    bill, payment = story.issue(3_000, due=(DUE,)), story.pay(2_850, JAN_15)
    facts = [bill, payment, grant(payment)]
    state = derive([*facts, story.correct(2_000, on=FEB_3)], terms())
    assert (state.surplus_cents, state.open_cents) == (100_000, 0)
    assert sum(row.amount_cents for row in state.discounts) == 15_000
    state = derive([*facts, story.correct(100, on=FEB_3)], terms())
    assert (state.surplus_cents, state.open_cents) == (285_000, 0)
    assert sum(row.amount_cents for row in state.discounts) == 10_000
    state = derive([*facts, story.correct(3_000, on=FEB_3)], terms())
    assert (state.surplus_cents, state.open_cents) == (0, 0)


def test_recv_009_a_discount_is_carried_with_its_charge(story):
    """RECV-009: carried unsecured, its discount is off the unsecured charge, too."""
    bill, payment = story.issue(3_000, due=(DUE,)), story.pay(2_850, JAN_15)
    facts = [bill, payment, grant(payment), story.transfer(CollectionType.UNSECURED, FEB_3)]
    state = derive(facts, terms())
    assert [row.collection_type for row in state.discounts] == [CollectionType.UNSECURED]
    (part,) = state.installments
    assert (part.open_cents, part.paid_cents, part.discount_cents) == (0, 285_000, 15_000)


@pytest.mark.parametrize("offer", [EARLY, PROPORTIONAL], ids=["whole", "proportional"])
def test_in_whatever_order_facts_come_the_bill_is_the_same(story, offer):
    """Two payments, each granted; the later settles what the earlier left."""
    bill = story.issue(2_000, 1_000, due=(DUE, DUE + timedelta(days=90)))
    first, second = story.pay(1_000, JAN_15), story.pay(1_900, JAN_31)
    facts = [bill, first, second, grant(first, offer), grant(second, offer, 2)]
    wanted = derive(facts, terms())
    for order in permutations(facts):
        assert derive(order, terms()) == wanted
        on_the_way = [derive(order[:count], terms()) for count in range(1, len(order) + 1)]
        assert accounts(*on_the_way) == accounts(wanted)


@given(
    tax=st.integers(1, 10**9),
    fee=st.integers(0, 10**6),
    paid=st.integers(1, 2 * 10**9),
    rate=st.integers(1, 9_999),
    partial=st.sampled_from(PartialPay),
)
def test_a_discount_never_takes_more_than_the_rate_of_the_principal(tax, fee, paid, rate, partial):
    """For any amounts: nothing below zero, no cent lost, and at most the whole discount."""
    story = Story()
    bill = story.issue(0, due=(DUE,))
    demand = replace(bill.installments[0], amount_cents=tax)
    bill = replace(bill, installments=(demand,))
    facts = [bill]
    if fee:
        facts.append(replace(story.fee(1, JAN_15 - timedelta(days=1)), amount_cents=fee))
    payment = replace(story.pay(1, JAN_15), amount_cents=paid)
    offer = replace(EARLY, rate=Decimal(rate) / 10_000, partial=partial)
    state = derive([*facts, payment, grant(payment, offer)], terms())
    off = sum(row.amount_cents for row in state.discounts)
    (judged,) = state.judged
    assert 0 <= off <= judged.full_cents <= tax
    assert state.received_cents == paid
    assert state.open_cents == tax + fee - state.applied_cents - off >= 0
    if judged.settles:
        assert (off, state.open_cents) == (judged.full_cents, 0)
    elif partial is PartialPay.NONE:
        assert off == 0
    charged = [row for row in state.charges if row.charge_type is ChargeType.TAX]
    assert sum(row.amount_cents for row in charged) == tax
