"""What holds for every bill and every history of it, in whatever order its facts arrive."""

from calendar import monthrange
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import floor
from pathlib import Path
from uuid import UUID

from hypothesis import assume, given
from hypothesis import strategies as st

from receivables_service.domain.changes import allocation, difference
from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import (
    BillInstallment,
    BillIssued,
    PaymentReceived,
    PaymentReversed,
)
from receivables_service.domain.ledger import Account, journal_lines, post_difference
from receivables_service.domain.state import NOTHING_KNOWN
from receivables_service.rulebook import load

TERMS = load(Path(__file__).resolve().parents[4] / "jurisdictions" / "us-il-cook")
START = datetime(2018, 1, 1, tzinfo=UTC)
# The county board's ordinances: no interest through these days, by tax year and installment.
WAIVED = {
    (2019, 2): date(2020, 10, 1),
    (2020, 1): date(2021, 5, 3),
    (2020, 2): date(2021, 10, 1),
}

days = st.dates(date(2018, 6, 1), date(2026, 12, 31))
amounts = st.integers(1, 300_000) | st.integers(1, 2**53 - 1)
moments = st.integers(0, 5).map(lambda second: START + timedelta(seconds=second))


@st.composite
def bills(draw):
    cents = draw(st.lists(st.integers(0, 200_000), min_size=1, max_size=4))
    due = sorted(draw(st.lists(days, min_size=len(cents), max_size=len(cents))))
    demand = tuple(
        BillInstallment(place + 1, due_on, each)
        for place, (due_on, each) in enumerate(zip(due, cents, strict=True))
    )
    return BillIssued(UUID(int=1), due[0], START, draw(st.integers(2018, 2025)), demand)


@st.composite
def payments(draw, most=6):
    count = draw(st.integers(0, most))
    return [
        PaymentReceived(
            UUID(int=100 + number),
            draw(days),
            draw(moments),
            UUID(int=200 + draw(st.integers(0, number))),
            draw(amounts),
        )
        for number in range(count)
    ]


@st.composite
def histories(draw):
    """A bill, payments of it, and reversals of some receipts (or of receipts never seen)."""
    money = draw(payments())
    void = draw(st.sets(st.integers(0, 6), max_size=3))
    at = START + timedelta(days=3000)
    reversals = [
        PaymentReversed(UUID(int=300 + each), at.date(), at, UUID(int=200 + each)) for each in void
    ]
    return [draw(bills()), *money, *reversals]


def known_by(day, facts):
    """The bill, the reversals, and the payments that were effective by a day."""
    return [
        fact for fact in facts if not isinstance(fact, PaymentReceived) or fact.effective_on <= day
    ]


def month_beginnings(due_on, until):
    """The days on which months late begin: after the due date, and after the same day later."""
    for count in range(1000):
        year, month = divmod(due_on.year * 12 + due_on.month - 1 + count, 12)
        last = monthrange(year, month + 1)[1]
        begins = date(year, month + 1, min(due_on.day, last)) + timedelta(days=1)
        if begins > until:
            return
        yield begins


def late_after(bill, demand):
    return max(demand.due_on, WAIVED.get((bill.tax_year, demand.number), date.min))


def row_totals(state):
    """Amounts by the identity of a row, whatever the order the rows came in."""
    totals = Counter()
    for row in state.charges:
        totals["charge", row.installment, row.charge_type, row.rule_id, row.fact_id] += (
            row.amount_cents
        )
    for row in state.payments:
        totals["payment", row.installment, row.charge_type, row.rule_id, row.fact_id] += (
            row.amount_cents
        )
    for row in state.unapplied:
        totals["unapplied", row.kind, row.rule_id, row.fact_id] += row.amount_cents
    return +totals


def post_all(facts):
    """Post each fact as it arrives, as the service does; give the lines and the last state."""
    lines, state = [], NOTHING_KNOWN
    for count in range(1, len(facts) + 1):
        after = derive(facts[:count], TERMS)
        posted = post_difference(state, after)
        assert sum(line.amount_cents for line in posted) == 0
        lines += posted
        state = after
    return lines, state


def books(lines):
    totals = Counter()
    for line in lines:
        key = (line.account, line.installment, line.charge_type, line.rule_id, line.fact_id)
        totals[key] += line.amount_cents
    return {key: cents for key, cents in totals.items() if cents}


@given(histories(), st.randoms(use_true_random=False))
def test_recv_001_arrival_order_changes_no_balance_and_no_row(facts, random):
    """RECV-001: facts shuffled, and posted one by one, end where deriving them once does."""
    shuffled = list(facts)
    random.shuffle(shuffled)

    lines, state = post_all(shuffled)

    once = derive(facts, TERMS)
    assert row_totals(once) == row_totals(state)
    assert once.installments == state.installments
    assert books(post_difference(NOTHING_KNOWN, once)) == books(lines)


@given(histories())
def test_recv_012_received_is_applied_plus_surplus_plus_suspense(facts):
    """RECV-012: no cent of a payment that stands is lost, and none is invented."""
    void = {fact.receipt_id for fact in facts if isinstance(fact, PaymentReversed)}
    standing = {
        fact.fact_id: fact.amount_cents
        for fact in facts
        if isinstance(fact, PaymentReceived) and fact.receipt_id not in void
    }
    state = derive(facts, TERMS)

    found = Counter()
    for row in (*state.payments, *state.unapplied):
        found[row.fact_id] += row.amount_cents
    assert standing == dict(found)
    assert state.received_cents == (
        state.applied_cents + state.surplus_cents + state.suspense_cents
    )


