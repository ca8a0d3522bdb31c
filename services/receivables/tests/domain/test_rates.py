"""What changes how a bill's debt grows: its class, the agency, codes, and plans that put it off."""

import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest

from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import InstallmentTarget
from receivables_service.domain.payment_terms import (
    BillingDate,
    DateComparison,
    PaymentTerms,
    Relation,
    TermsGroup,
    TermsRule,
)
from receivables_service.domain.rate_facts import (
    AccrualDeferred,
    AgencyHolding,
    CodeLifted,
    CodeSet,
    DeferralEnded,
)
from receivables_service.domain.terms import (
    CollectionType,
    InterestStart,
    InterestTerm,
    MonthCounting,
)
from taxkit.dated import dated
from taxkit.money import Rounding

sys.path.insert(0, str(Path(__file__).parent))

from stories import DEFAULTED, PENALTY, Story, terms

LAW = terms(interest=(1, 100))
PENALISED = terms(interest=(1, 100), penalty=PENALTY)
JAN_10, FEB_10, FEB_11, MAR_10 = (date(2020, *day) for day in [(1, 10), (2, 10), (2, 11), (3, 10)])


def grouped(*groups, law=LAW):
    return replace(law, payment_terms=dated("payment_terms", [(2000, PaymentTerms(groups))]))


def rate(numerator, denominator, **changes):
    return InterestTerm("test/rule", numerator, denominator, Rounding.HALF_UP, **changes)


@pytest.fixture
def story():
    return Story()


def interest(facts, law, as_of):
    return [each.interest_charged_cents for each in derive(facts, law, as_of).installments]


def of_class(issue, bill_class):
    return replace(issue, bill_class=bill_class)


def test_recv_013_a_bill_goes_by_the_group_of_its_class(story):
    """RECV-013: its own rate, no penalty and no default; other classes by the year's law."""
    rule = TermsRule("own", rate(1, 50), without_penalty=True, defaults=False)
    law = grouped(TermsGroup("u", ("unsecured",), CollectionType.UNSECURED, (rule,)), law=PENALISED)
    own, other = of_class(story.issue(500, 500), "unsecured"), story.issue(500, 500)
    defaulted = story.default()
    assert interest([own], law, JAN_10) == [1_000, 0]
    assert interest([other], law, JAN_10) == [500, 0]
    state = derive([own, defaulted], law, DEFAULTED)
    assert (state.defaulted, state.installments[0].penalty_charged_cents) == (False, 0)
    assert {row.collection_type for row in state.charges} == {CollectionType.UNSECURED}


def test_recv_013_the_group_without_classes_takes_all_others(story):
    """RECV-013: a class that no group names, and a bill that has none."""
    law = grouped(
        TermsGroup("a", ("a",)), TermsGroup("rest", (), rules=(TermsRule("r", rate(0, 1)),))
    )
    assert interest([of_class(story.issue(500, 500), "a")], law, JAN_10) == [500, 0]
    assert interest([of_class(story.issue(500, 500), "b")], law, JAN_10) == [0, 0]
    assert interest([story.issue(500, 500)], law, JAN_10) == [0, 0]


def test_recv_013_the_parcel_s_class_counts_where_no_group_names_the_bill_s(story):
    """RECV-013: the bill's own class first, then the roll's class of its parcel, then the rest."""
    law = grouped(
        TermsGroup("own", ("mobile",), rules=(TermsRule("m", rate(3, 100)),)),
        TermsGroup("rest", (), rules=(TermsRule("r", rate(0, 1)),)),
        TermsGroup("homes", rules=(TermsRule("h", rate(2, 100)),), property_classes=("211", "212")),
    )
    issue = story.issue(500, 500)
    for bill_class, property_class, cents in [
        ("mobile", "211", 1_500), ("", "212", 1_000), ("other", "211", 1_000), ("", "300", 0),
    ]:  # fmt: skip
        bill = replace(issue, bill_class=bill_class, property_class=property_class)
        assert interest([bill], law, JAN_10) == [cents, 0]


def test_recv_013_free_months_bear_no_interest(story):
    """RECV-013: two months free, the third is the first that bears."""
    rule = TermsRule("late", rate(1, 100, counting=MonthCounting.CALENDAR, free_months=2))
    law = grouped(TermsGroup("all", (), rules=(rule,)))
    facts = [story.issue(500, 500)]
    assert interest(facts, law, date(2020, 2, 29)) == [0, 0]
    assert interest(facts, law, date(2020, 3, 1)) == [500, 0]


