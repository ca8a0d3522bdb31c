"""What holds for every history of a bill that defaults, is corrected, moved, waived and paid."""

import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from receivables_service.domain.changes import allocation, difference
from receivables_service.domain.correction_terms import RefundTerm
from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import (
    Allotment,
    BillCorrected,
    BillInstallment,
    BillIssued,
    CollectionTypeTransferred,
    DefaultDeclared,
    FeeCharged,
    InstallmentTarget,
    InterestAndPenaltyWaived,
    LockLifted,
    PaymentReceived,
    PaymentReversed,
    Reallocated,
    WaivedAmount,
)
from receivables_service.domain.ledger import Account, post_difference
from receivables_service.domain.payment_terms import PaymentTerms, TermsGroup, TermsRule
from receivables_service.domain.rate_facts import (
    AccrualDeferred,
    AgencyHolding,
    CodeLifted,
    CodeSet,
    DeferralEnded,
    DeferralResumed,
)
from receivables_service.domain.state import NOTHING_KNOWN
from receivables_service.domain.terms import (
    BasisTerm,
    ChargeType,
    CollectionType,
    InterestBasis,
    InterestStart,
    InterestTerm,
    MonthCounting,
)
from taxkit.dated import dated

sys.path.insert(0, str(Path(__file__).parent))

from stories import DEFAULTED, FIRST_DUE, PENALTY, SECOND_DUE, START, terms

FROM_DUE = replace(
    terms(penalty=PENALTY, interest=(1, 100)), base_dates=dated("base_dates", [(2000, {})])
)
# Interest from default on, by firsts of months.
FROM_DEFAULT = replace(
    FROM_DUE,
    interest=dated(
        "interest",
        [
            (year, replace(each, counting=MonthCounting.CALENDAR, start=InterestStart.DEFAULT))
            for year, each in FROM_DUE.interest
        ],
    ),
)
# Both bases, other terms while the agency holds the bill, and refunds by the first due date.
HALF = InterestTerm("test/half", 1, 200, FROM_DUE.interest.at(2019).rounding)
OF_CLASSES = replace(
    FROM_DUE,
    interest_basis=dated("basis", [(2000, BasisTerm("test/b", InterestBasis.INSTALLMENT, HALF))]),
    payment_terms=dated(
        "payment_terms",
        [
            (
                2000,
                PaymentTerms(
                    (TermsGroup("g", rules=(TermsRule("h", HALF, held_by_agency=True),)),)
                ),
            )
        ],
    ),
    refunds=dated("refunds", [(START.date(), RefundTerm("test/refunds", original_due_date=True))]),
)
laws = st.sampled_from([FROM_DUE, FROM_DEFAULT, OF_CLASSES])
days = st.dates(FIRST_DUE - timedelta(days=20), DEFAULTED + timedelta(days=400))
cents = st.integers(1, 120_000)


def head(number, on):
    return (UUID(int=number), on, START + timedelta(seconds=number))


waived = st.builds(
    WaivedAmount,
    st.sampled_from([1, 2]),
    st.sampled_from([ChargeType.INTEREST, ChargeType.PENALTY]),
    st.integers(1, 5_000),
)
targets = st.tuples(*(st.just(0) | st.integers(0, 90_000) for _ in range(2)))
codes = st.sampled_from(["A", "B"])
rates = st.none() | st.sampled_from([Decimal(0), Decimal("0.02"), Decimal("0.015")])
plans = st.sampled_from(["2020-1", "2020-2"])
# What a fact says beside when it was.
CONTENTS = {
    PaymentReceived: st.tuples(
        st.integers(1000, 1012).map(lambda number: UUID(int=number)),
        cents,
        st.builds(Allotment, basis=st.none() | st.sampled_from(InterestBasis)),
    ),
    PaymentReversed: st.tuples(st.integers(1000, 1012).map(lambda number: UUID(int=number))),
    BillCorrected: st.tuples(
        st.tuples(targets, st.none() | days).map(
            lambda said: tuple(
                InstallmentTarget(n, each, said[1]) for n, each in enumerate(said[0], 1)
            )
        )
    ),
    DefaultDeclared: st.tuples(),
    CollectionTypeTransferred: st.tuples(
        st.sampled_from([CollectionType.SECURED, CollectionType.UNSECURED]), st.just("moved")
    ),
    FeeCharged: st.tuples(st.just("returned_check"), st.integers(1, 5_000), st.just("test/fee")),
    InterestAndPenaltyWaived: st.tuples(st.tuples(waived)),
    LockLifted: st.tuples(),
    Reallocated: st.tuples(),
    CodeSet: st.tuples(codes, rates, rates, st.none(), st.sampled_from(["", "returned_check"])),
    CodeLifted: st.tuples(codes, st.sampled_from(["", "returned_check"])),
    AgencyHolding: st.tuples(st.booleans()),
    AccrualDeferred: st.tuples(plans),
    DeferralEnded: st.tuples(plans, st.booleans()),
    # Of any fact: one that ends no deferral is none to be undone.
    DeferralResumed: st.tuples(plans, st.integers(1, 10).map(lambda number: UUID(int=number))),
}


