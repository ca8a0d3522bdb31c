"""What is undone, or says nothing, leaves a bill as it was, under the law of every place."""

import sys
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "domain"))

from test_corrections_that_tell_the_truth import bills, charged, correction, head, money, standing
from test_pack_properties import PACKS

from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import (
    BillCorrected,
    GraceExpired,
    InstallmentTarget,
    InterestAndPenaltyWaived,
    LockLifted,
    PaymentReversed,
    Reallocated,
    WaivedAmount,
)
from receivables_service.domain.half_pay_facts import HalfPayRemoved, HalfPaySet
from receivables_service.domain.rate_facts import (
    AccrualDeferred,
    AgencyHolding,
    CodeLifted,
    CodeSet,
    DeferralEnded,
)
from receivables_service.domain.terms import ChargeType
from taxkit.dated import dated

every_pack = pytest.mark.parametrize("name", sorted(PACKS))
NO_GRACE = dated("correction_grace", [(date.min, None)])
quick = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def told(draw, name):
    """A bill, what was paid of it, two days one after the other, and a day to look at it."""
    issue = draw(bills(name))
    facts = [issue, *draw(money(issue))]
    first = issue.installments[0].due_on + timedelta(days=draw(st.integers(-20, 400)))
    second = first + timedelta(days=draw(st.integers(0, 90)))
    return facts, first, second, second + timedelta(days=draw(st.integers(1, 300)))


def without_money_between(facts, first, second):
    return [fact for fact in facts if fact is facts[0] or not first <= fact.effective_on <= second]


def assert_same(facts, more, law, as_of):
    before, after = derive(facts, law, as_of), derive([*facts, *more], law, as_of)
    assert standing(before) == standing(after)


@every_pack
@quick
@given(data=st.data())
def test_recv_008_being_looked_at_on_the_way_changes_nothing(name, data):
    """RECV-008: whatever brings interest and penalty up in between, they come to the same."""
    law = PACKS[name][0]
    facts, first, second, as_of = data.draw(told(name))
    seen = [GraceExpired(*head(60, first)), GraceExpired(*head(62, second))]
    assert_same(facts, seen, law, as_of)


@every_pack
@quick
@given(data=st.data())
def test_recv_020_waived_and_unlocked_is_as_if_nothing_had_been_waived(name, data):
    """RECV-020: where no money came before, all that was waived and missed comes back."""
    law = PACKS[name][0]
    facts, first, second, as_of = data.draw(told(name))
    facts = without_money_between(facts, date.min, second)
    waived = (WaivedAmount(1, ChargeType.INTEREST, 400), WaivedAmount(1, ChargeType.PENALTY, 900))
    lock = InterestAndPenaltyWaived(*head(60, first), waived)
    assert_same(facts, [lock, LockLifted(*head(61, second))], law, as_of)


@every_pack
@quick
@given(data=st.data())
def test_recv_050_put_off_and_brought_back_is_as_if_it_had_never_been_put_off(name, data):
    """RECV-050: under a plan that ends without being kept, where no money came meanwhile."""
    law = PACKS[name][0]
    facts, first, second, as_of = data.draw(told(name))
    facts = without_money_between(facts, first, second)
    plan = [AccrualDeferred(*head(60, first), "P"), DeferralEnded(*head(61, second), "P", True)]
    assert_same(facts, plan, law, as_of)


@every_pack
@quick
@given(data=st.data())
def test_recv_018_rates_set_and_lifted_on_one_day_change_nothing(name, data):
    """RECV-013, RECV-018: a code of no day, and a holding of no day."""
    law = PACKS[name][0]
    facts, day, _, as_of = data.draw(told(name))
    rates = [
        CodeSet(*head(60, day), "A", Decimal("0.02"), Decimal("0.5")),
        CodeLifted(*head(61, day), "A"),
        AgencyHolding(*head(62, day), held=True),
        AgencyHolding(*head(63, day), held=False),
    ]
    assert_same(facts, rates, law, as_of)


@every_pack
@quick
@given(data=st.data())
def test_recv_068_half_pay_set_and_removed_is_as_if_it_had_never_been_set(name, data):
    """RECV-068: where no money came meanwhile."""
    law = PACKS[name][0]
    facts, first, second, as_of = data.draw(told(name))
    facts = without_money_between(facts, first, second)
    days = (second + timedelta(days=20), second + timedelta(days=120))
    half = [HalfPaySet(*head(60, first), *days), HalfPayRemoved(*head(61, second))]
    assert_same(facts, half, law, as_of)


@every_pack
@quick
@given(data=st.data())
def test_recv_006_amounts_corrected_there_and_back_on_one_day_change_nothing(name, data):
    """RECV-006: but for where money lies that was lifted; a grace the pack grants is apart."""
    law = PACKS[name][0]
    law = replace(law, correction_grace=NO_GRACE)
    facts, day, *_ = data.draw(told(name))
    issue = facts[0]
    other = tuple(
        InstallmentTarget(each.number, data.draw(st.sampled_from([0, 30_000, 90_000])))
        for each in issue.installments
    )
    due = [each.due_on for each in issue.installments]
    there = BillCorrected(*head(60, day), other)
    moved = [there, correction(61, issue, due, day), Reallocated(*head(62, day))]
    before, after = derive(facts, law, day), derive([*facts, *moved], law, day)
    assert charged(before) == charged(after)
    assert before.open_cents - before.surplus_cents == after.open_cents - after.surplus_cents


@every_pack
@quick
@given(data=st.data())
def test_recv_004_amounts_corrected_before_anything_is_due_are_as_if_issued_so(name, data):
    """RECV-004: and all money came later."""
    law = PACKS[name][0]
    law = replace(law, correction_grace=NO_GRACE)
    facts, *_, as_of = data.draw(told(name))
    issue = facts[0]
    day = min(fact.effective_on for fact in facts) - timedelta(days=1)
    amounts = [data.draw(st.sampled_from([0, 30_000, 61_729])) for _ in issue.installments]
    fact = BillCorrected(
        *head(5, day), tuple(InstallmentTarget(n, cents) for n, cents in enumerate(amounts, 1))
    )
    demand = tuple(
        replace(each, amount_cents=cents)
        for each, cents in zip(issue.installments, amounts, strict=True)
    )
    as_of = max(as_of, day)
    issued_so = derive([replace(issue, installments=demand), *facts[1:]], law, as_of)
    assert standing(issued_so) == standing(derive([*facts, fact], law, as_of))


@every_pack
@quick
@given(data=st.data())
def test_recv_055_taken_back_and_paid_again_is_as_if_paid_the_second_time_only(name, data):
    """RECV-055: also where the first payment chose the basis."""
    law = PACKS[name][0]
    facts, first, second, as_of = data.draw(told(name))
    payments = [fact for fact in facts if hasattr(fact, "receipt_id")]
    if not payments:
        return
    wrong = replace(payments[0], fact_id=UUID(int=70), receipt_id=UUID(int=71), effective_on=first)
    assert_same(facts, [wrong, PaymentReversed(*head(72, second), UUID(int=71))], law, as_of)
