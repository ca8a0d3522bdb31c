"""RECV-019: a bill whose due dates a correction moves is the bill that had them from its issue."""

import sys
from dataclasses import replace
from datetime import date
from itertools import permutations
from pathlib import Path
from uuid import UUID

import pytest

from receivables_service.domain.acceleration import AccelerationTerm, Missed
from receivables_service.domain.correction_terms import RefundTerm
from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import InstallmentTarget
from receivables_service.domain.interest_terms import ORDINARY
from receivables_service.domain.payment_terms import PaymentTerms, TermsGroup, TermsRule
from receivables_service.domain.redating import differing, new_days
from receivables_service.domain.state import ChargeRow
from receivables_service.domain.terms import (
    ChargeType,
    CollectionType,
    InterestStart,
    MonthCounting,
)
from taxkit.dated import dated

sys.path.insert(0, str(Path(__file__).parent))

from stories import PENALTY, Story, terms

JAN_31, FEB_29, MAR_31 = date(2020, 1, 31), date(2020, 2, 29), date(2020, 3, 31)
JUL_31, SEP_30 = date(2020, 7, 31), date(2020, 9, 30)
DUE = (JAN_31, JUL_31)


def law(acceleration=None, *, start=InterestStart.DUE, penalty=None):
    """One percent for each calendar month, and what a missed installment does."""
    found = terms(interest=(1, 100), penalty=penalty, grace_days=0)
    months = replace(found.interest.at(2019), counting=MonthCounting.TOUCHED, start=start)
    groups = (TermsGroup("all", (), rules=(TermsRule("r", acceleration=acceleration),)),)
    always = date(2000, 1, 1)
    return replace(
        found,
        interest=dated("interest", [(2000, months)]),
        payment_terms=dated("payment_terms", [(2000, PaymentTerms(groups))]),
        base_dates=dated("base_dates", [(2000, {})]),
        refunds=dated("refunds", [(always, RefundTerm("r", original_due_date=False))]),
    )


@pytest.fixture
def story():
    return Story()


def moved(story, first, second, *, on, dollars=(1000, 1000)):
    fact = story.correct(*dollars, on=on)
    due = {1: first, 2: second}
    return replace(
        fact, targets=tuple(replace(one, due_on=due[one.number]) for one in fact.targets)
    )


