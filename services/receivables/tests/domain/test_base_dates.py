"""AC-11 as a pure function: the eight rows, and the ninth, with a district's dates and without."""

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from receivables_service.domain.correction_terms import BaseDates
from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import PaymentReceived
from receivables_service.domain.terms import InterestTerm, MonthCounting
from taxkit.dated import dated
from taxkit.money import Rounding

sys.path.insert(0, str(Path(__file__).parent))

from stories import START, Story, terms

FIRST_DUE, SECOND_DUE = date(2008, 7, 30), date(2008, 10, 31)
DATES = BaseDates(date(2008, 4, 30), date(2008, 10, 31))
ONE_PERCENT = InterestTerm("test/interest", 1, 100, Rounding.HALF_UP, MonthCounting.CALENDAR)
TABLE = [
    (date(2008, 7, 15), False, (FIRST_DUE, 0), (FIRST_DUE, 0)),
    (date(2008, 7, 30), False, (FIRST_DUE, 0), (FIRST_DUE, 0)),
    (date(2008, 7, 31), False, (FIRST_DUE, 0), (FIRST_DUE, 0)),
    (date(2008, 8, 1), False, (DATES.first_on, 2_000), (FIRST_DUE, 500)),
    (date(2008, 7, 15), True, (SECOND_DUE, 0), (SECOND_DUE, 0)),
    (date(2008, 7, 30), True, (SECOND_DUE, 0), (SECOND_DUE, 0)),
    (date(2008, 8, 1), True, (SECOND_DUE, 0), (SECOND_DUE, 0)),
    (date(2008, 10, 31), True, (SECOND_DUE, 0), (SECOND_DUE, 0)),
    (date(2008, 11, 1), True, (SECOND_DUE, 500), (SECOND_DUE, 500)),
]


def law(districts):
    return replace(
        terms(),
        interest=dated("interest", [(2000, ONE_PERCENT)]),
        base_dates=dated("base_dates", [(2000, districts)]),
    )


@pytest.mark.parametrize(
    ("posted", "first", "second"),
    [
        (date(2008, 7, 31), (FIRST_DUE, 0), (SECOND_DUE, 0)),
        (date(2008, 8, 1), (DATES.first_on, 2_000), (DATES.first_on, 2_000)),
        (date(2008, 11, 1), (DATES.first_on, 3_500), (DATES.first_on, 3_500)),
    ],
)
def test_recv_016_q_08_a_missed_first_half_makes_the_whole_bill_late(posted, first, second):
    """RECV-016, Q-08: where the setting is on, both bear interest from the first's base date."""
    whole = law({"d": replace(DATES, whole_bill=True)})
    found = derive(facts(first_paid=False), whole, posted).installments
    assert [(one.interest_base_on, one.interest_open_cents) for one in found] == [first, second]


def test_recv_016_q_08_once_the_first_half_is_paid_the_second_goes_by_its_own_date():
    """Q-08: what the whole bill bore stays; from the month after its own due month it goes on."""
    whole = law({"d": replace(DATES, whole_bill=True)})
    told = facts(first_paid=False)
    paid = PaymentReceived(UUID(int=77), date(2008, 9, 15), START, UUID(int=78), 52_500)
    for known in ([*told, paid], [paid, *told[::-1]]):
        for posted, base_on, cents in (
            (date(2008, 10, 31), SECOND_DUE, 2_500),
            (date(2008, 11, 1), DATES.second_on, 3_000),
            (date(2008, 12, 1), DATES.second_on, 3_500),
        ):
            first, second = derive(known, whole, posted).installments
            assert first.open_cents == 0
            assert (second.interest_base_on, second.interest_open_cents) == (base_on, cents)


def facts(*, first_paid):
    story = Story()
    issued = story.issue(500, 500, due=(date(2008, 2, 29), date(2008, 6, 30)))
    corrected = story.correct(500, 500, on=date(2008, 2, 15))
    due = {1: FIRST_DUE, 2: SECOND_DUE}
    told = [
        replace(issued, district="d"),
        replace(
            corrected,
            targets=tuple(replace(one, due_on=due[one.number]) for one in corrected.targets),
        ),
    ]
    return [*told, story.pay(500, date(2008, 7, 1))] if first_paid else told


@pytest.mark.parametrize(("posted", "first_paid", "with_dates", "without"), TABLE)
def test_ac_11_the_base_date_and_what_is_counted_from_it(posted, first_paid, with_dates, without):
    """AC-11, RECV-016, RECV-017: in any order of arrival."""
    for districts, wanted in (({"d": DATES}, with_dates), ({}, without)):
        told = facts(first_paid=first_paid)
        for known in (told, told[::-1]):
            found = derive(known, law(districts), posted).installments[1 if first_paid else 0]
            assert wanted == (found.interest_base_on, found.interest_open_cents)
