"""RECV-001, RECV-010, CASH-052: the ledger of a bill with lines by fund."""

import sys
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables_service.domain.by_fund import NO_FUND, lines_of, parted
from receivables_service.domain.changes import allocation, difference
from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import (
    Allotment,
    AllottedRow,
    BillCorrected,
    BillIssued,
    PaymentReceived,
)
from receivables_service.domain.ledger import post_difference
from receivables_service.domain.state import NOTHING_KNOWN
from receivables_service.domain.terms import AllocationKey, ChargeType

sys.path.insert(0, str(Path(__file__).parent))

from stories import BY_INSTALLMENT, DEFAULTED, Story, terms
from test_change_properties import EVERY_KIND, histories, laws, sums

from taxkit.money import split

GENERAL, DEBT = "010/general", "010/debt"
MARCH, AUGUST = date(2020, 3, 1), date(2020, 8, 1)
LAW = terms()
TAX = ChargeType.TAX


def by_fund(fact, **dollars):
    """The bill's lines: `general`, `debt`, and `rest` of no fund."""
    names = {"general": GENERAL, "debt": DEBT, "rest": NO_FUND}
    return replace(fact, funds=tuple((names[name], each * 100) for name, each in dollars.items()))


def dollars(rows):
    """Tax in dollars, by installment and fund."""
    found = Counter()
    for row in rows:
        if row.charge_type is TAX:
            found[row.installment, row.collection_type.value, row.subcode] += row.amount_cents
    assert all(cents % 100 == 0 for cents in found.values()), found
    return {key: cents // 100 for key, cents in found.items() if cents}


@pytest.fixture
def billed():
    story = Story()
    return story, [by_fund(story.issue(500, 500), general=600, debt=300, rest=100)]


def test_recv_001_each_fund_has_a_charge_of_every_installment(billed):
    """RECV-001: the key has the fund; the parts of both installments are the bill's lines."""
    _, facts = billed
    assert dollars(derive(facts, LAW).charges) == {
        (1, "S", GENERAL): 300, (1, "S", DEBT): 150, (1, "S", NO_FUND): 50,
        (2, "S", GENERAL): 300, (2, "S", DEBT): 150, (2, "S", NO_FUND): 50,
    }  # fmt: skip


def test_recv_010_money_is_shared_by_what_is_open_of_each_fund(billed):
    """RECV-010: funds that the rule does not put in order stand equal."""
    story, facts = billed
    found = dollars(derive([*facts, story.pay(100, MARCH), story.pay(450, MARCH)], LAW).payments)
    assert found == {
        (1, "S", GENERAL): 300, (1, "S", DEBT): 150, (1, "S", NO_FUND): 50,
        (2, "S", GENERAL): 30, (2, "S", DEBT): 15, (2, "S", NO_FUND): 5,
    }  # fmt: skip


@pytest.mark.parametrize("listed", ["debt", DEBT])
def test_recv_010_the_fund_may_come_before_the_installment(billed, listed):
    """RECV-010: a rule by fund and then by installment pays one fund's whole year first."""
    story, facts = billed
    keys = (AllocationKey.FUND, AllocationKey.INSTALLMENT)
    law = terms(allocation=replace(BY_INSTALLMENT, keys=keys, funds=(listed,)))
    found = dollars(derive([*facts, story.pay(370, MARCH)], law).payments)
    assert found == {
        (1, "S", DEBT): 150, (2, "S", DEBT): 150, (1, "S", GENERAL): 60, (1, "S", NO_FUND): 10,
    }  # fmt: skip


@pytest.mark.parametrize(("fund", "subcode"), [("debt", DEBT), (DEBT, DEBT), (NO_FUND, NO_FUND)])
def test_cash_052_hands_put_money_on_a_fund(billed, fund, subcode):
    """CASH-052: by the fund's own code or behind its agency's; no more than it asks for."""
    story, facts = billed
    asked = Allotment(rows=(AllottedRow(1, TAX, 4_000, fund=fund),), by="ana")
    payment = replace(story.pay(40, MARCH), allotment=asked)
    assert dollars(derive([*facts, payment], LAW).payments) == {(1, "S", subcode): 40}

    more = replace(asked, rows=(AllottedRow(1, TAX, 20_000, fund=fund),))
    over = replace(payment, amount_cents=20_000, allotment=more)
    room = {DEBT: 150, NO_FUND: 50}[subcode]
    by_hand = [row for row in derive([*facts, over], LAW).payments if row.rule_id == "by-hand"]
    assert dollars(by_hand) == {(1, "S", subcode): room}


def test_recv_003_a_default_takes_each_funds_open_part(billed):
    """RECV-003: what was put on one fund by hand stays secured there."""
    story, facts = billed
    asked = Allotment(rows=(AllottedRow(1, TAX, 15_000, fund="debt"),), by="ana")
    paid = replace(story.pay(150, MARCH), allotment=asked)
    state = derive([*facts, paid, story.default(DEFAULTED), story.pay(850, AUGUST)], LAW)
    charged = {
        (1, "S", DEBT): 150,
        (1, "DS", GENERAL): 300, (1, "DS", NO_FUND): 50,
        (2, "DS", GENERAL): 300, (2, "DS", DEBT): 150, (2, "DS", NO_FUND): 50,
    }  # fmt: skip
    assert dollars(state.charges) == dollars(state.payments) == charged
    assert state.paid_in_full


def test_recv_004_a_correction_moves_money_between_funds(billed):
    """RECV-004: a fund that gets less gives what it has too much to those still open."""
    story, facts = billed
    lower = by_fund(story.correct(500, 500, on=AUGUST), general=900, rest=100)
    state = derive([*facts, story.pay(1_000, MARCH), lower], LAW)
    assert dollars(state.payments) == {
        (1, "S", GENERAL): 450, (1, "S", NO_FUND): 50,
        (2, "S", GENERAL): 450, (2, "S", NO_FUND): 50,
    }  # fmt: skip
    assert (state.open_cents, state.surplus_cents) == (0, 0)


def test_recv_004_a_correction_may_be_the_first_to_tell_of_funds():
    """RECV-004: what was one charge becomes parts; its money goes with them."""
    story = Story()
    facts = [story.issue(500, 500), story.pay(600, MARCH)]
    state = derive([*facts, by_fund(story.correct(500, 500, on=AUGUST), debt=1_000)], LAW)
    assert dollars(state.charges) == {(1, "S", DEBT): 500, (2, "S", DEBT): 500}
    assert dollars(state.payments) == {(1, "S", DEBT): 500, (2, "S", DEBT): 100}


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=5), st.data())
def test_parts_come_out_to_the_cent_both_ways(totals, data):
    """Every installment's parts are its total, every fund's are its line."""
    weights = data.draw(
        st.dictionaries(st.text("abc", min_size=1, max_size=2), st.integers(1, 99), min_size=1)
    )
    lines = split(sum(totals), weights)
    found = parted(totals, lines)
    assert [sum(part.values()) for part in found] == totals
    assert {fund: sum(part[fund] for part in found) for fund in lines} == lines
    assert all(cents >= 0 for part in found for cents in part.values())


