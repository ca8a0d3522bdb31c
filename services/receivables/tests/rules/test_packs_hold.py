"""What holds under every pack, for every history of a bill, in whatever order its facts arrive."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import (
    BillInstallment,
    BillIssued,
    PaymentReceived,
    PaymentReversed,
)
from receivables_service.domain.ledger import post_difference
from receivables_service.domain.state import NOTHING_KNOWN
from receivables_service.rulebook import load

JURISDICTIONS = Path(__file__).resolve().parents[4] / "jurisdictions"
PACKS = {file.parent.name: load(file.parent) for file in JURISDICTIONS.glob("*/receivables.yaml")}
START = datetime(2018, 1, 1, tzinfo=UTC)
each_pack = pytest.mark.parametrize("name", sorted(PACKS))
days = st.dates(date(2020, 1, 1), date(2023, 12, 31))
few = settings(max_examples=25, deadline=None)


@st.composite
def bills(draw):
    cents = draw(st.lists(st.integers(0, 200_000), min_size=1, max_size=3))
    due = sorted(draw(st.lists(days, min_size=len(cents), max_size=len(cents))))
    demand = tuple(
        BillInstallment(place + 1, due_on, each)
        for place, (due_on, each) in enumerate(zip(due, cents, strict=True))
    )
    return BillIssued(UUID(int=1), due[0], START, draw(st.integers(2019, 2023)), demand)


@st.composite
def payments(draw):
    return [
        PaymentReceived(
            UUID(int=100 + number),
            draw(days),
            START + timedelta(seconds=number),
            UUID(int=200 + draw(st.integers(0, number))),
            draw(st.integers(1, 150_000)),
        )
        for number in range(draw(st.integers(0, 4)))
    ]


@st.composite
def histories(draw):
    at = START + timedelta(days=3000)
    void = draw(st.sets(st.integers(0, 4), max_size=2))
    voids = [
        PaymentReversed(UUID(int=300 + each), at.date(), at, UUID(int=200 + each)) for each in void
    ]
    return [draw(bills()), *draw(payments()), *voids]


def books(lines):
    totals = {}
    for line in lines:
        key = (line.account, line.installment, line.charge_type, line.rule_id, line.fact_id)
        totals[key] = totals.get(key, 0) + line.amount_cents
    return {key: cents for key, cents in totals.items() if cents}


@each_pack
@few
@given(facts=histories(), random=st.randoms(use_true_random=False))
def test_recv_001_in_any_order_of_arrival_the_books_end_alike(name, facts, random):
    """RECV-001: posted one by one as they come, differences add up to what deriving once gives."""
    law, shuffled = PACKS[name], list(facts)
    random.shuffle(shuffled)
    lines, state = [], NOTHING_KNOWN
    for count in range(1, len(shuffled) + 1):
        after = derive(shuffled[:count], law)
        posted = post_difference(state, after)
        assert sum(line.amount_cents for line in posted) == 0
        lines += posted
        state = after
    once = derive(facts, law)
    assert state.installments == once.installments
    assert books(lines) == books(post_difference(NOTHING_KNOWN, once))


@each_pack
@few
@given(facts=histories(), day=days)
def test_recv_014_paying_what_is_quoted_settles_the_bill(name, facts, day):
    """RECV-014: the quote of a day is what leaves nothing open when it is paid on that day."""
    law = PACKS[name]
    known = [
        fact for fact in facts if not isinstance(fact, PaymentReceived) or fact.effective_on <= day
    ]
    quoted = derive(known, law, day).open_cents
    assume(quoted)
    at = START + timedelta(days=4000)
    settled = derive([*known, PaymentReceived(UUID(int=999), day, at, UUID(int=998), quoted)], law)
    assert settled.paid_in_full


@each_pack
@few
@given(facts=histories(), day=days)
def test_recv_014_what_is_owed_without_a_payment_never_falls(name, facts, day):
    """RECV-014: a day later the same facts owe no less."""
    known = [
        fact for fact in facts if not isinstance(fact, PaymentReceived) or fact.effective_on <= day
    ]
    law, later = PACKS[name], day + timedelta(days=1)
    assert derive(known, law, day).open_cents <= derive(known, law, later).open_cents
