"""RECV-008: on which days a penalty's steps come, and what they bring, grant and take back."""

import sys
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from pathlib import Path

import pytest

from receivables_service.domain.acceleration import AccelerationTerm, Missed
from receivables_service.domain.correction_terms import RefundTerm
from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import InstallmentTarget
from receivables_service.domain.payment_terms import PaymentTerms, TermsGroup, TermsRule
from receivables_service.domain.penalty_schedules import (
    PenaltyBase,
    PenaltySchedule,
    PenaltyStep,
    YearDay,
)
from receivables_service.domain.rate_facts import AccrualDeferred, CodeSet, DeferralEnded
from receivables_service.domain.terms import ChargeType, MonthCounting
from taxkit.calendar import business_calendar
from taxkit.dated import dated
from taxkit.money import Rounding

sys.path.insert(0, str(Path(__file__).parent))

from stories import PENALTY, Story, terms

DUE = date(2020, 1, 31)
FAR = date(2022, 12, 31)


def percent(number):
    return Fraction(number, 100)


def step(rate, *, reaches=False, **changes):
    return PenaltyStep(percent(rate), reaches=reaches, **changes)


def law(*steps, interest=(0, 1), acceleration=None, **changes):
    schedule = PenaltySchedule("test/steps", steps, Rounding.HALF_UP, **changes)
    found = terms(penalty=schedule, interest=interest)
    months = replace(found.interest.at(2019), counting=MonthCounting.TOUCHED)
    rule = TermsRule("r", acceleration=acceleration)
    groups = (TermsGroup("all", (), rules=(rule,)),)
    return replace(
        found,
        interest=dated("interest", [(2000, months)]),
        payment_terms=dated("payment_terms", [(2000, PaymentTerms(groups))]),
        base_dates=dated("base_dates", [(2000, {})]),
    )


