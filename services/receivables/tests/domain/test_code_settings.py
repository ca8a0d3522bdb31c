"""RECV-058, RECV-059: what a code says counts at once for all that is not charged yet."""

import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from receivables_service.domain.derivation import derive
from receivables_service.domain.rate_facts import CodeLifted, CodeSet, CodeSettled

sys.path.insert(0, str(Path(__file__).parent))

from stories import PENALTY, Story, terms

LAW = terms(interest=(1, 100))
PENALISED = terms(interest=(0, 1), penalty=PENALTY)
DEC_11, FEB_10, MAR_1, MAR_10 = (
    date(2019, 12, 11), date(2020, 2, 10), date(2020, 3, 1), date(2020, 3, 10),
)  # fmt: skip
APR_10 = date(2020, 4, 10)


def at(day, hour):
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def settled(version, on, *, monthly=None, penalty=None, hour=12, code="BANK"):
    rates = (None if rate is None else Decimal(rate) for rate in (monthly, penalty))
    return CodeSettled(UUID(int=9_000 + version), on, at(on, hour), code, version, *rates)


@pytest.fixture
def story():
    return Story()


def coded(story, on=DEC_11, **changes):
    return CodeSet(*story._head(on), "BANK", **changes)


def interest(facts, as_of, law=LAW):
    return derive(facts, law, as_of).installments[0].interest_charged_cents


def test_recv_059_a_code_s_settings_replace_the_system_s_rate(story):
    """RECV-059: two months at 3% a month, and the row names the code and its version."""
    facts = [story.issue(500, 500), coded(story), settled(1, DEC_11, monthly="0.03")]
    state = derive(facts, LAW, FEB_10)
    assert state.installments[0].interest_charged_cents == 3_000
    assert {row.rule_id for row in state.charges if row.charge_type == "interest"} == {
        "code/BANK/1"
    }


def test_recv_059_changed_settings_count_for_all_that_is_not_charged_yet(story):
    """RECV-059, AC-16: a quote before the change at 1%, one after it at 0%, nothing left over."""
    facts = [
        story.issue(500, 500),
        coded(story),
        settled(1, DEC_11, monthly="0.01"),
        settled(2, MAR_1, monthly="0"),
    ]
    assert interest(facts, date(2020, 2, 29)) == 1_500
    assert interest(facts, MAR_1) == 0
    assert interest(facts, APR_10) == 0


def test_recv_059_what_was_charged_stays_as_it_was(story):
    """RECV-059: interest that a payment met before the change is not taken back."""
    before = [story.issue(500, 500), coded(story), settled(1, DEC_11, monthly="0.01")]
    before.append(story.pay(100, FEB_10))
    posted = derive(before, LAW)
    after = [*before, settled(2, MAR_1, monthly="0")]
    assert derive(after, LAW) == posted
    assert interest(after, APR_10) == 1_000


def test_recv_059_what_comes_after_the_change_is_charged_by_it(story):
    """RECV-059: of the uncharged stretch the later setting, of the charged one the earlier."""
    facts = [
        story.issue(500, 500), coded(story), settled(1, DEC_11, monthly="0.01"),
        story.pay(10, FEB_10), settled(2, MAR_1, monthly="0.03"),
    ]  # fmt: skip
    assert interest(facts, MAR_10) == 1_000 + 1_500
    paid = [*facts, story.pay(15, MAR_10)]
    assert derive(paid, LAW).installments[0].interest_open_cents == 0


def test_recv_059_on_the_day_itself_the_moment_decides(story):
    """RECV-059: paid in the morning at the former rate, quoted in the afternoon at the new."""
    issued, code = story.issue(500, 500), coded(story)
    said = [settled(1, DEC_11, monthly="0.01"), settled(2, MAR_1, monthly="0", hour=12)]
    paid = story.pay(15, MAR_1)
    for hour, expected in ((9, 1_500), (15, 0)):
        there = type(paid)(paid.fact_id, MAR_1, at(MAR_1, hour), paid.receipt_id, paid.amount_cents)
        state = derive([issued, code, *said, there], LAW)
        assert state.installments[0].interest_charged_cents == expected
        assert interest([issued, code, *said, there], MAR_10) == expected