HELD = grouped(TermsGroup("all", (), rules=(TermsRule("h", rate(1, 50), held_by_agency=True),)))


def test_recv_013_while_the_agency_holds_a_bill_its_months_bear_the_rule_s_rate(story):
    """RECV-013: two months at 1%, one at 2%, and one at 1% again once it is released."""
    facts = [
        story.issue(500, 500),
        AgencyHolding(*story._head(FEB_11), held=True),
        AgencyHolding(*story._head(date(2020, 3, 11)), held=False),
    ]
    assert interest(facts, HELD, FEB_10) == [1_000, 0]
    assert interest(facts, HELD, FEB_11) == [2_000, 0]
    assert interest(facts, HELD, date(2020, 3, 11)) == [2_500, 0]
    assert derive(facts, HELD, FEB_11).held_by_agency
    states = [derive(some, HELD) for some in permutations(facts)]
    assert all(state == states[0] for state in states)


@pytest.mark.parametrize(
    ("relation", "applies"),
    [
        (Relation.AFTER, True),
        (Relation.NOT_BEFORE, True),
        (Relation.BEFORE, False),
        (Relation.SAME, False),
        (Relation.NOT_AFTER, False),
    ],
)
def test_recv_013_two_billing_dates_compared_choose_a_rule(story, relation, applies):
    """RECV-013: from the correction on, whose date is after or before the last due date."""
    compared = DateComparison(BillingDate.CORRECTED, relation, BillingDate.FIRST_DUE)
    rule = TermsRule("c", rate(0, 1), compared=(compared,))
    law = grouped(TermsGroup("all", (), rules=(rule,)))
    facts = [story.issue(500, 500), story.correct(500, 400, on=FEB_10)]
    assert interest([facts[0]], law, FEB_11) == [1_500, 0]
    assert interest(facts, law, FEB_11) == ([1_000, 0] if applies else [1_500, 0])


def test_recv_013_a_date_the_bill_does_not_have_fulfils_nothing():
    """RECV-013: never corrected is neither before nor after anything."""
    known = {BillingDate.FIRST_DUE: JAN_10}
    for relation in Relation:
        compared = DateComparison(BillingDate.CORRECTED, relation, BillingDate.FIRST_DUE)
        assert not compared.holds(known)


def test_recv_013_a_rule_may_count_from_the_default_or_from_the_due_day(story):
    """RECV-013: interest that starts with the default stands still until there is one."""
    rule = TermsRule("d", rate(1, 100, start=InterestStart.DEFAULT), held_by_agency=True)
    law = grouped(TermsGroup("all", (), rules=(rule,)))
    facts = [story.issue(500, 500), AgencyHolding(*story._head(JAN_10), held=True)]
    assert interest(facts, law, DEFAULTED) == [500, 0]
    facts.append(story.default())
    assert interest(facts, law, date(2020, 7, 30)) == [1_000, 500]


def test_recv_018_a_code_s_rates_replace_the_system_s_from_its_day_on(story):
    """RECV-018: months begun before bear 1%, those from its day on nothing; the penalty is 2%."""
    code = CodeSet(*story._head(FEB_11), "BANK", Decimal(0), Decimal("0.02"))
    facts = [story.issue(500, 500), code]
    state = derive(facts, PENALISED, MAR_10)
    # The first half was late before the code, the second after it.
    assert state.installments[0].interest_charged_cents == 1_000
    assert state.installments[0].penalty_charged_cents == 5_000
    second = derive(facts, PENALISED, date(2020, 4, 11)).installments[1]
    assert (second.penalty_charged_cents, second.interest_charged_cents) == (1_000, 0)
    assert state.codes == ("BANK",)


def test_recv_018_a_code_ends_with_its_last_day_or_when_it_is_lifted(story):
    """RECV-018: one month at 3%, the others at 1%, and each row names what it goes by."""
    issue, head = story.issue(500, 500), story._head(date(2020, 1, 11))
    through = CodeSet(*head, "X", Decimal("0.03"), through=FEB_10)
    lifted = [CodeSet(*head, "X", Decimal("0.03")), CodeLifted(*story._head(FEB_11), "X")]
    for facts in ([issue, through], [issue, *lifted]):
        assert interest(facts, LAW, FEB_10) == [500 + 1_500, 0]
        assert interest(facts, LAW, FEB_11) == [500 + 1_500 + 500, 0]
        state = derive(facts, LAW, FEB_11)
        by_rule = {
            row.rule_id: row.amount_cents for row in state.charges if row.charge_type == "interest"
        }
        assert set(by_rule) == {"test/interest", "code/X"}
        assert state.codes == ()