def penalties(facts, terms_, as_of):
    return [each.penalty_charged_cents // 100 for each in derive(facts, terms_, as_of).installments]


def bill(story, *dollars, due=(DUE, date(2020, 7, 31))):
    return story.issue(*dollars, due=due[: len(dollars)])


@pytest.fixture
def story():
    return Story()


@pytest.mark.parametrize(
    ("of", "days"),
    [
        (step(1, days_late=1), [date(2020, 2, 1)]),
        (step(1, days_late=11), [date(2020, 2, 11)]),
        (step(1, months_late=1), [date(2020, 2, 1)]),
        (step(1, months_late=12), [date(2021, 1, 1)]),
        (step(1, months_late=34, every_month=True), [date(2022, 11, 1), date(2022, 12, 1)]),
        (step(1, on=YearDay(6, 1)), []),
        (step(1, on=YearDay(1, 31, 1)), []),
        (step(1, on=YearDay(2, 1, 1)), [date(2020, 2, 1)]),
        (step(1, on=YearDay(2, 1, 2, every_year=True)), [date(2021, 2, 1), date(2022, 2, 1)]),
        (step(1, on=YearDay(2, 1, 2, day_after=True)), [date(2021, 2, 2)]),
    ],
)
def test_a_step_has_its_days(of, days):
    """Counted from the last day without penalty, or of the calendar when it is late by then."""
    assert days == list(of.days(2019, DUE, FAR))


def test_a_month_that_begins_late_counts_from_its_first_late_day():
    """Due on the first, late on the second: that month is the first, the next begins on its own."""
    monthly = step(1, months_late=1, every_month=True)
    days = list(monthly.days(2019, date(2021, 2, 1), date(2021, 4, 30)))
    assert days == [date(2021, 2, 2), date(2021, 3, 1), date(2021, 4, 1)]


def test_a_day_of_the_year_moves_off_weekends_and_holidays_before_the_day_after():
    """November 10, 2024 was a Sunday and the 11th a holiday: Tuesday is in time."""
    calendar = business_calendar("US", "IN")
    rolled = YearDay(11, 10, 5, every_year=True, day_after=True, calendar=calendar)
    days = list(rolled.days(2019, date(2025, 12, 31)))
    assert days == [date(2024, 11, 13), date(2025, 11, 11)]


def test_steps_that_add_and_steps_that_replace(story):
    """3 and 8 are 11; 2 and then 4 in all are 4."""
    adding = law(step(3, days_late=1), step(8, days_late=30))
    replacing = law(step(2, days_late=1, reaches=True), step(4, days_late=30, reaches=True))
    facts = [bill(story, 1000)]
    days = (date(2020, 2, 1), date(2020, 2, 29), date(2020, 3, 1))
    assert [penalties(facts, adding, day) for day in days] == [[30], [30], [110]]
    assert [penalties(facts, replacing, day) for day in days] == [[20], [20], [40]]


@pytest.mark.parametrize(("each_by_itself", "cents"), [(True, 38), (False, 37)])
def test_steps_are_rounded_each_or_together(story, each_by_itself, cents):
    """1.5 percent twice of 12.45: 18.675 cents each, or 37.35 together."""
    steps = (PenaltyStep(Fraction(15, 1000), reaches=False, days_late=n) for n in (1, 2))
    terms_ = law(*steps, rounds_steps=each_by_itself)
    issue = bill(story, 12)
    demand = tuple(replace(each, amount_cents=1245) for each in issue.installments)
    found = derive([replace(issue, installments=demand)], terms_, FAR)
    assert found.installments[0].penalty_charged_cents == cents


def test_a_cap_holds_what_the_steps_add(story):
    """6 and 1 a month come to 12 and no further."""
    capped = law(step(6, months_late=1), step(1, months_late=2, every_month=True), cap=percent(12))
    facts = [bill(story, 1000)]
    assert penalties(facts, capped, date(2020, 7, 1)) == [110]
    assert penalties(facts, capped, date(2020, 8, 1)) == [120]
    assert penalties(facts, capped, FAR) == [120]


def test_a_cut_is_lost_for_all_that_was_late_unless_everything_is_paid_in_time(story):
    """5 percent for ten days; 10 of what was unpaid on the first late day after them."""
    cut = law(
        step(5, days_late=1, reaches=True), step(10, days_late=11, reaches=True, when_late=True)
    )
    issue = bill(story, 1000)
    in_full = story.pay(1050, date(2020, 2, 10))
    in_part = story.pay(550, date(2020, 2, 10))
    late = date(2020, 2, 11)
    assert penalties([issue], cut, date(2020, 2, 10)) == [50]
    assert penalties([issue], cut, late) == [100]
    assert penalties([issue, in_full], cut, late) == [50]
    assert penalties([issue, in_part], cut, late) == [100]


def test_a_step_of_the_whole_bill_stands_on_its_installment(story):
    """The second half's ten percent is of both halves, and the first's stays beside it."""
    whole = law(
        step(10, days_late=1, installments=(1,)),
        step(10, days_late=1, installments=(2,), base=PenaltyBase.UNPAID_TAX_OF_BILL),
    )
    facts = [bill(story, 1000, 500)]
    assert penalties(facts, whole, date(2020, 7, 31)) == [100, 0]
    assert penalties(facts, whole, date(2020, 8, 1)) == [100, 150]


def test_a_percentage_of_the_total_while_nothing_is_paid(story):
    """12 of the first and 4 of the second, or 9 of the total of two that are alike."""
    table = law(
        step(12, days_late=1, installments=(1,), reaches=True),
        step(4, days_late=1, installments=(2,), reaches=True, whole_bill_rate=percent(9)),
    )
    issue, unlike = bill(story, 1000, 1000), bill(story, 1000, 2000)
    some = story.pay(620, date(2020, 3, 1))
    assert penalties([issue], table, date(2020, 8, 1)) == [120, 60]
    assert penalties([issue, some], table, date(2020, 8, 1)) == [120, 40]
    assert penalties([unlike], table, date(2020, 8, 1)) == [120, 80]


@pytest.mark.parametrize(("second", "penalty"), [(99_999, 6_000), (99_998, 4_000)])
def test_a_percentage_of_the_total_is_of_halves_but_for_an_odd_cent(story, second, penalty):
    """9% of 1,999.99 is 180.00, less 120.00; two cents apart each goes by its own."""
    table = law(
        step(12, days_late=1, installments=(1,), reaches=True),
        step(4, days_late=1, installments=(2,), reaches=True, whole_bill_rate=percent(9)),
    )
    issue = bill(story, 1000, 1000)
    first, last = issue.installments
    issue = replace(issue, installments=(first, replace(last, amount_cents=second)))
    charged = [
        row for row in derive([issue], table, date(2020, 8, 1)).charges if row.installment == 2
    ]
    assert [row.amount_cents for row in charged if row.charge_type is ChargeType.PENALTY] == [
        penalty
    ]


def test_a_step_while_an_earlier_installment_owes(story):
    """Ten percent at once for who is behind already, else five."""
    behind = law(
        step(5, days_late=1, reaches=True),
        step(10, days_late=1, reaches=True, installments=(2,), earlier_unpaid=True),
    )
    issue, first = bill(story, 1000, 1000), story.pay(1000, DUE)
    assert penalties([issue], behind, date(2020, 8, 1)) == [50, 100]
    assert penalties([issue, first], behind, date(2020, 8, 1)) == [0, 50]


def test_a_step_on_the_debt_counts_what_is_owed_on_its_day_and_may_follow_it(story):
    """20 percent of tax, penalty and interest; of each month's interest after it, too."""
    steps = [
        step(10, days_late=1),
        step(20, on=YearDay(7, 1, 1), base=PenaltyBase.UNPAID_DEBT, code="collection"),
    ]
    facts = [bill(story, 1000)]
    fixed = law(*steps, interest=(1, 100))
    following = law(steps[0], replace(steps[1], follows=True), interest=(1, 100))
    # June: 10% and five months. July: 20% of 1,000 + 100 + 60. August: of ten more.
    days = (date(2020, 6, 30), date(2020, 7, 1), date(2020, 8, 1))
    assert [penalties(facts, fixed, day) for day in days] == [[100], [332], [332]]
    assert [penalties(facts, following, day) for day in days] == [[100], [332], [334]]
    rules = {row.rule_id for row in derive(facts, fixed, FAR).charges}
    assert {"test/steps", "test/steps/collection"} <= rules


def test_paid_up_before_a_step_nothing_more_comes(story):
    """Also not of a fee that is open, nor of the penalty itself."""
    terms_ = law(step(10, days_late=1), step(20, days_late=60, base=PenaltyBase.UNPAID_DEBT))
    facts = [bill(story, 1000), story.pay(1100, date(2020, 2, 5)), story.fee(20, date(2020, 2, 6))]
    assert penalties(facts, terms_, FAR) == [100]


def test_a_corrected_bill_bears_its_steps_from_the_end_of_the_days_of_grace(story):
    """RECV-007: off with the correction; 30 days later the counted steps begin anew."""
    terms_ = law(step(3, days_late=1), step(8, days_late=30), step(1, on=YearDay(3, 1, 1)))
    on = date(2020, 2, 20)
    facts = [bill(story, 1000), story.correct(800, on=on)]
    free = on + timedelta(days=30)
    assert penalties(facts, terms_, free) == [0]
    assert penalties(facts, terms_, free + timedelta(days=1)) == [24]
    assert penalties(facts, terms_, free + timedelta(days=30)) == [88]
    assert derive(facts, terms_, on).grace_ends_on == free


@pytest.mark.parametrize(("original", "held"), [(True, 300 + 30), (False, 300 + 100)])
def test_recv_019_a_refund_takes_the_penalty_of_what_is_taken_off(story, original, held):
    """RECV-019: by the first due date the penalty of the decrease alone, by the new one all."""
    terms_ = replace(
        law(step(2, days_late=1), step(8, days_late=30)),
        refunds=dated("refunds", [(date(2000, 1, 1), RefundTerm("test/refunds", original))]),
        correction_grace=dated("grace", [(date(2000, 1, 1), None)]),
    )
    moved = (InstallmentTarget(1, 70_000, date(2020, 12, 31)),)
    correction = replace(story.correct(700, on=date(2020, 4, 1)), targets=moved)
    facts = [bill(story, 1000), story.pay(1100, date(2020, 3, 15)), correction]
    for some in permutations(facts):
        assert derive(some, terms_).surplus_cents == held * 100


def test_a_plan_that_is_kept_forgets_the_steps_and_one_that_is_broken_brings_them(story):
    """What came while accrual was put off is dropped, or charged; later steps come either way."""
    terms_ = law(step(3, days_late=1), step(8, days_late=30), step(2, days_late=90))
    put_off = AccrualDeferred(*story._head(date(2020, 2, 10)), "1")
    ends = date(2020, 3, 10)
    issue = bill(story, 1000)
    for comes_back, now, later in ((True, 110, 130), (False, 30, 50)):
        ended = DeferralEnded(*story._head(ends), "1", comes_back)
        facts = [issue, put_off, ended]
        assert penalties([issue, put_off], terms_, ends) == [30]
        assert penalties(facts, terms_, ends) == [now]
        assert penalties(facts, terms_, FAR) == [later]


def test_recv_018_a_code_s_flat_penalty_stands_in_place_of_steps_to_come(story):
    """RECV-018: what the schedule charged stays and is not charged again by the code."""
    terms_ = law(step(3, days_late=1), step(8, days_late=30))
    code = CodeSet(*story._head(date(2020, 2, 10)), "C", penalty_rate=None)
    flat = replace(code, penalty_rate=Decimal("0.05"))
    assert penalties([bill(story, 1000), code], terms_, FAR) == [110]
    early = replace(flat, effective_on=date(2020, 1, 1))
    assert penalties([bill(story, 1000), early], terms_, FAR) == [50]
    assert penalties([bill(story, 1000), flat], terms_, FAR) == [30]


@pytest.mark.parametrize("when_late", [False, True])
def test_what_bears_no_penalty_is_left_out_by_its_share(story, when_late):
    """A fourth of the bill is a stormwater charge: ten percent of 750, and of 300 of 400 left."""
    terms_ = law(step(10, days_late=1), step(10, days_late=30, when_late=when_late))
    issue = replace(bill(story, 1000), unpenalised_cents=25_000)
    assert penalties([issue], terms_, date(2020, 2, 1)) == [75]
    facts = [issue, story.pay(675, date(2020, 2, 5))]
    assert penalties(facts, terms_, FAR) == [75 + (75 if when_late else 30)]


def test_a_flat_penalty_leaves_it_out_too(story):
    """Once, of three fourths, rounded once."""
    issue = replace(bill(story, 1000), unpenalised_cents=25_000)
    assert penalties([issue], terms(penalty=PENALTY), FAR) == [75]
    third = replace(bill(story, 1000), unpenalised_cents=33_333)
    found = derive([third], terms(penalty=PENALTY), FAR).installments[0]
    assert found.penalty_charged_cents == 6_667


FIRST = AccelerationTerm("test/a", Missed.FIRST)
CURED = replace(FIRST, ends_when_paid=True)
ANY = replace(FIRST, missed=Missed.ANY)


def interest(facts, terms_, as_of):
    return [
        each.interest_charged_cents // 100 for each in derive(facts, terms_, as_of).installments
    ]


@pytest.mark.parametrize(
    ("acceleration", "october"), [(None, [90, 30]), (FIRST, [90, 90]), (CURED, [90, 90])]
)
def test_a_missed_first_installment_makes_all_of_it_late(story, acceleration, october):
    """Nine months on both halves; without such a law three on the second."""
    terms_ = law(interest=(1, 100), acceleration=acceleration)
    assert interest([bill(story, 1000, 1000)], terms_, date(2020, 10, 15)) == october


@pytest.mark.parametrize(("acceleration", "months"), [(FIRST, 9), (CURED, 2 + 3)])
def test_paid_late_the_first_lets_the_second_go_only_where_the_law_says_so(
    story, acceleration, months
):
    """February and March were borne; then from its own day, or on and on."""
    terms_ = law(interest=(1, 100), acceleration=acceleration)
    facts = [bill(story, 1000, 1000), story.pay(1020, date(2020, 3, 10))]
    for some in permutations(facts):
        assert interest(some, terms_, date(2020, 10, 15)) == [20, months * 10]


def test_a_missed_second_is_late_since_the_first_was_due_where_any_counts(story):
    """On its own last day nothing, the day after seven months at once, and penalty with it."""
    terms_ = law(step(5, days_late=1), interest=(1, 100), acceleration=ANY)
    facts = [bill(story, 1000, 1000), story.pay(1000, DUE)]
    assert interest(facts, terms_, date(2020, 7, 31)) == [0, 0]
    assert interest(facts, terms_, date(2020, 8, 1)) == [0, 70]
    assert penalties(facts, terms_, date(2020, 8, 1)) == [0, 50]
