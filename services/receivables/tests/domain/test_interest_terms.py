"""Interest as different laws count it: which months, of what, from when, and rounded how."""

import sys
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from uuid import UUID

import pytest

from receivables_service.domain.counting import counter, exact_interest, months_touched
from receivables_service.domain.derivation import derive
from receivables_service.domain.interest_terms import (
    ORDINARY,
    DatedRate,
    DayOfYear,
    InterestBase,
    InterestWays,
    WaivedInterest,
)
from receivables_service.domain.month_starts import next_start
from receivables_service.domain.rate_facts import CodeSet
from receivables_service.domain.terms import (
    BasisTerm,
    InterestBasis,
    InterestStart,
    InterestTerm,
    MonthCounting,
)
from taxkit.calendar import business_calendar
from taxkit.dated import NoTermInForce, dated
from taxkit.money import Rounding

sys.path.insert(0, str(Path(__file__).parent))

from stories import PENALTY, START, Story, terms

CALENDAR = business_calendar("US")
SATURDAY = date(2023, 9, 30)
TOUCHED, CALENDAR_MONTHS = MonthCounting.TOUCHED, MonthCounting.CALENDAR


def law(counting=TOUCHED, start=InterestStart.DUE, rate=(1, 100), waived=(), **ways):
    term = InterestTerm(
        "test/interest", *rate, Rounding.HALF_UP, counting, start, 0, InterestWays(**ways), waived
    )
    return replace(terms(), interest=dated("interest", [(2000, term)]))


def interest(state):
    return [each.interest_charged_cents for each in state.installments]


def penalties(state):
    return [each.penalty_charged_cents for each in state.installments]


@pytest.fixture
def story():
    return Story()


@pytest.mark.parametrize(
    ("after", "until", "months"),
    [
        (date(2018, 6, 15), date(2018, 6, 15), 0),
        (date(2018, 6, 15), date(2018, 6, 16), 1),
        (date(2018, 6, 15), date(2018, 7, 1), 2),
        (date(2018, 2, 28), date(2018, 3, 31), 1),
        (date(2019, 12, 31), date(2021, 1, 1), 13),
    ],
)
def test_recv_014_every_calendar_month_with_a_late_day_counts(after, until, months):
    """RECV-014: the rest of the month it becomes late in is a month."""
    assert months_touched(after, until) == months


@pytest.mark.parametrize(
    ("until", "months"),
    [
        (date(2023, 10, 2), 0),
        (date(2023, 10, 3), 1),
        (date(2024, 1, 2), 3),
        (date(2024, 1, 3), 4),
        (date(2024, 2, 1), 5),
    ],
)
def test_recv_014_a_month_that_ends_on_no_business_day_lasts_through_the_next(until, months):
    """RECV-014: December 31, 2023 is a Sunday and January 1 a holiday."""
    ways = InterestWays(month_ends_roll=True, calendar=CALENDAR)
    term = replace(law().interest.at(2019), ways=ways)
    assert counter(term)(SATURDAY, until) == months


def test_recv_014_interest_may_be_added_on_some_days_of_the_year_only():
    """RECV-014: on August 1 and December 1, for the months gone by then."""
    days = (DayOfYear(8, 1), DayOfYear(12, 1))
    term = replace(law(CALENDAR_MONTHS).interest.at(2019), ways=InterestWays(charged_on=days))
    count = counter(term)
    due = date(2023, 7, 5)
    asked = [date(2023, 7, 31), date(2023, 8, 1), date(2023, 11, 30), date(2023, 12, 1)]
    assert [count(due, day) for day in asked] == [0, 1, 1, 5]
    assert count(due, date(2024, 7, 31)) == 5
    assert counter(replace(term, ways=ORDINARY))(due, date(2024, 7, 31)) == 12


def test_recv_014_interest_is_whole_units_and_at_least_the_minimum():
    """RECV-014: 0.30 is a dollar, 1.50 two, and nothing is nothing."""
    ways = InterestWays(unit_cents=100, minimum_cents=100)
    term = replace(law(rate=(3, 200)).interest.at(2019), ways=ways)
    found = [exact_interest({term: cents}, term) for cents in (0, 2000, 9900, 10_000, 123_400)]
    assert found == [0, 100, 100, 200, 1900]


