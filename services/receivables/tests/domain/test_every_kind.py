"""What holds for every history with facts of every kind, under every pack."""

import sys
from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from receivables_service.domain.changes import allocation, difference
from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import MoneyDrawn
from receivables_service.domain.ledger import post_difference
from receivables_service.domain.state import NOTHING_KNOWN

sys.path.insert(0, str(Path(__file__).parent))

from every_kind import LAWS, stories, unvoided
from test_change_properties import days

laws = st.sampled_from(LAWS)


def _key(row):
    names = ("fact_id", "rule_id", "installment", "charge_type", "collection_type", "kind")
    more = ("charge_code", "subcode")
    return tuple(getattr(row, name, None) for name in (*names, *more))


@given(laws, st.data(), st.none() | days)
def test_recv_012_no_row_is_there_twice_and_none_is_paid_beyond_its_charge(law, data, as_of):
    """RECV-012: what a posting compares is found by what it is, so it must be there once."""
    state = derive(data.draw(stories(law)), law, as_of)

    for rows in (state.charges, state.payments, state.unapplied, state.discounts):
        keys = [_key(row) for row in rows]
        assert len(keys) == len(set(keys))
    open_of = Counter()
    for sign, rows in ((1, state.charges), (-1, state.payments), (-1, state.discounts)):
        for row in rows:
            open_of[_key(row)[2:]] += sign * row.amount_cents
    assert min(open_of.values(), default=0) >= 0
    assert sum(open_of.values()) == state.open_cents
    assert all(row.amount_cents > 0 for row in (*state.payments, *state.unapplied))


@given(laws, st.data())
def test_recv_012_received_is_applied_plus_held_less_what_was_drawn(law, data):
    """RECV-012: each payment that stands is all there but for what left, to the cent."""
    facts = data.draw(stories(law))
    standing = {fact.fact_id: fact.amount_cents for fact in unvoided(facts)}
    for fact in facts:
        if isinstance(fact, MoneyDrawn) and fact.payment_id in standing:
            standing[fact.payment_id] -= fact.amount_cents
    state = derive(facts, law)

    found = Counter()
    for row in (*state.payments, *state.unapplied):
        found[row.fact_id] += row.amount_cents
    assert {one: cents for one, cents in standing.items() if cents} == dict(found)


@given(laws, st.data(), st.randoms(use_true_random=False))
def test_recv_001_posted_one_by_one_in_any_order_the_books_end_the_same(law, data, random):
    """RECV-001: every posting balances, and the last state is one derive."""
    shuffled = data.draw(stories(law))
    random.shuffle(shuffled)
    # The ledger draws only money that it has; all else may come in any order.
    shuffled.sort(key=lambda fact: isinstance(fact, MoneyDrawn) and fact.recorded_at.timestamp())
    state, books = NOTHING_KNOWN, Counter()
    for count in range(1, len(shuffled) + 1):
        after = derive(shuffled[:count], law)
        change = difference(state, after)
        lines = post_difference(state, after)
        assert sum(line.amount_cents for line in lines) == 0
        allocation(change, after.received_cents - state.received_cents)
        for line in lines:
            books[line.account, line.installment, _key(line)] += line.amount_cents
        state = after
    once = derive(shuffled, law)

    for line in post_difference(NOTHING_KNOWN, once):
        books[line.account, line.installment, _key(line)] -= line.amount_cents
    assert not any(books.values())
    assert sorted(once.installments, key=str) == sorted(state.installments, key=str)
