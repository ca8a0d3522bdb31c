"""A bill folded so far goes on with later money as if it were folded anew."""

import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from receivables_service.domain.derivation import Course, derive
from receivables_service.domain.facts import PaymentReceived, PaymentReversed

sys.path.insert(0, str(Path(__file__).parent))

from test_change_properties import FROM_DEFAULT, FROM_DUE, OF_CLASSES, histories


@given(st.sampled_from([FROM_DUE, FROM_DEFAULT]), histories(), st.data())
def test_recv_012_money_that_comes_last_is_added_as_if_all_were_folded_again(law, facts, data):
    """RECV-012: the ledger's state is the same whether a payment is added or all is derived."""
    voided = {fact.receipt_id for fact in facts if isinstance(fact, PaymentReversed)}
    coming = [
        fact
        for fact in facts
        if isinstance(fact, PaymentReceived) and fact.receipt_id not in voided
    ]
    coming = data.draw(st.permutations(coming))
    known = [fact for fact in facts if fact not in coming]
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


@given(histories())
def test_recv_014_what_a_first_payment_decides_is_never_only_added(facts):
    """RECV-014: where the law gives a choice of basis, a payment may change all before it."""
    assert not Course.can_be_of(facts, OF_CLASSES)
