"""Money and its days against each other, under the law of every place."""

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "domain"))

from test_corrections_that_tell_the_truth import bills, correction, head, money, standing
from test_pack_properties import PACKS

from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import BillCorrected, InstallmentTarget, PaymentReceived
from taxkit.dated import dated

every_pack = pytest.mark.parametrize("name", sorted(PACKS))
quick = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def told(draw, name):
    """A bill, what happened to it, one payment more, and a day after all of it."""
    issue = draw(bills(name))
    facts = [issue, *draw(money(issue))]
    due = [each.due_on for each in issue.installments]
    on = draw(st.sampled_from(due)) + timedelta(days=draw(st.integers(-5, 200)))
    more = PaymentReceived(*head(30, on), UUID(int=2000), draw(st.integers(2, 70_000)))
    days = [fact.effective_on for fact in (*facts, more)]
    return facts, more, max(days) + timedelta(days=draw(st.integers(1, 200)))


def by_installments(law):
    """Without the choice of a basis, which a first payment makes and no later one undoes."""
    return replace(law, interest_basis=dated("interest_basis", []))


def owed(facts, law, as_of):
    """What is open, less what is held: negative when more is owed to the payer."""
    state = derive(facts, law, as_of)
    return state.open_cents - state.surplus_cents


@every_pack
@quick
@given(data=st.data())
def test_recv_012_paid_in_two_parts_on_one_day_is_paid_at_once(name, data):
    """RECV-012: to the cent, whatever each part met."""
    law = PACKS[name][0]
    facts, whole, as_of = data.draw(told(name))
    part = data.draw(st.integers(1, whole.amount_cents - 1))
    first = replace(whole, amount_cents=part)
    rest = replace(whole, fact_id=UUID(int=31), amount_cents=whole.amount_cents - part)
    at_once, in_two = (derive([*facts, *some], law, as_of) for some in ([whole], [first, rest]))
    assert standing(at_once) == standing(in_two)


@every_pack
@quick
@given(data=st.data())
def test_recv_008_who_pays_more_owes_no_more(name, data):
    """RECV-008: nobody is charged more for having paid, but for the basis a payment chooses."""
    law = by_installments(PACKS[name][0])
    facts, more, as_of = data.draw(told(name))
    assert derive([*facts, more], law, as_of).open_cents <= derive(facts, law, as_of).open_cents


@every_pack
@quick
@given(data=st.data())
def test_recv_008_who_pays_later_owes_no_less(name, data):
    """RECV-008: the same money on a later day leaves no less open, but for the basis."""
    law = by_installments(PACKS[name][0])
    facts, early, as_of = data.draw(told(name))
    on = early.effective_on + timedelta(days=data.draw(st.integers(1, 60)))
    assume(on < as_of)
    late = replace(early, effective_on=on)
    assert owed([*facts, early], law, as_of) <= owed([*facts, late], law, as_of)


@every_pack
@quick
@given(data=st.data())
def test_recv_019_a_later_due_date_makes_nothing_dearer(name, data):
    """RECV-019: whatever day it is, of one installment or of each, but for the basis."""
    law = by_installments(PACKS[name][0])
    facts, more, as_of = data.draw(told(name))
    issue = facts[0]
    due = [each.due_on for each in issue.installments]
    later = [on + timedelta(days=data.draw(st.just(0) | st.integers(1, 120))) for on in due]
    later = [max(later[: place + 1]) for place in range(len(later))]
    on = due[0] + timedelta(days=data.draw(st.integers(0, 200)))
    moved = [*facts, more, correction(40, issue, later, on)]
    as_of = max(as_of, on)
    assert owed(moved, law, as_of) <= owed([*facts, more], law, as_of)


@every_pack
@quick
@given(data=st.data())
def test_recv_004_a_lower_tax_makes_nothing_dearer(name, data):
    """RECV-004: whenever it is lowered, of whichever installment."""
    law = PACKS[name][0]
    facts, more, as_of = data.draw(told(name))
    issue = facts[0]
    on = issue.installments[0].due_on + timedelta(days=data.draw(st.integers(-20, 300)))
    lower = tuple(
        InstallmentTarget(each.number, data.draw(st.integers(0, each.amount_cents)))
        for each in issue.installments
    )
    as_of = max(as_of, on)
    lowered = [*facts, more, BillCorrected(*head(40, on), lower)]
    assert owed(lowered, law, as_of) <= owed([*facts, more], law, as_of)
