"""What holds under the law of every place: order of arrival, money, quotes, rows."""

import sys
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "domain"))

from test_change_properties import CONTENTS, EVERY_KIND, head, row_totals, sums

from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import (
    BillCorrected,
    BillInstallment,
    BillIssued,
    DefaultDeclared,
    InstallmentTarget,
    PaymentReceived,
    PaymentReversed,
)
from receivables_service.domain.ledger import post_difference
from receivables_service.domain.rate_facts import CodeSet
from receivables_service.domain.state import NOTHING_KNOWN
from receivables_service.rulebook import load
from receivables_service.worked_examples import examples

JURISDICTIONS = Path(__file__).resolve().parents[4] / "jurisdictions"
PACKS = {
    file.parent.name: (load(file.parent), [one.told["bill"] for one in examples(file.parent)
                                           if "bill" in one.told and "refused" not in one.told])
    for file in sorted(JURISDICTIONS.glob("*/examples.yaml"))
}  # fmt: skip


@st.composite
def histories(draw, name):
    """A bill of one of the pack's worked cases, and what may happen to it in three years."""
    terms, bills = PACKS[name]
    bill = draw(st.sampled_from(bills))
    due = [on for on, _ in bill["installments"]]
    demand = tuple(
        BillInstallment(number, on, draw(st.integers(0, 90_000)))
        for number, on in enumerate(due, 1)
    )
    of = (bill.get("district", ""), bill.get("bill_class", ""))
    issue = BillIssued(*head(1, due[0]), bill["tax_year"], demand, *of)
    free = draw(st.just(0) | st.integers(0, sum(each.amount_cents for each in demand)))
    of_no_interest = draw(st.just(0) | st.integers(0, free))
    issue = replace(issue, unpenalised_cents=free, interest_free_cents=of_no_interest)
    days = st.dates(due[0] - timedelta(days=20), due[-1] + timedelta(days=900))
    knows_default = terms.default.at(bill["tax_year"]) is not None
    kinds = [kind for kind in EVERY_KIND if knows_default or kind is not DefaultDeclared]
    count = draw(st.integers(0, 7))
    return [issue, *(draw(change(number, kinds, days, due)) for number in range(2, 2 + count))]


@st.composite
def change(draw, number, kinds, days, due):
    kind = draw(st.sampled_from(kinds))
    on = draw(days)
    if kind is BillCorrected:
        moved = draw(st.none() | days)
        targets = tuple(
            InstallmentTarget(place, draw(st.just(0) | st.integers(0, 90_000)), moved)
            for place in range(1, len(due) + 1)
        )
        return BillCorrected(*head(number, on), targets)
    fact = kind(*head(number, on), *draw(CONTENTS[kind]))
    waived = getattr(fact, "waived", ())
    if any(each.number > len(due) for each in waived):
        fact = replace(fact, waived=tuple(replace(each, number=1) for each in waived))
    if isinstance(fact, CodeSet) and draw(st.booleans()):
        return replace(fact, through=on + timedelta(days=draw(st.integers(0, 90))))
    return fact


every_pack = pytest.mark.parametrize("name", sorted(PACKS))
quick = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])


@every_pack
@quick
@given(data=st.data())
def test_recv_001_posted_one_by_one_in_any_order_the_books_end_the_same(name, data):
    """RECV-001: under each pack's law, steps, caps and called bills included."""
    law = PACKS[name][0]
    facts = data.draw(histories(name))
    shuffled = data.draw(st.permutations(facts))
    state, books = NOTHING_KNOWN, Counter()
    for count in range(1, len(shuffled) + 1):
        after = derive(shuffled[:count], law)
        for line in post_difference(state, after):
            key = (line.account, line.fact_id, line.rule_id, line.installment)
            books[key, line.charge_type, line.collection_type] += line.amount_cents
        state = after

    once = derive(facts, law)
    assert row_totals(once) == row_totals(state)
    assert once.installments == state.installments
    for line in post_difference(NOTHING_KNOWN, once):
        key = (line.account, line.fact_id, line.rule_id, line.installment)
        books[key, line.charge_type, line.collection_type] -= line.amount_cents
    assert not any(books.values())


@every_pack
@quick
@given(data=st.data())
def test_recv_012_no_cent_is_lost_and_no_charge_is_negative(name, data):
    """RECV-004, RECV-012: each payment that stands is all there; nothing is paid beyond itself."""
    facts = data.draw(histories(name))
    state = derive(facts, PACKS[name][0], data.draw(st.none() | st.just(date(2035, 1, 1))))
    void = {fact.receipt_id for fact in facts if isinstance(fact, PaymentReversed)}
    standing = {
        fact.fact_id: fact.amount_cents
        for fact in facts
        if isinstance(fact, PaymentReceived) and fact.receipt_id not in void
    }
    found = Counter()
    for row in (*state.payments, *state.unapplied):
        found[row.fact_id] += row.amount_cents
    charged, paid = sums(state.charges), sums(state.payments)
    assert standing == dict(found)
    assert all(amount >= 0 for amount in charged.values())
    assert not +(paid - charged)
    assert sum(charged.values()) - sum(paid.values()) == state.open_cents
    for rows in (state.charges, state.payments):
        keys = [
            (row.fact_id, row.rule_id, row.installment, row.charge_type, row.collection_type,
             row.charge_code)
            for row in rows
        ]  # fmt: skip
        assert len(keys) == len(set(keys))


@every_pack
@quick
@given(data=st.data())
def test_recv_014_paying_what_is_quoted_settles_the_bill(name, data):
    """RECV-014: under each pack's law the quote for a day is what leaves nothing open on it."""
    law = PACKS[name][0]
    facts = data.draw(histories(name))
    day = data.draw(st.dates(facts[0].effective_on, facts[0].effective_on + timedelta(days=1200)))
    known = [
        fact
        for fact in facts
        if isinstance(fact, BillIssued | PaymentReversed) or fact.effective_on < day
    ]
    quoted = derive(known, law, day).open_cents
    if quoted:
        payment = PaymentReceived(*head(600, day), UUID(int=1600), quoted)
        assert derive([*known, payment], law).paid_in_full


@every_pack
@quick
@given(data=st.data())
def test_recv_008_without_money_or_changes_a_debt_never_shrinks(name, data):
    """RECV-008: a later quote of an untouched bill has no less penalty and no less interest."""
    law = PACKS[name][0]
    (issue, *_) = data.draw(histories(name))
    days = st.dates(issue.effective_on, issue.effective_on + timedelta(days=1200))
    first, second = sorted((data.draw(days), data.draw(days)))
    early, late = derive([issue], law, first), derive([issue], law, second)
    for before, after in zip(early.installments, late.installments, strict=True):
        assert before.penalty_charged_cents <= after.penalty_charged_cents
        assert before.interest_charged_cents <= after.interest_charged_cents