def test_levys_lines_are_read_by_fund():
    """Those without a fund are one part beside the funds; a bill of none has none."""
    told = [
        {"agency_code": "010", "fund": "debt", "amount_cents": 3},
        {"agency_code": "020", "amount_cents": 4},
        {"agency_code": "030", "fund": "", "amount_cents": 5},
    ]
    assert dict(lines_of(told)) == {DEBT: 3, NO_FUND: 9}
    assert lines_of(told[1:]) == ()


WEIGHTS = st.sampled_from([{GENERAL: 1, DEBT: 1}, {GENERAL: 7, NO_FUND: 2, "020/x": 1}])


@st.composite
def histories_by_fund(draw, kinds=EVERY_KIND):
    """A bill of any history, each version of it with lines by fund."""
    facts = []
    for fact in draw(histories(kinds)):
        match fact:
            case BillIssued():
                cents = sum(each.amount_cents for each in fact.installments)
            case BillCorrected():
                cents = sum(each.amount_cents for each in fact.targets)
            case _:
                facts.append(fact)
                continue
        facts.append(replace(fact, funds=tuple(split(cents, draw(WEIGHTS)).items())))
    return facts


@given(laws, histories_by_fund([kind for kind in EVERY_KIND if kind is not BillCorrected]))
def test_recv_001_by_fund_or_not_the_same_charges_take_the_same_money(law, facts):
    """RECV-001: funds part what is owed and paid; without them it is the same bill."""
    plain = derive(
        [replace(fact, funds=()) if hasattr(fact, "funds") else fact for fact in facts], law
    )
    state = derive(facts, law)
    assert sums(state.charges) == sums(plain.charges)
    assert sums(state.payments) == sums(plain.payments)
    assert (state.installments, state.surplus_cents) == (plain.installments, plain.surplus_cents)


@given(laws, histories_by_fund())
def test_recv_001_every_fund_is_charged_its_line_and_paid_no_more(law, facts):
    """RECV-001: whatever happens, the funds' charges are the newest version's lines."""
    state = derive(facts, law)
    versions = [fact for fact in facts if isinstance(fact, BillCorrected)]
    newest = max(versions, key=lambda one: (one.effective_on, one.recorded_at), default=facts[0])
    charged, paid = Counter(), Counter()
    for sums_of, rows in ((charged, state.charges), (paid, state.payments)):
        for row in rows:
            key = (row.installment, row.collection_type, row.subcode)
            sums_of[key] += row.amount_cents if row.charge_type is TAX else 0
    lines = Counter()
    for (_, _, fund), cents in charged.items():
        lines[fund] += cents
    assert +lines == +Counter(dict(newest.funds))
    assert not +(paid - charged)
    assert sum(charged.values()) == sum(each.tax_charged_cents for each in state.installments)
    standing = {fact.fact_id for fact in facts if isinstance(fact, PaymentReceived)}
    assert {row.fact_id for row in state.payments} <= standing


@given(laws, histories_by_fund(), st.randoms(use_true_random=False))
def test_recv_001_in_any_order_the_books_end_the_same(law, facts, random):
    """RECV-001: every posting balances on the way, and the last state is one derive."""
    shuffled = list(facts)
    random.shuffle(shuffled)
    state, held = NOTHING_KNOWN, Counter()
    for count in range(1, len(shuffled) + 1):
        after = derive(shuffled[:count], law)
        change = difference(state, after)
        assert sum(line.amount_cents for line in post_difference(state, after)) == 0
        for row in allocation(change, after.received_cents - state.received_cents).rows:
            key = (row.receipt_id, row.installment, row.charge_type, row.collection_type)
            held[key, row.subcode] += row.amount_cents
        state = after
    once = derive(facts, law)
    for row in once.payments:
        key = (row.receipt_id, row.installment, row.charge_type, row.collection_type)
        held[key, row.subcode] -= row.amount_cents
    assert not any(held.values())
    assert once.installments == state.installments
