"""A bill folded so far goes on with later money as if it were folded anew."""

import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from receivables_service.domain.derivation import Course, derive

sys.path.insert(0, str(Path(__file__).parent))

from every_kind import LAWS, stories, unvoided
from test_change_properties import OF_CLASSES, histories


@given(st.sampled_from(LAWS), st.data())
def test_recv_012_money_that_comes_last_is_added_as_if_all_were_folded_again(law, data):
    """RECV-012: the ledger's state is the same whether a payment is added or all is derived."""
    facts = data.draw(stories(law))
    # What is drawn or discounted of a payment that is yet to come is known only with it.
    coming = data.draw(st.permutations(unvoided(facts)))
    late = {fact.fact_id for fact in coming}
    known = [
        fact
        for fact in facts
        if fact.fact_id not in late and getattr(fact, "payment_id", None) not in late
    ]
    if not Course.can_be_of(known, law):
        return
    course = Course(known, law)
    assert course.state == derive(known, law)

    for payment in coming:
        known.append(payment)
        before = course.state
        if course.goes_on([payment]):
            assert course.state == derive(known, law)
        else:
            assert course.state == before
            course = Course(known, law)
        of_it = [fact for fact in facts if getattr(fact, "payment_id", None) == payment.fact_id]
        if of_it:
            known += of_it
            course = Course(known, law)


@given(histories())
def test_recv_014_what_a_first_payment_decides_is_never_only_added(facts):
    """RECV-014: where the law gives a choice of basis, a payment may change all before it."""
    assert not Course.can_be_of(facts, OF_CLASSES)
