"""RECV-014, RECV-019: at which rates months count that a later due date spared for a time."""

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import BillCorrected, InstallmentTarget
from receivables_service.domain.interest_terms import DatedRate, InterestWays
from receivables_service.domain.terms import InterestTerm, MonthCounting
from taxkit.dated import dated
from taxkit.money import Rounding

sys.path.insert(0, str(Path(__file__).parent))

from stories import Story, terms

DUE, MOVED = date(2019, 11, 30), date(2020, 3, 31)
JANUARY, FEBRUARY = date(2020, 1, 15), date(2020, 2, 20)
RATES = (DatedRate(date(2019, 1, 1), 1, 100), DatedRate(date(2020, 2, 1), 1, 200))


def law(**ways):
    term = InterestTerm(
        "test/interest", 1, 100, Rounding.HALF_UP, MonthCounting.TOUCHED,
        ways=InterestWays(rates=RATES, **ways),
    )  # fmt: skip
    return replace(
        terms(grace_days=0),
        interest=dated("interest", [(2000, term)]),
        base_dates=dated("base_dates", [(2000, {})]),
    )


@pytest.fixture
def story():
    return Story()


def moved(story, due_on, on):
    return BillCorrected(*story._head(on), (InstallmentTarget(1, 100_000, due_on),))


def interest(facts, on, terms_):
    (one,) = derive(facts, terms_, on).installments
    return one.interest_charged_cents


@pytest.mark.parametrize(
    ("on", "cents"),
    [
        (date(2020, 2, 19), 0),
        # December and January at 1%, February and March at half of it.
        (date(2020, 2, 21), 2500),
        (date(2020, 3, 1), 3000),
    ],
    ids=["spared", "back", "a month on"],
)
def test_recv_019_months_spared_across_a_change_of_the_rate_bear_each_their_own(story, on, cents):
    """RECV-019: due later from January 15 to February 20, while the rate of January ended."""
    facts = [
        story.issue(1000, due=(DUE,)), moved(story, MOVED, JANUARY), moved(story, DUE, FEBRUARY),
    ]  # fmt: skip
    facts = [fact for fact in facts if fact.effective_on <= on]
    assert interest(facts, on, law()) == cents


def test_recv_019_what_was_paid_while_it_was_spared_bears_nothing(story):
    """RECV-019: 400 on February 10; of the 600 left the months bear their own rates."""
    facts = [
        story.issue(1000, due=(DUE,)), moved(story, MOVED, JANUARY),
        story.pay(400, date(2020, 2, 10)), moved(story, DUE, FEBRUARY),
    ]  # fmt: skip
    assert interest(facts, date(2020, 2, 21), law()) == 1500


def test_recv_019_where_the_day_of_payment_sets_the_rate_no_month_keeps_its_own(story):
    """RECV-019: all three at half a percent."""
    facts = [
        story.issue(1000, due=(DUE,)), moved(story, MOVED, JANUARY), moved(story, DUE, FEBRUARY),
    ]  # fmt: skip
    assert interest(facts, date(2020, 2, 21), law(rate_when_paid=True)) == 1500
