"""What derive promises beyond the worked examples: order, holding, identity, reasons."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from pathlib import Path
from uuid import UUID

import pytest

from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import (
    BillInstallment,
    BillIssued,
    PaymentReceived,
    PaymentReversed,
)
from receivables_service.domain.state import NOTHING_KNOWN
from receivables_service.domain.terms import (
    AllocationKey,
    AllocationTerm,
    ChargeType,
    CollectionType,
)
from receivables_service.rulebook import load
from taxkit.dated import dated

TERMS = load(Path(__file__).resolve().parents[4] / "jurisdictions" / "us-il-cook")
START = datetime(2019, 1, 1, tzinfo=UTC)
ISSUE = BillIssued(
    fact_id=UUID(int=1),
    effective_on=date(2019, 2, 1),
    recorded_at=START,
    tax_year=2018,
    installments=(
        BillInstallment(1, date(2019, 3, 1), 100_000),
        BillInstallment(2, date(2019, 8, 1), 80_000),
    ),
)


def paid(number, effective_on, cents, *, second=0):
    return PaymentReceived(
        UUID(int=100 + number),
        effective_on,
        START + timedelta(seconds=second),
        UUID(int=200 + number),
        cents,
    )


def void(number):
    at = START + timedelta(days=900)
    return PaymentReversed(UUID(int=300 + number), at.date(), at, UUID(int=200 + number))


def rows(state, payment):
    """What one payment went to, as (installment, charge type, cents)."""
    return [
        (row.installment, row.charge_type.value, row.amount_cents)
        for row in state.payments
        if row.fact_id == payment.fact_id
    ]


def test_recv_001_every_row_names_its_rule_and_the_fact_it_comes_from():
    """RECV-001: tax comes from the issue, interest from the payment that brought it up."""
    late = paid(1, date(2019, 3, 2), 50_000)
    state = derive([ISSUE, late], TERMS)

    assert [
        (1, "tax", "S", "bill-issued", ISSUE.fact_id, 100_000),
        (2, "tax", "S", "bill-issued", ISSUE.fact_id, 80_000),
        (1, "interest", "S", "us-il-cook/receivables/interest/2010", late.fact_id, 1_500),
    ] == [
        (r.installment, r.charge_type, r.collection_type, r.rule_id, r.fact_id, r.amount_cents)
        for r in state.charges
    ]
    assert {"us-il-cook/receivables/allocation/2010-01-01"} == {r.rule_id for r in state.payments}
    assert {late.receipt_id} == {row.receipt_id for row in state.payments}


def test_recv_001_a_quote_charges_interest_no_fact_has_posted():
    """RECV-001: the balance as of a date; the interest up to it belongs to no fact yet."""
    quote = derive([ISSUE], TERMS, date(2019, 4, 2))

    assert [row.fact_id for row in quote.charges if row.charge_type == "interest"] == [None]
    assert quote.open_cents == 183_000
    assert derive([ISSUE], TERMS).open_cents == 180_000


def test_recv_001_a_quote_leaves_out_payments_effective_later():
    """RECV-001: as of a date means before anything of a later date."""
    later = paid(1, date(2019, 6, 1), 180_000)

    assert derive([ISSUE], TERMS, date(2019, 5, 1)) == (
        derive([ISSUE, later], TERMS, date(2019, 5, 1))
    )


def test_recv_012_a_payment_in_time_that_arrives_late_moves_the_later_ones():
    """RECV-012: what a late-arriving earlier payment takes, the later ones are lifted off."""
    first_seen = paid(1, date(2019, 3, 15), 101_500)
    backdated = paid(2, date(2019, 3, 1), 60_000, second=500)

    before = derive([ISSUE, first_seen], TERMS)
    after = derive([ISSUE, first_seen, backdated], TERMS)

    assert rows(before, first_seen) == [(1, "interest", 1_500), (1, "tax", 100_000)]
    assert rows(after, backdated) == [(1, "tax", 60_000)]
    assert rows(after, first_seen) == [
        (1, "interest", 600),
        (1, "tax", 40_000),
        (2, "tax", 60_900),
    ]


def test_payments_of_one_day_follow_the_order_they_were_recorded_in():
    """The source's own order decides between payments of the same date, not arrival."""
    early = paid(2, date(2019, 2, 1), 90_000, second=1)
    late = paid(1, date(2019, 2, 1), 90_000, second=2)

    for order in permutations([ISSUE, early, late]):
        state = derive(order, TERMS)
        assert rows(state, early) == [(1, "tax", 90_000)]
        assert rows(state, late) == [(1, "tax", 10_000), (2, "tax", 80_000)]


