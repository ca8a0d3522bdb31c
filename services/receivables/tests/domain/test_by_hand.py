"""RECV-012, CASH-052: hands put money on a charge, by its code, how it is carried, or its fund."""

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import Allotment, AllottedRow
from receivables_service.domain.placing import BY_HAND_RULE
from receivables_service.domain.terms import ChargeType, CollectionType

sys.path.insert(0, str(Path(__file__).parent))

from stories import BY_INSTALLMENT, DEFAULTED, Story, terms

MARCH, AUGUST = date(2020, 3, 1), date(2020, 8, 1)
LAW = terms(
    allocation=replace(
        BY_INSTALLMENT, fund_of={"cost": "treasurer", "returned_check": "bank", "tax": "county"}
    )
)
FEE = ChargeType.FEE


def by_hand(payment, *rows):
    return replace(payment, allotment=Allotment(rows=rows, by="ana"))


def paid(facts):
    """Dollars that hands put, by charge."""
    return {
        (row.charge_type.value, row.charge_code, row.collection_type.value): row.amount_cents // 100
        for row in derive(facts, LAW).payments
        if row.rule_id == BY_HAND_RULE
    }


@pytest.fixture
def charged():
    story = Story()
    facts = [
        story.issue(500, 500),
        story.fee(20, date(2020, 2, 1), code="cost"),
        story.fee(25, date(2020, 2, 1), code="returned_check"),
    ]
    return story, facts


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (AllottedRow(1, FEE, 1_000, "returned_check"), "returned_check"),
        (AllottedRow(1, FEE, 1_000, fund="bank"), "returned_check"),
        (AllottedRow(1, FEE, 1_000, fund="treasurer"), "cost"),
        (AllottedRow(1, FEE, 1_000), "cost"),
    ],
)
def test_cash_052_a_row_names_the_fee_or_its_fund(charged, row, code):
    """CASH-052: of two fees of one installment the one that is meant; else the rule's first."""
    story, facts = charged
    found = paid([*facts, by_hand(story.pay(10, MARCH), row)])
    assert found == {("fee", code, "S"): 10}


def test_cash_052_what_the_named_charge_has_no_room_for_goes_by_the_rule(charged):
    """CASH-052: 25 of 40 by hand, and the rest as if nobody had said anything."""
    story, facts = charged
    payment = by_hand(story.pay(40, MARCH), AllottedRow(1, FEE, 4_000, "returned_check"))
    assert paid([*facts, payment]) == {("fee", "returned_check", "S"): 25}
    state = derive([*facts, payment], LAW)
    assert (state.applied_cents, state.surplus_cents) == (4_000, 0)


def test_cash_052_a_row_that_fits_no_charge_leaves_all_to_the_rule(charged):
    """CASH-052: an unknown code, a fund nobody has, a type the bill is not carried in."""
    story, facts = charged
    for row in (
        AllottedRow(1, FEE, 1_000, "unknown"),
        AllottedRow(1, FEE, 1_000, fund="nobody"),
        AllottedRow(1, FEE, 1_000, collection_type=CollectionType.DEFAULTED),
    ):
        payment = by_hand(story.pay(10, MARCH), row)
        assert paid([*facts, payment]) == {}
        assert derive([*facts, payment], LAW).applied_cents == 1_000


def test_cash_052_a_row_names_how_its_charge_is_carried(charged):
    """CASH-052: after default the open tax is DS; hands cannot put money on what is paid S."""
    story, facts = charged
    facts += [story.pay(100, MARCH), story.default(DEFAULTED)]
    for carried, found in (
        (CollectionType.DEFAULTED, {("tax", "", "DS"): 50}),
        (CollectionType.SECURED, {}),
    ):
        row = AllottedRow(2, ChargeType.TAX, 5_000, collection_type=carried)
        assert paid([*facts, by_hand(story.pay(50, AUGUST), row)]) == found