@st.composite
def change(draw, number, kinds):
    """One fact of any kind but the issue."""
    kind = draw(st.sampled_from(kinds))
    fact = kind(*head(number, draw(days)), *draw(CONTENTS[kind]))
    if isinstance(fact, CodeSet) and draw(st.booleans()):
        return replace(fact, through=fact.effective_on + timedelta(days=draw(st.integers(0, 90))))
    return fact


WITHOUT_TRANSFERS = (
    *(PaymentReceived, PaymentReceived, PaymentReceived, PaymentReversed, BillCorrected),
    *(DefaultDeclared, Reallocated, FeeCharged, InterestAndPenaltyWaived, LockLifted),
    *(CodeSet, CodeSet, CodeLifted, AgencyHolding, AccrualDeferred, DeferralEnded),
    *(AccrualDeferred, DeferralEnded, DeferralResumed),
)
EVERY_KIND = (*WITHOUT_TRANSFERS, CollectionTypeTransferred)


@st.composite
def histories(draw, kinds=EVERY_KIND):
    demand = tuple(
        BillInstallment(number, due_on, draw(st.integers(0, 90_000)))
        for number, due_on in ((1, FIRST_DUE), (2, SECOND_DUE))
    )
    count = draw(st.integers(0, 9))
    later = [draw(change(number, kinds)) for number in range(2, 2 + count)]
    return [BillIssued(*head(1, START.date()), 2019, demand), *later]


def sums(rows):
    found = Counter()
    for row in rows:
        key = (row.installment, row.charge_type, row.collection_type, row.charge_code)
        found[key] += row.amount_cents
    return found


def row_totals(state):
    """Amounts by the identity of a row, whatever the order the rows came in."""
    found = Counter()
    for kind, rows in (("charge", state.charges), ("payment", state.payments)):
        for row in rows:
            key = (row.fact_id, row.rule_id, row.installment, row.charge_type, row.collection_type)
            found[kind, *key] += row.amount_cents
    for row in state.unapplied:
        found["unapplied", row.fact_id, row.rule_id, row.kind] += row.amount_cents
    return {key: amount for key, amount in found.items() if amount}


@given(laws, histories())
def test_recv_012_received_is_applied_plus_surplus_plus_suspense_after_any_change(law, facts):
    """RECV-012: each payment that stands is all there, in rows and held, to the cent."""
    void = {fact.receipt_id for fact in facts if isinstance(fact, PaymentReversed)}
    standing = {
        fact.fact_id: fact.amount_cents
        for fact in facts
        if isinstance(fact, PaymentReceived) and fact.receipt_id not in void
    }
    state = derive(facts, law)

    found = Counter()
    for row in (*state.payments, *state.unapplied):
        assert row.amount_cents > 0
        found[row.fact_id] += row.amount_cents
    assert standing == dict(found)


@given(laws, histories(), st.none() | days)
def test_recv_004_no_charge_is_negative_and_none_is_paid_beyond_its_amount(law, facts, as_of):
    """RECV-004: what a correction leaves no room for is lifted; nothing open is negative."""
    state = derive(facts, law, as_of)
    charged, paid = sums(state.charges), sums(state.payments)

    assert all(amount >= 0 for amount in charged.values())
    assert not +(paid - charged)
    assert sum(charged.values()) - sum(paid.values()) == state.open_cents
    for each in state.installments:
        assert each.open_cents >= 0
        assert each.paid_cents == sum(
            amount for key, amount in paid.items() if key[0] == each.number
        )