def test_recv_014_interest_is_at_least_a_part_of_the_tax_first_late(story):
    """RECV-014: 3% in December and January, what the months bring after that."""
    least = law(rate=(3, 200), minimum_part=(3, 100))
    facts = [story.issue(1000, due=(date(2019, 11, 30),))]
    days = [date(2019, 11, 30), date(2019, 12, 1), date(2020, 1, 31), date(2020, 2, 1)]
    assert [interest(derive(facts, least, day)) for day in days] == [[0], [3000], [3000], [4500]]
    facts.append(story.pay(400, date(2019, 11, 30)))
    assert interest(derive(facts, least, days[1])) == [1800]
    freed = CodeSet(UUID(int=9), date(2019, 11, 30), START, "BANK", monthly_rate=Decimal(0))
    assert interest(derive([*facts, freed], least, days[3])) == [0]


def test_recv_014_a_due_date_moves_off_a_weekend_as_one_that_a_correction_sets(story):
    """RECV-014: Saturday, September 30 is Monday, October 2."""
    rolling = law(due_rolls=True, calendar=CALENDAR)
    facts = [story.issue(500, due=(SATURDAY,))]
    assert interest(derive(facts, rolling, date(2023, 10, 2))) == [0]
    late = derive(facts, rolling, date(2023, 10, 3))
    assert (interest(late), late.installments[0].due_on) == ([500], date(2023, 10, 2))
    same = story.correct(400, on=date(2023, 9, 1))
    (target,) = same.targets
    moved = replace(same, targets=(replace(target, due_on=SATURDAY),))
    assert derive([*facts, moved], rolling) == derive([*facts, same], rolling)


def test_recv_014_working_days_of_grace_and_then_months_from_the_due_date(story):
    """RECV-014: in time through the fifth; on the day after it the months before count, too."""
    grace = law(grace_business_days=5, calendar=CALENDAR)
    facts = [story.issue(1000, due=(date(2024, 7, 31),))]
    assert interest(derive(facts, grace, date(2024, 8, 7))) == [0]
    state = derive(facts, grace, date(2024, 8, 8))
    assert (interest(state), penalties(state)) == ([1000], [0])
    beside = replace(grace.interest.at(2019).ways, penalty=(1, 200))
    both = replace(grace.interest.at(2019), ways=beside)
    state = derive(facts, replace(grace, interest=dated("i", [(2000, both)])), date(2024, 9, 1))
    assert (interest(state), penalties(state)) == ([2000], [1000])


def test_recv_014_an_ordinance_keeps_one_installment_of_one_year_free(story):
    """RECV-014: through its day; months are counted from there."""
    through = date(2020, 2, 10)
    free = law(MonthCounting.BEGUN, waived=(WaivedInterest(2019, 1, through),))
    facts = [story.issue(500, 500)]
    assert interest(derive(facts, free, through)) == [0, 0]
    assert interest(derive(facts, free, through + timedelta(1))) == [500, 0]
    assert interest(derive(facts, free, date(2020, 4, 11))) == [1500, 500]
    other = law(MonthCounting.BEGUN, waived=(WaivedInterest(2018, 1, through),))
    assert interest(derive(facts, other, through)) == [1000, 0]


def test_recv_014_what_bears_no_interest_is_left_out_by_its_share(story):
    """RECV-014: a fourth of the bill is an aquifer charge; 1% of 750, or of 3/4 of what is left."""
    issue = replace(story.issue(1000, due=(date(2019, 11, 30),)), interest_free_cents=25_000)
    assert interest(derive([issue], law(), date(2019, 12, 1))) == [750]
    assert interest(derive([issue], law(), date(2020, 1, 1))) == [1500]
    assert interest(derive([issue], law(minimum_part=(3, 100)), date(2019, 12, 1))) == [2250]
    half_paid = [issue, story.pay(500, date(2019, 11, 30))]
    assert interest(derive(half_paid, law(), date(2019, 12, 1))) == [375]
    code = CodeSet(UUID(int=9), date(2019, 11, 1), START, "HIGH", monthly_rate=Decimal("0.02"))
    assert interest(derive([issue, code], law(), date(2019, 12, 1))) == [1500]


def rates(*, when_paid):
    table = (DatedRate(date(2019, 1, 1), 1, 100), DatedRate(date(2020, 2, 1), 1, 200))
    return law(rates=table, rate_when_paid=when_paid)


def test_recv_014_each_month_bears_the_rate_in_force_when_it_begins(story):
    """RECV-014: December and January at 1%, February and March at 0.5%."""
    facts = [story.issue(1000, due=(date(2019, 11, 30),))]
    found = derive(facts, rates(when_paid=False), date(2020, 3, 1))
    assert interest(found) == [3000]
    rules = [row.rule_id for row in found.charges if row.charge_type == "interest"]
    assert rules == ["test/interest/2019-01-01", "test/interest/2020-02-01"]


