"""RECV-065 to RECV-067: what lifting a fee takes off."""

import sys
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from receivables_service.domain.charges import Charge
from receivables_service.domain.derivation import derive
from receivables_service.domain.fee_facts import FeeLifted, steps
from receivables_service.domain.terms import ChargeType, CollectionType

sys.path.insert(0, str(Path(__file__).parent))

from stories import Story, terms

OCT, NOV = date(2019, 10, 1), date(2019, 11, 1)
LAW = terms()


def lifted(story, dollars, on=NOV, code="court"):
    return FeeLifted(*story._head(on), code, dollars * 100)


def test_recv_067_a_lifted_fee_is_owed_no_longer_and_others_stay():
    """RECV-067: only the fee of that code."""
    story = Story()
    facts = [
        story.issue(500, 500), story.fee(50, OCT, "court"), story.fee(20, OCT, "other"),
        lifted(story, 50),
    ]  # fmt: skip
    state = derive(facts, LAW)
    assert (state.installments[0].fee_open_cents, state.open_cents) == (2_000, 102_000)


def test_recv_067_of_a_paid_fee_nothing_comes_off():
    """RECV-067: what was paid stays paid, though a lifting arrives."""
    story = Story()
    facts = [story.issue(500, 500), story.fee(50, OCT, "court")]
    facts.append(story.pay(50, date(2019, 10, 2)))
    assert derive([*facts, lifted(story, 50)], LAW) == derive(facts, LAW)


def test_recv_067_the_last_charge_gives_first_and_no_more_than_is_open():
    """RECV-067: of two charges of one code the later one."""
    charges = []
    for number, cents in ((1, 300), (2, 200)):
        charge = Charge(number, ChargeType.FEE, CollectionType.SECURED, "court")
        charge.charged = cents
        charges.append(charge)
    fact = FeeLifted(UUID(int=1), OCT, None, "court", 400)
    assert [(each.installment, cents) for each, cents in steps(charges, fact)] == [
        (2, 200),
        (1, 200),
    ]
    assert list(steps(charges, FeeLifted(UUID(int=1), OCT, None, "other", 400))) == []


@pytest.mark.parametrize(("code", "cents"), [("", 1), ("court", 0), ("court", -1)])
def test_recv_067_a_lifting_of_nothing_is_none(code, cents):
    """RECV-067: a code and an amount, both."""
    with pytest.raises(ValueError, match="lifts no fee"):
        FeeLifted(UUID(int=1), OCT, None, code, cents)