def test_a_reversal_voids_all_lines_of_its_receipt_in_any_order():
    """A receipt with two lines for one bill is taken back whole."""
    line_1 = paid(1, date(2019, 3, 2), 40_000)
    line_2 = replace(paid(2, date(2019, 3, 2), 30_000), receipt_id=line_1.receipt_id)

    for order in permutations([ISSUE, line_1, line_2, void(1)]):
        assert derive([ISSUE], TERMS) == derive(order, TERMS)


def test_a_reversal_before_its_payment_is_remembered():
    """The reversal alone changes nothing; when its payment comes, it is void at once."""
    assert derive([ISSUE], TERMS) == derive([ISSUE, void(1)], TERMS)
    assert derive([ISSUE], TERMS) == (
        derive([ISSUE, void(1), paid(1, date(2019, 3, 2), 40_000)], TERMS)
    )


def test_a_reversal_also_counts_in_a_quote_for_a_date_before_it():
    """A returned check never paid anything, on no date."""
    facts = [ISSUE, paid(1, date(2019, 3, 1), 100_000), void(1)]

    assert derive(facts, TERMS, date(2019, 3, 20)).open_cents == 101_500 + 80_000


def test_money_before_its_bill_is_held_and_then_applied_as_of_its_own_date():
    """It bears no interest when it was in time, however late the bill arrives."""
    early = paid(1, date(2019, 1, 15), 100_000)

    held = derive([early], TERMS)
    assert (held.open_cents, held.suspense_cents, held.issued) == (0, 100_000, False)
    assert not held.paid_in_full
    applied = derive([early, ISSUE], TERMS)
    assert rows(applied, early) == [(1, "tax", 100_000)]
    assert (applied.suspense_cents, applied.surplus_cents) == (0, 0)


def test_the_same_fact_twice_counts_once():
    """A redelivered fact changes nothing."""
    payment = paid(1, date(2019, 3, 2), 40_000)

    assert derive([ISSUE, payment], TERMS) == derive([ISSUE, payment, ISSUE, payment], TERMS)


def test_no_facts_are_the_empty_state():
    """Nothing is known, and nothing is made up."""
    assert derive([], TERMS) == NOTHING_KNOWN


def test_a_bill_of_nothing_is_paid_in_full_and_has_no_rows():
    """An exempt parcel's bill is issued, owes nothing and turns money into surplus."""
    bill = replace(ISSUE, installments=(BillInstallment(1, date(2019, 3, 1), 0),))
    state = derive([bill, paid(1, date(2020, 1, 1), 500)], TERMS)

    assert (state.charges, state.surplus_cents, state.paid_in_full) == ((), 500, True)


def test_a_second_issue_is_refused():
    """A bill is issued once; a later version of it would be a correction."""
    with pytest.raises(ValueError, match="issues it again"):
        derive([ISSUE, replace(ISSUE, fact_id=UUID(int=2))], TERMS)


@pytest.mark.parametrize("cents", [0, -1])
def test_a_payment_is_positive(cents):
    """Taking money back is a reversal, never a negative payment."""
    with pytest.raises(ValueError, match="not positive"):
        paid(1, date(2019, 3, 1), cents)


@pytest.mark.parametrize(
    ("numbers", "cents", "complaint"),
    [([], 1, "numbered"), ([2, 1], 1, "numbered"), ([1, 1], 1, "numbered"), ([1], -1, "negative")],
)
def test_a_bill_that_makes_no_sense_is_refused(numbers, cents, complaint):
    """Installments are numbered upwards and never negative."""
    demand = tuple(BillInstallment(number, date(2019, 3, 1), cents) for number in numbers)
    with pytest.raises(ValueError, match=complaint):
        replace(ISSUE, installments=demand)


def test_recv_010_the_order_of_allocation_is_the_rule_in_force_on_the_payment_date():
    """RECV-010: another order of the same keys, from a date on, is another pack and no code."""
    old = TERMS.allocation.at(date(2019, 1, 1))
    new = AllocationTerm(
        "test/allocation/2019-06-01",
        (AllocationKey.CHARGE_TYPE, AllocationKey.COLLECTION_TYPE, AllocationKey.INSTALLMENT),
        (ChargeType.TAX, ChargeType.INTEREST),
        (CollectionType.SECURED,),
    )
    terms = replace(
        TERMS,
        allocation=dated("test", [(date(2010, 1, 1), old), (date(2019, 6, 1), new)]),
    )
    before, after = paid(1, date(2019, 3, 2), 10_000), paid(2, date(2019, 6, 1), 150_000)
    state = derive([ISSUE, before, after], terms)

    assert rows(state, before) == [(1, "interest", 1_500), (1, "tax", 8_500)]
    assert rows(state, after) == [(1, "tax", 91_500), (2, "tax", 58_500)]