def test_recv_014_or_all_its_months_bear_the_rate_of_the_day_it_is_paid(story):
    """RECV-014: four months at 0.5%; money of January fixed the 1% for what it met."""
    facts = [story.issue(1000, due=(date(2019, 11, 30),))]
    law_of_payment = rates(when_paid=True)
    assert interest(derive(facts, law_of_payment, date(2020, 1, 31))) == [2000]
    assert interest(derive(facts, law_of_payment, date(2020, 3, 1))) == [2000]
    facts.append(story.pay(520, date(2020, 1, 31)))
    state = derive(facts, law_of_payment, date(2020, 3, 1))
    assert interest(state) == [2500]
    assert state.installments[0].tax_open_cents == 50_000


def test_recv_014_before_its_first_rate_a_table_says_nothing(story):
    """RECV-014: never a default."""
    early = law(rates=(DatedRate(date(2020, 1, 1), 1, 100),))
    with pytest.raises(NoTermInForce, match="no rate for 2019-12-10"):
        derive([story.issue(500, 500)], early)


@pytest.mark.parametrize(
    ("base", "second_month"),
    [
        # 1% of 1,000; of 1,100; of 1,100 and then of 1,111.
        (InterestBase.UNPAID_TAX, 2000),
        (InterestBase.TAX_AND_PENALTY, 2100),
        (InterestBase.EVERYTHING, 2110),
    ],
)
def test_recv_014_months_bear_interest_on_what_the_law_names(story, base, second_month):
    """RECV-014: the penalty falls in the first month, so that the second bears it."""
    on_all = law(base=base)
    on_all = replace(on_all, penalty=dated("penalty", [(2000, PENALTY)]))
    facts = [story.issue(1000, due=(date(2019, 11, 30),))]
    state = derive(facts, on_all, date(2020, 1, 31))
    assert (interest(state), penalties(state)) == ([second_month], [10_000])
    asked_before = [*facts, story.fee(1, on=date(2020, 1, 15))]
    assert interest(derive(asked_before, on_all, date(2020, 1, 31))) == [second_month]


def test_recv_014_no_month_begins_where_nothing_is_late():
    """RECV-014: an installment list without a late one has no next start."""
    assert next_start([], law().interest.at(2019), date(2024, 1, 1)) is None


def test_recv_014_interest_of_both_halves_may_run_from_the_last_due_date(story):
    """RECV-014: the first half, due December 10, bears interest after April 10 only."""
    last = law(start=InterestStart.LAST_DUE)
    facts = [story.issue(500, 500)]
    assert interest(derive(facts, last, date(2020, 4, 10))) == [0, 0]
    assert interest(derive(facts, last, date(2020, 4, 11))) == [500, 500]


def by_december():
    one = law(calendar=CALENDAR)
    basis = BasisTerm("b", InterestBasis.FULL, one.interest.at(2019), DayOfYear(12, 31), True)
    return replace(one, interest_basis=dated("interest_basis", [(2000, basis)]))


def test_recv_014_all_paid_by_a_day_is_without_interest_in_any_order_of_arrival(story):
    """RECV-014: a first half paid late with interest, and the rest by December 31."""
    issue = story.issue(500, 500)
    late, rest = story.pay(505, date(2019, 12, 11)), story.pay(495, date(2019, 12, 31))
    states = [derive(facts, by_december()) for facts in permutations([issue, late, rest])]
    assert all(state == states[0] for state in states)
    assert (interest(states[0]), states[0].paid_in_full) == ([0, 0], True)
    void = story.void(rest, date(2020, 1, 5))
    bounced = derive([issue, late, rest, void], by_december(), date(2020, 1, 5))
    assert (interest(bounced), bounced.open_cents) == ([500, 0], 50_000)


def test_recv_014_up_to_that_day_a_quote_is_of_the_basis_that_is_asked(story):
    """RECV-014: in full, or by halves; from the next day on by halves."""
    facts = [story.issue(500, 500)]
    day = date(2019, 12, 31)
    full, halves = InterestBasis.FULL, InterestBasis.INSTALLMENT
    asked = [derive(facts, by_december(), day, wished) for wished in (None, full, halves)]
    assert [interest(state) for state in asked] == [[0, 0], [0, 0], [500, 0]]
    after = derive(facts, by_december(), date(2020, 1, 1), full)
    assert (after.basis, interest(after)) == (halves, [1000, 0])


def test_recv_014_days_of_the_year_are_real_and_found_backwards():
    """RECV-014: a day that is in no year is no day."""
    with pytest.raises(ValueError, match="day"):
        DayOfYear(2, 30)
    assert DayOfYear(8, 1).last_by(date(2024, 7, 31)) == date(2023, 8, 1)
    assert InterestWays(grace_business_days=5).in_time_until(SATURDAY) == SATURDAY
