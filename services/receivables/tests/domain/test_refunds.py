"""RECV-019: by which due date interest and penalty are refunded when a correction moves it."""

import sys
from dataclasses import replace
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest

from receivables_service.domain.correction_terms import RefundTerm
from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import InstallmentTarget
from taxkit.dated import dated

sys.path.insert(0, str(Path(__file__).parent))

from stories import PENALTY, Story, terms

PAID, CORRECTED, MOVED = date(2020, 2, 1), date(2020, 3, 1), date(2020, 3, 20)


def law(*, original):
    """One percent a month and ten once; two months have begun on the day of the payment."""
    return replace(
        terms(interest=(1, 100), penalty=PENALTY, grace_days=0),
        base_dates=dated("base_dates", [(2000, {})]),
        refunds=dated("refunds", [(date(2000, 1, 1), RefundTerm("test/refunds", original))]),
    )


def history(dollars, paid=560):
    story = Story()
    issue, payment = story.issue(500, 0), story.pay(paid, PAID)
    moved = (InstallmentTarget(1, dollars * 100, MOVED), InstallmentTarget(2, 0))
    return [issue, payment, replace(story.correct(dollars, 0, on=CORRECTED), targets=moved)]


@pytest.mark.parametrize(
    ("original", "dollars", "refund"),
    [
        # 500 tax, 50 penalty, 10 interest were paid: all but the tax comes back.
        (False, 500, 60),
        (True, 500, 0),
        # 200 of tax, and by the old due date the penalty and interest on those 200 only.
        (False, 300, 260),
        (True, 300, 200 + 20 + 4),
    ],
)
def test_recv_019_a_refund_is_computed_by_the_due_date_the_pack_names(original, dollars, refund):
    """RECV-019: by the modified one what was paid late was in time; by the original it was not."""
    facts = history(dollars)
    states = [derive(some, law(original=original)) for some in permutations(facts)]
    assert refund * 100 == states[0].surplus_cents
    assert states[0].open_cents == 0
    assert all(state == states[0] for state in states)


@pytest.mark.parametrize("original", [True, False])
def test_recv_019_what_was_not_paid_of_it_goes_either_way(original):
    """RECV-019: it is about refunds; interest still open is counted by the new date alone."""
    facts = [fact for place, fact in enumerate(history(500)) if place != 1]
    state = derive(facts, law(original=original), MOVED)
    assert state.installments[0].interest_charged_cents == 0


def test_recv_019_an_increase_refunds_nothing_by_the_original_date():
    """RECV-019: what was paid stays where it is, the increase is due by the new date."""
    state = derive(history(600), law(original=True), MOVED)
    assert (state.surplus_cents, state.open_cents) == (0, 10_000)