@given(histories(), st.none() | days)
def test_no_charge_is_paid_beyond_its_amount_and_nothing_open_is_negative(facts, as_of):
    """Every row is positive, and what is paid on a charge is at most what is charged."""
    state = derive(facts, TERMS, as_of)

    charged, applied = Counter(), Counter()
    for row in state.charges:
        assert row.amount_cents > 0
        charged[row.installment, row.charge_type] += row.amount_cents
    for row in state.payments:
        assert row.amount_cents > 0
        applied[row.installment, row.charge_type] += row.amount_cents
    assert not applied - charged
    for each in state.installments:
        assert min(each.tax_open_cents, each.interest_open_cents, each.paid_cents) >= 0
    assert sum(charged.values()) - sum(applied.values()) == state.open_cents


@given(histories())
def test_surplus_means_nothing_is_open(facts):
    """Money becomes surplus only when no charge is left to take it."""
    state = derive(facts, TERMS)

    assert state.paid_in_full or not state.surplus_cents


@given(histories(), st.none() | days)
def test_deriving_again_changes_nothing(facts, as_of):
    """The same facts give the same state, and between equal states nothing is posted."""
    state = derive(facts, TERMS, as_of)

    assert state == derive(list(facts), TERMS, as_of)
    assert post_difference(state, derive(facts, TERMS, as_of)) == ()


@given(bills(), payments())
def test_reversing_everything_returns_to_the_issue(bill, money):
    """After the last reversal the books hold the bill and nothing else."""
    at = START + timedelta(days=3000)
    receipts = sorted({fact.receipt_id for fact in money})
    voids = [
        PaymentReversed(UUID(int=300 + place), at.date(), at, receipt_id)
        for place, receipt_id in enumerate(receipts)
    ]

    lines, state = post_all([bill, *money, *voids])

    assert derive([bill], TERMS) == state
    assert books(post_difference(NOTHING_KNOWN, state)) == books(lines)


@given(histories(), days, days)
def test_recv_014_interest_never_decreases_as_time_passes(facts, one, other):
    """RECV-014, installment basis: with the same payments, a later quote has no less interest."""
    first, second = sorted((one, other))
    known = known_by(first, facts)
    early, late = derive(known, TERMS, first), derive(known, TERMS, second)

    for before, after in zip(early.installments, late.installments, strict=True):
        assert before.interest_charged_cents <= after.interest_charged_cents
        assert before.tax_open_cents == after.tax_open_cents


@given(histories(), days)
def test_recv_014_paying_what_is_quoted_settles_the_bill(facts, day):
    """RECV-014: the quote for a date is the amount that, effective that date, leaves nothing."""
    known = known_by(day, facts)
    quoted = derive(known, TERMS, day).open_cents
    assume(quoted)
    at = START + timedelta(days=4000)
    payment = PaymentReceived(UUID(int=999), day, at, UUID(int=998), quoted)

    settled = derive([*known, payment], TERMS)

    assert settled.paid_in_full
    assert payment.fact_id not in {row.fact_id for row in settled.unapplied}


@given(histories(), days)
def test_interest_is_the_rounding_of_each_month_on_the_tax_unpaid_when_it_began(facts, day):
    """However often it was posted on the way, interest is one rounding of the exact whole."""
    bill, known = facts[0], known_by(day, facts)
    state = derive(known, TERMS, day)
    paid_on = {fact.fact_id: fact.effective_on for fact in known}
    rate = Fraction(3, 400) if bill.tax_year >= 2023 else Fraction(3, 200)

    for demand, found in zip(bill.installments, state.installments, strict=True):
        tax_paid = [
            (paid_on[row.fact_id], row.amount_cents)
            for row in state.payments
            if (row.installment, row.charge_type) == (demand.number, "tax")
        ]
        exact = sum(
            rate * (demand.amount_cents - sum(cents for on, cents in tax_paid if on < begins))
            for begins in month_beginnings(late_after(bill, demand), day)
        )
        assert floor(exact + Fraction(1, 2)) == found.interest_charged_cents


@given(histories(), st.randoms(use_true_random=False))
def test_recv_012_what_is_told_of_a_posting_adds_up_to_its_money(facts, random):
    """RECV-012: rows, surplus and suspense of a posting are the money it brought or took back."""
    random.shuffle(facts)
    state = NOTHING_KNOWN
    told = Counter()
    for count in range(1, len(facts) + 1):
        after = derive(facts[:count], TERMS)
        change = difference(state, after)
        moved = after.received_cents - state.received_cents
        part = allocation(change, moved)
        for row in part.rows:
            told[row.receipt_id, row.installment, row.charge_type] += row.amount_cents
        told["surplus"] += part.surplus_cents
        told["suspense"] += part.suspense_cents
        cash = sum(
            line.amount_cents
            for line in journal_lines(change)
            if line.account is Account.CASH_CLEARING
        )
        assert moved == cash
        state = after

    expected = Counter({"surplus": state.surplus_cents, "suspense": state.suspense_cents})
    for row in state.payments:
        expected[row.receipt_id, row.installment, row.charge_type] += row.amount_cents
    assert +expected == +told