def test_recv_059_the_first_settings_hold_for_days_before_the_code_was_made(story):
    """RECV-059: a code set as of an earlier day bears its first rate there."""
    facts = [story.issue(500, 500), coded(story), settled(1, MAR_1, monthly="0")]
    assert interest(facts, FEB_10) == 0


def test_recv_018_rates_said_on_the_bill_go_before_what_the_code_says(story):
    """RECV-018: the bill's own monthly rate stays; what it does not say, the code does."""
    own = coded(story, monthly_rate=Decimal("0.02"))
    facts = [story.issue(500, 500), own, settled(1, DEC_11, monthly="0.05", penalty="0.5")]
    state = derive(facts, LAW, FEB_10).installments[0]
    assert (state.interest_charged_cents, state.penalty_charged_cents) == (2_000, 25_000)


def test_recv_059_the_penalty_quoted_next_is_by_the_new_setting(story):
    """RECV-059: 10% by law, 4% by the code, none once it says so; posted stays."""
    issued, code, first = story.issue(500, 500), coded(story), settled(1, DEC_11, penalty="0.04")
    later = settled(2, MAR_1, penalty="0")

    def penalty(*facts):
        return derive(facts, PENALISED, MAR_10).installments[0].penalty_charged_cents

    assert penalty(issued) == 5_000
    assert penalty(issued, code, first) == 2_000
    assert penalty(issued, code, first, later) == 0
    assert penalty(issued, code, first, story.pay(1, FEB_10), later) == 2_000


def test_recv_059_settings_of_a_fee_s_code_count_for_the_fee_alone(story):
    """RECV-059: 2% a month on a fee of 100.00, and 1% on the tax by law."""
    facts = [
        story.issue(500, 500), story.fee(100, date(2019, 12, 5)),
        coded(story, date(2019, 12, 6), charge_code="returned_check"),
        settled(1, date(2019, 12, 6), monthly="0.02"),
    ]  # fmt: skip
    assert interest(facts, FEB_10) == 1_000 + 400
    assert interest([*facts, settled(2, FEB_10, monthly="0")], FEB_10) == 1_000


def test_recv_059_a_lifted_code_s_settings_count_no_more(story):
    """RECV-059: from the lifting on the law's rate again, whatever the code says later."""
    facts = [
        story.issue(500, 500), coded(story), settled(1, DEC_11, monthly="0.03"),
        CodeLifted(*story._head(date(2020, 2, 11)), "BANK"), settled(2, MAR_1, monthly="0.09"),
    ]  # fmt: skip
    assert interest(facts, MAR_10) == 3_000 + 500


@given(
    some.permutations(range(6)),
    some.integers(0, 9),
    some.dates(DEC_11, date(2020, 6, 1)),
)
def test_recv_059_the_order_of_arrival_changes_nothing(order, percent, as_of):
    """RECV-059: settings are facts like any other to the derivation."""
    story = Story()
    facts = [
        story.issue(500, 500), coded(story), settled(1, DEC_11, monthly="0.01"),
        story.pay(100, FEB_10), settled(2, MAR_1, monthly=f"0.0{percent}"),
        story.pay(200, APR_10),
    ]  # fmt: skip
    shuffled = [facts[place] for place in order]
    assert derive(shuffled, LAW, as_of) == derive(facts, LAW, as_of)
    assert derive(shuffled, LAW) == derive(facts, LAW)


def test_recv_059_versions_of_one_moment_count_in_their_order(story):
    """RECV-059: of two told at once the later version holds."""
    base = [story.issue(500, 500), coded(story), settled(1, DEC_11, monthly="0.01")]
    both = [settled(2, MAR_1, monthly="0.05"), settled(3, MAR_1, monthly="0.02")]
    assert {interest([*base, *some_order], MAR_1) for some_order in permutations(both)} == {3_000}
