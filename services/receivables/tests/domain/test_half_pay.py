"""RECV-068, AC-17: half pay as the derivation has it; amounts in whole dollars."""

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import (
    BillCorrected,
    BillInstallment,
    FeeCharged,
    InstallmentTarget,
)
from receivables_service.domain.half_pay import Halves
from receivables_service.domain.half_pay_facts import HalfPayRemoved, HalfPaySet
from receivables_service.domain.interest_terms import InterestWays
from taxkit.calendar import business_calendar
from taxkit.dated import dated

sys.path.insert(0, str(Path(__file__).parent))

from stories import FIRST_DUE, PENALTY, SECOND_DUE, Story, terms

LAW = terms()
OCT, NOV, DEC = date(2019, 10, 1), date(2019, 11, 1), date(2019, 12, 1)
APR_30, OCT_31 = date(2020, 4, 30), date(2020, 10, 31)


@pytest.fixture
def story():
    return Story()


def halved(story, on, *, days=(FIRST_DUE, SECOND_DUE), as_paid=False, fees=()):
    return HalfPaySet(*story._head(on), *days, as_paid, fees)


def fee(story, dollars, on, *, joins=True, code="court"):
    return FeeCharged(*story._head(on), code, dollars * 100, "test/fee", joins)


def halves(facts, as_of=None, law=LAW):
    """Of each half: charged, and what is due of it next."""
    state = derive(facts, law, as_of)
    return [(each.charged_cents // 100, each.open_cents // 100) for each in state.installments]


def test_ac_17_the_first_half_is_what_was_paid_and_the_increase_the_second_s(story):
    """AC-17: raised to 550 and 550 with 500 paid; set, the first has nothing due next."""
    facts = [
        story.issue(500, 500), story.pay(500, OCT), story.correct(550, 550, on=NOV),
        halved(story, NOV, as_paid=True),
    ]  # fmt: skip
    assert halves(facts) == [(500, 0), (600, 600)]
    assert halves([*facts, fee(story, 50, DEC)]) == [(500, 0), (650, 650)]


def test_ac_17_set_before_the_increase_it_is_the_same(story):
    """AC-17: what levy raises later lands in the second half, however levy parts it."""
    facts = [story.issue(500, 500), story.pay(500, OCT), halved(story, NOV, as_paid=True)]
    for raised in ((550, 550), (600, 500), (500, 600)):
        assert halves([*facts, story.correct(*raised, on=DEC)]) == [(500, 0), (600, 600)]


def test_ac_17_a_fee_that_is_there_already_joins_when_it_is_set_again(story):
    """AC-17: added on the first half, then set with it among the items: second half 650."""
    facts = [
        story.issue(500, 500), story.pay(500, OCT), story.correct(550, 550, on=NOV),
        fee(story, 50, NOV), halved(story, DEC, as_paid=True, fees=("court",)),
    ]  # fmt: skip
    assert halves(facts) == [(500, 0), (650, 650)]


def test_recv_068_a_fee_whose_type_does_not_join_stays_on_the_first_half(story):
    """RECV-068: a returned check's fee is due at once."""
    facts = [story.issue(500, 500), story.pay(500, OCT), halved(story, NOV, as_paid=True)]
    assert halves([*facts, fee(story, 50, DEC, joins=False)]) == [(550, 50), (500, 500)]


def test_recv_068_without_as_paid_a_fee_is_parted_and_levy_s_halves_stay(story):
    """RECV-068: 51.00 as 26 and 25; a correction goes to levy's targets."""
    facts = [story.issue(500, 500), halved(story, NOV)]
    assert halves([*facts, fee(story, 51, DEC)]) == [(525, 525), (525, 525)]
    state = derive([*facts, fee(story, 51, DEC)], LAW)
    assert [each.fee_charged_cents for each in state.installments] == [2_550, 2_550]
    assert halves([*facts, story.correct(550, 550, on=DEC)]) == [(550, 550), (550, 550)]
    joined = [story.issue(500, 500), fee(story, 51, NOV), halved(story, DEC, fees=("court",))]
    assert [each.fee_open_cents for each in derive(joined, LAW).installments] == [2_550, 2_550]


def test_recv_068_removed_levy_s_halves_and_days_hold_again(story):
    """RECV-068: also what levy changed meanwhile; the fees go back to the first half."""
    facts = [
        story.issue(500, 500), story.pay(500, OCT), story.correct(550, 550, on=NOV),
        fee(story, 50, NOV),
        halved(story, DEC, days=(APR_30, OCT_31), as_paid=True, fees=("court",)),
        story.correct(560, 560, on=DEC),
    ]  # fmt: skip
    state = derive(facts, LAW)
    assert state.half_pay
    assert [each.due_on for each in state.installments] == [FIRST_DUE, OCT_31]
    facts.append(HalfPayRemoved(*story._head(DEC)))
    state = derive(facts, LAW)
    assert halves(facts) == [(610, 110), (560, 560)]
    assert not state.half_pay
    assert [each.due_on for each in state.installments] == [FIRST_DUE, SECOND_DUE]


def test_recv_068_interest_is_counted_by_the_days_of_half_pay(story):
    """RECV-068: due by April 30 and October 31, the first half is not late in January."""
    law = terms(interest=(1, 100), penalty=PENALTY)
    issue = story.issue(500, 500)
    facts = [issue, halved(story, NOV, days=(APR_30, OCT_31))]
    assert halves([issue], date(2020, 1, 11), law) == [(560, 560), (500, 500)]
    assert halves(facts, date(2020, 4, 30), law) == [(500, 500), (500, 500)]
    assert halves(facts, date(2020, 5, 1), law) == [(555, 555), (500, 500)]


def test_recv_068_a_bill_in_default_or_of_one_installment_stays_as_it_is(story):
    """RECV-068: there is nothing to part any more, or nothing yet."""
    defaulted = [story.issue(500, 500), story.default()]
    assert halves([*defaulted, halved(story, date(2020, 8, 1), as_paid=True)]) == halves(defaulted)
    one = [story.issue(1_000, due=(FIRST_DUE,)), halved(story, NOV, as_paid=True)]
    assert halves(one) == [(1_000, 1_000)]
    assert not derive(one, LAW).half_pay


def test_recv_068_a_decrease_below_what_was_paid_gives_the_rest_back(story):
    """RECV-068: nothing is left on the second half, and 100 is held for the payer."""
    facts = [
        story.issue(500, 500), story.pay(500, OCT), halved(story, NOV, as_paid=True),
        story.correct(200, 200, on=DEC),
    ]  # fmt: skip
    state = derive(facts, LAW)
    assert (halves(facts), state.surplus_cents) == ([(400, 0), (0, 0)], 10_000)


def test_recv_068_days_that_turn_back_are_no_half_pay():
    """RECV-068: the second half is never due before the first."""
    with pytest.raises(ValueError, match="before the first"):
        HalfPaySet(UUID(int=1), OCT, None, OCT_31, APR_30)


def test_recv_068_levy_s_own_days_are_kept_apart_from_those_of_half_pay():
    """RECV-068: a day told again is none that changed; one told anew is."""
    known = Halves((BillInstallment(1, FIRST_DUE, 100), BillInstallment(2, SECOND_DUE, 100)))
    told = BillCorrected(
        UUID(int=1), OCT, None,
        (InstallmentTarget(1, 100, FIRST_DUE), InstallmentTarget(2, 100, OCT_31)),
    )  # fmt: skip
    pay = HalfPaySet(UUID(int=2), OCT, None, APR_30, OCT_31)
    parted = Halves(known.levied, pay).parted(told, ())
    assert [one.due_on for one in parted.targets] == [None, OCT_31]
    assert [one.due_on for one in known.corrected(told).levied] == [FIRST_DUE, OCT_31]


@given(
    some.integers(0, 1_200), some.integers(0, 700), some.integers(0, 700), some.booleans(),
    some.booleans(),
)  # fmt: skip
def test_recv_068_no_cent_is_lost_whatever_is_paid_and_raised(paid, first, second, as_paid, back):
    """RECV-068: charged is what levy asks and the fee, received is applied or held."""
    story = Story()
    facts = [story.issue(500, 500), fee(story, 51, OCT)]
    if paid:
        facts.append(story.pay(paid, OCT))
    facts += [
        halved(story, NOV, days=(APR_30, OCT_31), as_paid=as_paid, fees=("court",)),
        story.correct(first, second, on=DEC),
    ]
    if back:
        facts.append(HalfPayRemoved(*story._head(DEC)))
    state = derive(facts, LAW)
    assert sum(each.charged_cents for each in state.installments) == (first + second + 51) * 100
    assert state.received_cents == paid * 100
    assert all(each.open_cents >= 0 for each in state.installments)
    if back:
        assert [each.tax_charged_cents for each in state.installments] == [
            first * 100, second * 100,
        ]  # fmt: skip


def test_recv_068_a_day_of_half_pay_moves_off_a_weekend_where_the_law_moves_due_dates(story):
    """RECV-068: set to Saturday, May 2, 2020, due on Monday; removed, levy's days as they moved."""
    days = InterestWays(due_rolls=True, calendar=business_calendar("US"))
    law = terms(interest=(1, 100))
    moving = replace(law.interest.at(2019), ways=days)
    law = replace(
        law,
        interest=dated("interest", [(2000, moving)]),
        base_dates=dated("base_dates", [(2000, {})]),
    )
    saturdays = (date(2020, 2, 29), date(2020, 8, 1))
    facts = [
        story.issue(500, 500, due=saturdays),
        halved(story, NOV, days=(date(2020, 5, 2), date(2020, 8, 1))),
    ]
    due = [each.due_on for each in derive(facts, law).installments]
    assert due == [date(2020, 5, 4), date(2020, 8, 3)]
    removed = [*facts, HalfPayRemoved(*story._head(DEC))]
    assert derive(removed, law).installments == derive(facts[:1], law).installments


def test_recv_068_removed_a_half_that_was_late_when_it_was_paid_is_late_again(story):
    """RECV-068: paid in January, late by levy's day and in time by half pay's: as if never set."""
    law = replace(
        terms(interest=(1, 100), penalty=PENALTY), base_dates=dated("base_dates", [(2000, {})])
    )
    facts = [story.issue(500, 500), story.pay(500, date(2020, 1, 11))]
    half = halved(story, date(2020, 1, 20), days=(APR_30, OCT_31))
    assert derive([*facts, half], law).installments[0].open_cents == 0
    back = HalfPayRemoved(*story._head(date(2020, 1, 25)))
    assert derive([*facts, half, back], law).installments == derive(facts, law).installments
    assert derive(facts, law).installments[0].open_cents == 6_000
