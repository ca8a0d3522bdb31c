"""Held money that leaves a bill: pure, and whatever else happens to the bill."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from receivables_service import rulebook
from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import (
    BillCorrected,
    BillInstallment,
    BillIssued,
    DrawnFor,
    InstallmentTarget,
    MoneyDrawn,
    PaymentReceived,
    PaymentReversed,
)

TERMS = rulebook.load(Path(__file__).parents[4] / "jurisdictions" / "us-il-cook")
START = datetime(2022, 1, 5, 12, tzinfo=UTC)
RECEIPT = UUID(int=100)
DAY = date(2022, 2, 10)


def issued(cents=100_000):
    demand = (BillInstallment(1, date(2022, 3, 1), cents),)
    return BillIssued(UUID(int=1), START.date(), START, 2021, demand)


def paid(cents, number=2, day=DAY, receipt=RECEIPT):
    return PaymentReceived(UUID(int=number), day, START, receipt, cents)


def drawn(cents, number=50, day=DAY, payment=2, receipt=RECEIPT):
    payment_id = UUID(int=payment)
    return MoneyDrawn(UUID(int=number), day, START, receipt, payment_id, cents, DrawnFor.PAID_OUT)


def test_recv_043_a_draw_takes_what_is_held_and_nothing_else():
    """RECV-043: of 1,200 on a bill of 1,000, 150 go out: 50 stay held, the bill stays paid."""
    state = derive([issued(), paid(120_000), drawn(15_000)], TERMS)

    assert (state.open_cents, state.surplus_cents, state.applied_cents) == (0, 5_000, 100_000)


def test_recv_042_what_comes_back_is_held_again():
    """RECV-042: a draw undone leaves the bill as it was before."""
    before = derive([issued(), paid(120_000)], TERMS)
    after = derive([issued(), paid(120_000), drawn(15_000), drawn(-15_000, 51)], TERMS)

    assert before.surplus_cents == after.surplus_cents == 20_000
    assert before.payments == after.payments


def test_recv_006_money_that_left_does_not_pay_a_later_increase():
    """RECV-006: the bill is corrected upwards after the refund: the increase is open."""
    up = BillCorrected(UUID(int=9), date(2022, 2, 20), START, (InstallmentTarget(1, 110_000),))
    state = derive([issued(), paid(120_000), drawn(20_000), up], TERMS)

    assert (state.open_cents, state.surplus_cents) == (10_000, 0)


def test_recv_035_money_freed_by_a_correction_is_drawn_without_interest_before_it():
    """RECV-035: the draw takes effect on its day; until then the money had paid the tax."""
    down = BillCorrected(UUID(int=9), date(2022, 6, 1), START, (InstallmentTarget(1, 80_000),))
    state = derive([issued(), paid(100_000), down, drawn(20_000, day=date(2022, 7, 1))], TERMS)

    assert (state.open_cents, state.surplus_cents, state.applied_cents) == (0, 0, 80_000)
    assert sum(each.interest_charged_cents for each in state.installments) == 0


def test_recv_056_a_draw_of_reversed_money_is_left_out_with_it():
    """RECV-056: the receipt is taken back, so there is nothing to draw."""
    undone = PaymentReversed(UUID(int=8), DAY, START, RECEIPT)
    state = derive([issued(), paid(120_000), drawn(20_000), undone], TERMS)

    assert (state.open_cents, state.received_cents) == (100_000, 0)


@given(
    st.lists(st.tuples(st.integers(1, 90_000), st.integers(0, 300)), min_size=1, max_size=5),
    st.integers(0, 5),
    st.integers(1, 30_000),
    st.randoms(),
)
def test_recv_035_money_is_never_more_than_came_less_what_left(payments, which, cents, random):
    """RECV-035: applied and held are what was received less what was drawn, in any order."""
    facts = [
        paid(amount, 2 + place, DAY + timedelta(days=late), UUID(int=100 + place))
        for place, (amount, late) in enumerate(payments)
    ]
    chosen = facts[which % len(facts)]
    taken = min(cents, chosen.amount_cents)
    out = drawn(taken, 50, DAY + timedelta(days=400), chosen.fact_id.int, chosen.receipt_id)
    story = [issued(), *facts, out]
    state = derive(story, TERMS)
    random.shuffle(story)

    assert sum(amount for amount, _ in payments) - taken == state.received_cents
    assert derive(story, TERMS) == state