def test_recv_018_of_several_codes_the_last_set_counts(story):
    """RECV-018, Q-35: and without it the one before counts again."""
    first = CodeSet(*story._head(date(2019, 12, 1)), "A", Decimal("0.02"))
    second = CodeSet(*story._head(date(2019, 12, 1)), "B", Decimal("0.03"))
    facts = [story.issue(500, 500), second, first]
    assert interest(facts, LAW, JAN_10) == [1_500, 0]
    facts.append(CodeLifted(*story._head(date(2019, 12, 1)), "B"))
    assert interest(facts, LAW, JAN_10) == [1_000, 0]
    assert derive(facts, LAW).codes == ("A",)


def test_recv_018_a_coded_fee_bears_the_code_s_interest_and_no_other_does(story):
    """RECV-018: 10 dollars at 2% a month from the code on; the tax stays at the system's rate."""
    facts = [
        story.issue(500, 500),
        story.fee(10, JAN_10, code="cost"),
        story.fee(10, JAN_10, code="other"),
        CodeSet(*story._head(JAN_10), "F", Decimal("0.02"), Decimal("0.1"), charge_code="cost"),
    ]
    state = derive(facts, LAW, FEB_10)
    assert state.installments[0].interest_charged_cents == 500 + 500 + 20
    assert state.installments[0].penalty_charged_cents == 0
    assert derive(facts[:3], LAW, FEB_10).installments[0].interest_charged_cents == 1_000


def deferral(story, *, comes_back):
    return [
        story.issue(500, 500),
        AccrualDeferred(*story._head(date(2020, 1, 11)), "2020-1"),
        DeferralEnded(*story._head(MAR_10), "2020-1", comes_back),
    ]


def test_recv_050_an_active_plan_puts_interest_and_penalty_off_and_they_come_back(story):
    """RECV-050: nothing accrues meanwhile; when the plan is broken all of it is there again."""
    facts = deferral(story, comes_back=True)
    for day in (JAN_10, FEB_11):
        assert interest(facts, PENALISED, day) == [500, 0]
    assert derive(facts[:2], PENALISED, MAR_10).deferred
    broken, never = (derive(some, PENALISED, MAR_10) for some in (facts, facts[:1]))
    assert (broken.installments, broken.deferred) == (never.installments, False)
    states = [derive(some, PENALISED) for some in permutations(facts)]
    assert all(state == states[0] for state in states)


def test_recv_051_a_plan_that_was_kept_takes_what_it_put_off_along(story):
    """RECV-051: only months after its end bear interest again, and no penalty falls for it."""
    law = terms(interest=(1, 100), penalty=PENALTY)
    facts = deferral(story, comes_back=False)
    facts[1] = replace(facts[1], effective_on=date(2019, 12, 10))
    first = derive(facts, law, date(2020, 3, 11)).installments[0]
    assert (first.interest_charged_cents, first.penalty_charged_cents) == (500, 0)
    second = derive(facts, law, date(2020, 4, 11)).installments[1]
    assert (second.interest_charged_cents, second.penalty_charged_cents) == (500, 5_000)


def test_recv_013_a_correction_keeps_what_another_rate_has_counted(story):
    """RECV-013, RECV-015: a changed due date counts all anew, whatever the rates were."""
    head = story._head(FEB_10)
    moved = replace(
        story.correct(500, 500, on=MAR_10),
        targets=(InstallmentTarget(1, 50_000, date(2020, 3, 20)), InstallmentTarget(2, 50_000)),
    )
    law = replace(LAW, base_dates=dated("base_dates", [(2000, {})]))
    facts = [story.issue(500, 500), CodeSet(*head, "X", Decimal("0.02")), moved]
    assert interest(facts, law, date(2020, 3, 31)) == [0, 0]
    assert interest(facts, law, date(2020, 4, 1)) == [1_000, 0]


def test_recv_018_a_code_set_and_lifted_one_morning_leaves_no_penalty(story):
    """RECV-018: it held for no day, though the half was late by then; a day later it did."""
    code = CodeSet(*story._head(FEB_10), "A", None, Decimal("0.5"))
    issue, lifted = story.issue(500, 500), CodeLifted(*story._head(FEB_10), "A")
    for facts in permutations([issue, code, lifted]):
        set_and_lifted = derive(facts, LAW, MAR_10).installments
        assert set_and_lifted == derive([issue], LAW, MAR_10).installments
    late = CodeLifted(*story._head(MAR_10), "A")
    assert derive([issue, code, late], LAW).installments[0].penalty_charged_cents == 25_000