@given(laws, histories())
def test_recv_003_only_charges_of_the_type_the_bill_is_carried_in_are_open(law, facts):
    """RECV-003: after default nothing secured is open, before it nothing is defaulted."""
    state = derive(facts, law)
    still_open = Counter(sums(state.charges))
    still_open.subtract(sums(state.payments))

    assert len({key[2] for key, amount in still_open.items() if amount}) <= 1


@given(laws, histories(WITHOUT_TRANSFERS))
def test_recv_005_money_crosses_only_when_its_own_charges_are_full(law, facts):
    """RECV-002, RECV-005: money up to the default is on S unless S is full; later money never."""
    state = derive(facts, law)
    moved = [row.fact_id for row in state.charges if row.rule_id == "test/default"]
    on = {fact.fact_id: fact.effective_on for fact in facts}
    defaulted_on = min((on[fact_id] for fact_id in moved), default=None)
    charged, paid = sums(state.charges), sums(state.payments)

    for row in state.payments:
        if defaulted_on is None or on[row.fact_id] <= defaulted_on:
            if row.collection_type is CollectionType.DEFAULTED:
                assert all(
                    paid[key] == amount
                    for key, amount in charged.items()
                    if key[2] is CollectionType.SECURED
                )
        else:
            assert row.collection_type is CollectionType.DEFAULTED


@given(laws, histories(), st.randoms(use_true_random=False))
def test_recv_001_posted_one_by_one_in_any_order_the_books_end_the_same(law, facts, random):
    """RECV-001: every posting balances and tells its own money; the last state is one derive."""
    shuffled = list(facts)
    random.shuffle(shuffled)
    state, books = NOTHING_KNOWN, Counter()
    for count in range(1, len(shuffled) + 1):
        after = derive(shuffled[:count], law)
        brought = after.received_cents - state.received_cents
        lines = post_difference(state, after)
        cash = [each.amount_cents for each in lines if each.account is Account.CASH_CLEARING]
        assert (0, brought) == (sum(each.amount_cents for each in lines), sum(cash))
        assert brought == allocation(difference(state, after), brought).total_cents
        for line in lines:
            key = (line.account, line.fact_id, line.rule_id, line.installment)
            books[key, line.charge_type, line.collection_type] += line.amount_cents
        state = after

    once = derive(facts, law)
    assert row_totals(once) == row_totals(state)
    assert (once.installments, once.locked) == (state.installments, state.locked)
    for line in post_difference(NOTHING_KNOWN, once):
        key = (line.account, line.fact_id, line.rule_id, line.installment)
        books[key, line.charge_type, line.collection_type] -= line.amount_cents
    assert not any(books.values())


@given(laws, histories(), st.none() | days)
def test_deriving_again_changes_nothing_and_no_row_is_there_twice(law, facts, as_of):
    """Between equal states nothing is posted, and each row is found again by what it is."""
    state = derive(facts, law, as_of)

    assert post_difference(state, derive(list(facts), law, as_of)) == ()
    for rows in (state.charges, state.payments):
        keys = [
            (row.fact_id, row.rule_id, row.installment, row.charge_type, row.collection_type)
            for row in rows
        ]
        assert len(keys) == len(set(keys))


@given(laws, histories(), days)
def test_recv_006_after_a_reallocation_money_is_held_only_when_nothing_is_open(law, facts, on):
    """RECV-006: surplus comes last; asking a second time moves nothing."""
    last = max([on, *(fact.effective_on for fact in facts)])
    asked = Reallocated(*head(500, last))
    again = Reallocated(*head(501, last))
    state = derive([*facts, asked], law)

    assert not state.surplus_cents or not state.open_cents
    assert state == derive([*facts, asked, again], law)


@given(laws, histories(), days)
def test_recv_014_paying_what_is_quoted_settles_a_bill_of_any_history(law, facts, day):
    """RECV-014: the quote for a date is what leaves nothing open on that date."""
    known = [
        fact
        for fact in facts
        if isinstance(fact, BillIssued | PaymentReversed) or fact.effective_on < day
    ]
    quoted = derive(known, law, day).open_cents
    if quoted:
        payment = PaymentReceived(*head(600, day), UUID(int=1600), quoted)
        assert derive([*known, payment], law).paid_in_full