def interest(state):
    return [each.interest_charged_cents // 100 for each in state.installments]


ENDING = AccelerationTerm("a", Missed.FIRST, ends_when_paid=True)
LASTING = AccelerationTerm("a", Missed.FIRST)
ANY = AccelerationTerm("a", Missed.ANY)


@pytest.mark.parametrize("acceleration", [ENDING, LASTING, ANY])
@pytest.mark.parametrize(
    ("first_due", "back", "left"), [(FEB_29, 40, [0, 0]), (date(2020, 2, 19), 40, [0, 0])]
)
def test_what_the_second_bore_for_the_first_goes_with_it(
    story, acceleration, first_due, back, left
):
    """All paid on February 10 with 20 + 20 of interest; by the new first date nothing was late."""
    facts = [
        story.issue(1000, 1000, due=DUE), story.pay(2020, date(2020, 2, 10)),
        moved(story, first_due, JUL_31, on=date(2020, 2, 12)),
    ]  # fmt: skip
    assert interest(derive(facts[:2], law(acceleration))) == [10, 10]
    for some in permutations(facts):
        state = derive(some, law(acceleration))
        assert (interest(state), state.surplus_cents, state.open_cents) == (left, back * 50, 0)


@pytest.mark.parametrize("acceleration", [ENDING, LASTING, ANY])
def test_what_was_late_by_the_new_date_too_stays_so(story, acceleration):
    """Paid on April 10, three months late; by February 29 two months: March and April."""
    facts = [
        story.issue(1000, 1000, due=DUE), story.pay(2060, date(2020, 4, 10)),
        moved(story, FEB_29, JUL_31, on=date(2020, 5, 4)),
    ]  # fmt: skip
    state = derive(facts, law(acceleration))
    assert (interest(state), state.surplus_cents) == ([20, 20], 2_000)


def test_a_penalty_that_was_paid_stays_where_it_is_late_by_the_new_date(story):
    """10 % on both: the first, paid in April, was late after February 29, too."""
    facts = [
        story.issue(1000, 0, due=DUE), story.pay(1130, date(2020, 4, 10)),
        moved(story, FEB_29, JUL_31, on=date(2020, 5, 4), dollars=(1000, 0)),
    ]  # fmt: skip
    state = derive(facts, law(penalty=PENALTY))
    assert (state.installments[0].penalty_charged_cents, state.surplus_cents) == (10_000, 1_000)


@pytest.mark.parametrize("acceleration", [None, ENDING, LASTING, ANY])
def test_there_and_back_is_as_if_nothing_had_happened(story, acceleration):
    """What came back with the later date is owed again with the former, by the same money."""
    facts = [story.issue(1000, 1000, due=DUE), story.pay(2020, date(2020, 2, 10))]
    there = moved(story, MAR_31, SEP_30, on=date(2020, 2, 12))
    back = moved(story, *DUE, on=date(2020, 2, 20))
    as_of = date(2020, 8, 5)
    for day in (None, as_of):
        stayed = derive(facts, law(acceleration), day)
        returned = derive([*facts, there, back], law(acceleration), day)
        assert stayed.installments == returned.installments
        assert stayed.surplus_cents == returned.surplus_cents


def test_who_paid_by_a_later_date_while_it_counted_is_not_late(story):
    """Due March 31 from February 12 to March 20: paid on March 10, the first half was in time."""
    facts = [
        story.issue(1000, 1000, due=DUE), moved(story, MAR_31, JUL_31, on=date(2020, 2, 12)),
        story.pay(1000, date(2020, 3, 10)), moved(story, *DUE, on=date(2020, 3, 20)),
    ]  # fmt: skip
    for acceleration in (None, ENDING, LASTING, ANY):
        state = derive(facts, law(acceleration, penalty=PENALTY), JUL_31)
        assert [each.open_cents for each in state.installments] == [0, 100_000]


def test_what_is_unpaid_when_an_earlier_date_comes_to_count_is_late_since_then(story):
    """Moved from July to February on April 1: on that day three months, March to May, in May."""
    issue = story.issue(0, 1000, due=DUE)
    facts = [issue, moved(story, JAN_31, FEB_29, on=date(2020, 4, 1), dollars=(0, 1000))]
    assert interest(derive(facts, law(), date(2020, 4, 1))) == [0, 0]
    assert interest(derive(facts, law(), date(2020, 5, 1))) == [0, 30]


@pytest.mark.parametrize("acceleration", [LASTING, ANY])
def test_once_late_the_rest_stays_late_though_all_dates_were_moved(story, acceleration):
    """The first, due February 29, is paid in March; the second goes on from the first's date."""
    facts = [
        story.issue(1000, 1000, due=DUE), moved(story, FEB_29, SEP_30, on=date(2020, 2, 3)),
        story.pay(1010, date(2020, 3, 10)),
    ]  # fmt: skip
    assert interest(derive(facts, law(acceleration), date(2020, 5, 4))) == [10, 30]
    assert interest(derive(facts, law(ENDING), date(2020, 5, 4))) == [10, 10]


@pytest.mark.parametrize("acceleration", [ENDING, LASTING, ANY])
def test_a_second_date_moved_alone_keeps_no_second_half_from_being_called(story, acceleration):
    """The first is missed by its own date: the second is late since then, whatever its date."""
    facts = [story.issue(1000, 1000, due=DUE), moved(story, JAN_31, SEP_30, on=date(2020, 1, 15))]
    assert interest(derive(facts, law(acceleration), date(2020, 3, 2))) == [20, 20]


def test_a_first_half_raised_once_it_was_paid_calls_the_second_from_then_on(story):
    """The second bears no month twice, and none in which the first was paid."""
    facts = [
        story.issue(1000, 1000, due=DUE), story.pay(1020, date(2020, 3, 10)),
        story.correct(1100, 1000, on=date(2020, 5, 4)),
    ]  # fmt: skip
    assert interest(derive(facts[:2], law(ENDING), date(2020, 5, 4))) == [20, 20]
    assert interest(derive(facts, law(ENDING), date(2020, 5, 31))) == [20, 20]
    assert interest(derive(facts, law(ENDING), date(2020, 6, 1))) == [21, 30]
    in_time = [facts[0], story.pay(1000, JAN_31), facts[2]]
    assert interest(derive(in_time, law(LASTING), date(2020, 6, 1))) == [1, 10]


def test_a_half_raised_and_lowered_again_on_one_day_was_never_missed(story):
    """The first, paid in time, is raised by mistake: the second bears nothing for that."""
    facts = [
        story.issue(1000, 1000, due=DUE), story.pay(1000, JAN_31),
        story.correct(1100, 1200, on=date(2020, 5, 4)),
        story.correct(1000, 1000, on=date(2020, 5, 4)),
    ]  # fmt: skip
    for acceleration in (ENDING, LASTING, ANY):
        told = law(acceleration, penalty=PENALTY)
        assert derive(facts, told).installments == derive(facts[:2], told).installments


def test_by_a_law_of_any_missed_installment_time_makes_all_late_since_the_first(story):
    """The second, never paid, is late on August 1: February to August, as such a law says."""
    facts = [story.issue(1000, 1000, due=DUE), story.pay(1000, JAN_31)]
    assert interest(derive(facts, law(ANY), date(2020, 8, 3))) == [0, 70]


def test_what_is_raised_while_all_is_called_due_bears_the_months_to_come(story):
    """The second half, of nothing, was called due with the first: raised in May it pays June."""
    facts = [story.issue(1000, 0, due=DUE), story.correct(1000, 1000, on=date(2020, 5, 4))]
    assert interest(derive(facts, law(ENDING), date(2020, 5, 31))) == [40, 0]
    assert interest(derive(facts, law(ENDING), date(2020, 6, 1))) == [50, 10]


@pytest.mark.parametrize("start", [InterestStart.DEFAULT, InterestStart.LAST_DUE])
def test_interest_that_does_not_run_from_a_due_date_does_not_begin_to_when_it_is_moved(
    story, start
):
    """From default, or from the last date of the bill: the first's own date says nothing."""
    facts = [story.issue(1000, 1000, due=DUE), moved(story, FEB_29, JUL_31, on=FEB_29)]
    assert interest(derive(facts, law(start=start), JUL_31)) == [0, 0]
    late = derive(facts, law(start=start), date(2020, 8, 3))
    assert interest(late) == ([0, 0] if start is InterestStart.DEFAULT else [10, 10])


def test_of_a_bill_in_default_the_interest_from_default_stays_when_a_date_is_moved(story):
    """It is counted from the default, and what defaulted is in default."""
    told = law(start=InterestStart.DEFAULT, penalty=PENALTY)
    facts = [story.issue(1000, 1000, due=DUE), story.default()]
    later = moved(story, JUL_31, SEP_30, on=date(2020, 9, 1))
    day = date(2020, 10, 1)
    before, after = derive(facts, told, day), derive([*facts, later], told, day)
    assert interest(before) == interest(after) == [40, 40]
    assert [each.due_on for each in after.installments] == [JUL_31, SEP_30]


def test_days_in_time_by_a_later_date_in_force_are_spared():
    """Each date for as long as it counted; an earlier one spares nothing."""
    asked = [
        (date.min, {1: JAN_31}), (date(2020, 2, 12), {1: MAR_31}), (date(2020, 3, 20), {1: JAN_31}),
    ]  # fmt: skip
    found = new_days(asked, {1: JAN_31}, ORDINARY)
    assert found.spared == {1: ((date(2020, 2, 12), date(2020, 3, 20)),)}
    assert not found.moved
    assert new_days(asked[:2], {1: MAR_31}, ORDINARY).moved == {1}
    assert new_days(asked[:2], {1: MAR_31}, ORDINARY).spared == {}


def test_the_difference_of_two_tellings_is_by_charge_whatever_the_facts():
    """Two postings of one charge are one sum; what is the same is not named."""
    row = ChargeRow(1, ChargeType.INTEREST, CollectionType.SECURED, "r", UUID(int=1), 30)
    again = replace(row, rule_id="s", fact_id=UUID(int=2), amount_cents=20)
    tax = replace(row, charge_type=ChargeType.TAX)
    (found,) = differing([row, again, tax], [replace(row, amount_cents=10), tax])
    assert (found.charge_type, found.amount_cents) == (ChargeType.INTEREST, -40)


def test_a_target_without_a_date_leaves_the_date():
    """A correction of amounts alone tells nothing again."""
    story = Story()
    facts = [story.issue(1000, 1000, due=DUE), story.pay(2020, date(2020, 2, 10))]
    fact = story.correct(1000, 1000, on=date(2020, 2, 12))
    assert fact.targets[0] == InstallmentTarget(1, 100_000)
    assert derive([*facts, fact], law(ENDING)) == derive(facts, law(ENDING))
