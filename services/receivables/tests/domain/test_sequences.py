"""The worked sequences of default, correction and penalty, each step's rows in a table."""

import sys
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice, permutations
from pathlib import Path
from uuid import UUID

import pytest

from receivables_service.domain.changes import allocation, difference
from receivables_service.domain.derivation import derive
from receivables_service.domain.ledger import post_difference
from receivables_service.domain.state import NOTHING_KNOWN

sys.path.insert(0, str(Path(__file__).parent))

from stories import PENALTY, Story, cells, expected, terms, told

BEFORE, AFTER = date(2020, 2, 1), date(2020, 8, 1)
CORRECTED = date(2020, 9, 1)
PLAIN, PENALISED = terms(), terms(penalty=PENALTY)


def defaulted(*more):
    """1,000 of which 200 is paid before the bill defaults, then what the case adds."""
    story = Story()
    steps = {
        "issued": story.issue(500, 500),
        "pay 200": story.pay(200, BEFORE),
        "default": story.default(),
    }
    return steps | {name: make(story) for name, make in more}


def penalised(*targets):
    """Both installments late, 570 paid, then default, and a correction."""
    story = Story()
    return {
        "issued": story.issue(500, 500),
        "pay 570": story.pay(570, date(2020, 5, 1)),
        "default": story.default(),
        "corrected": story.correct(*targets, on=CORRECTED),
        "day 30": CORRECTED + timedelta(days=30),
        "day 31": CORRECTED + timedelta(days=31),
    }


PAY_300 = ("pay 300", lambda story: story.pay(300, AFTER))
TO_800 = ("to 800", lambda story: story.correct(500, 300, on=CORRECTED))
REALLOCATE = [
    (name, lambda story: story.reallocate(CORRECTED)) for name in ("reallocate", "once more")
]

AC_5 = """
          | issued | pay 200 | default | to 800
S tax 1     |  500 |  500    |  200    |  200
DS tax 1    |      |         |  300    |  300
S tax 2     |  500 |  500    |    0    |    0
DS tax 2    |      |         |  500    |  300
pay S tax 1 |      | -200    | -200    | -200
open        | 1000 |  800    |  800    |  600
"""
AC_6 = """
           | issued | pay 200 | default | pay 300 | to 800
S tax 1      |  500 |  500    |  200    |  200    |  200
DS tax 1     |      |         |  300    |  300    |  300
S tax 2      |  500 |  500    |    0    |    0    |    0
DS tax 2     |      |         |  500    |  500    |  300
pay S tax 1  |      | -200    | -200    | -200    | -200
pay DS tax 1 |      |         |         | -300    | -300
open         | 1000 |  800    |  800    |  500    |  300
"""
AC_7 = """
           | issued | pay 200 | default | pay 300 | to 800 | reallocate | once more
S tax 1      |  500 |  500    |  200    |  200    |  200   |  200       |  200
DS tax 1     |      |         |  300    |  300    |  300   |  300       |  300
S tax 2      |  500 |  500    |    0    |    0    |    0   |    0       |    0
DS tax 2     |      |         |  500    |  500    |  300   |  300       |  300
pay S tax 1  |      | -200    | -200    | -200    | -200   | -200       | -200
pay DS tax 1 |      |         |         | -300    | -300   | -300       | -300
open         | 1000 |  800    |  800    |  500    |  300   |  300       |  300
"""
AC_8 = """
           | issued | pay 200 | default | pay 300 | to 100
S tax 1      |  500 |  500    |  200    |  200    |  100
DS tax 1     |      |         |  300    |  300    |    0
S tax 2      |  500 |  500    |    0    |    0    |    0
DS tax 2     |      |         |  500    |  500    |    0
pay S tax 1  |      | -200    | -200    | -200    | -100
pay DS tax 1 |      |         |         | -300    |    0
surplus      |      |         |         |         |  400
open         | 1000 |  800    |  800    |  500    |    0
"""
AC_8_NEIGHBOUR = """
           | issued | pay 200 | default | pay 300 | to 400
S tax 1      |  500 |  500    |  200    |  200    |  200
DS tax 1     |      |         |  300    |  300    |  200
S tax 2      |  500 |  500    |    0    |    0    |    0
DS tax 2     |      |         |  500    |  500    |    0
pay S tax 1  |      | -200    | -200    | -200    | -200
pay DS tax 1 |      |         |         | -300    | -200
surplus      |      |         |         |         |  100
open         | 1000 |  800    |  800    |  500    |    0
"""
AC_9 = """
              | issued | pay 570 | default | corrected | day 30 | day 31
S tax 1         |  500 |  500    |  500    |  500      |  500   |  500
S penalty 1     |      |   50    |   50    |   50      |   50   |   50
S tax 2         |  500 |  500    |    0    |    0      |    0   |    0
DS tax 2        |      |         |  500    |  100      |  100   |  100
S penalty 2     |      |   50    |   20    |    0      |    0   |    0
DS penalty 2    |      |         |   30    |    0      |    0   |    8
pay S tax 1     |      | -500    | -500    | -500      | -500   | -500
pay S penalty 1 |      |  -50    |  -50    |  -50      |  -50   |  -50
pay S penalty 2 |      |  -20    |  -20    |    0      |    0   |    0
pay DS tax 2    |      |         |         |  -20      |  -20   |  -20
open            | 1000 |  530    |  530    |   80      |   80   |   88
"""
AC_10 = """
              | issued | pay 570 | default | corrected | day 30 | day 31
S tax 1         |  500 |  500    |  500    |  500      |  500   |  500
S penalty 1     |      |   50    |   50    |   50      |   50   |   50
S tax 2         |  500 |  500    |    0    |    0      |    0   |    0
DS tax 2        |      |         |  500    |  700      |  700   |  700
S penalty 2     |      |   50    |   20    |    0      |    0   |    0
DS penalty 2    |      |         |   30    |    0      |    0   |   68
pay S tax 1     |      | -500    | -500    | -500      | -500   | -500
pay S penalty 1 |      |  -50    |  -50    |  -50      |  -50   |  -50
pay S penalty 2 |      |  -20    |  -20    |    0      |    0   |    0
pay DS tax 2    |      |         |         |  -20      |  -20   |  -20
open            | 1000 |  530    |  530    |  680      |  680   |  748
"""
SEQUENCES = {
    "AC-5": (defaulted(TO_800), PLAIN, AC_5),
    "AC-6": (defaulted(PAY_300, TO_800), PLAIN, AC_6),
    "AC-7": (defaulted(PAY_300, TO_800, *REALLOCATE), PLAIN, AC_7),
    "AC-8": (
        defaulted(PAY_300, ("to 100", lambda story: story.correct(100, 0, on=CORRECTED))),
        PLAIN,
        AC_8,
    ),
    "AC-8, corrected to 400": (
        defaulted(PAY_300, ("to 400", lambda story: story.correct(400, 0, on=CORRECTED))),
        PLAIN,
        AC_8_NEIGHBOUR,
    ),
    "AC-9": (penalised(500, 100), PENALISED, AC_9),
    "AC-10": (penalised(500, 700), PENALISED, AC_10),
}


@pytest.fixture(params=SEQUENCES.items(), ids=SEQUENCES)
def sequence(request):
    return request.param[1]


def facts_of(steps):
    return [step for step in steps.values() if not isinstance(step, date)]


def test_recv_002_to_008_every_step_of_a_sequence_leaves_the_rows_of_its_table(sequence):
    """RECV-002 to RECV-008, AC-5 to AC-10: one rule set gives all of them, row by row."""
    steps, law, table = sequence

    assert expected(table) == told(steps, law)


@pytest.mark.parametrize("case", ["AC-5", "AC-6", "AC-7", "AC-8", "AC-9", "AC-10"])
def test_no_sequence_is_missing(case):
    """Every acceptance case of collection types has its table."""
    assert case in SEQUENCES


def test_recv_004_the_targets_after_default_matter_by_their_sum_alone():
    """RECV-004: whichever installment a correction names, the last gives first."""
    facts = facts_of(defaulted(PAY_300))
    for targets in ((500, 300), (300, 500), (400, 400), (0, 800)):
        correction = replace(Story().correct(*targets, on=CORRECTED), fact_id=UUID(int=900))
        corrected = derive([*facts, correction], PLAIN)
        assert [each.tax_charged_cents for each in corrected.installments] == [50_000, 30_000]


def test_recv_001_a_sequence_ends_the_same_in_every_order_of_arrival(sequence):
    """RECV-001: each permutation of the facts gives the rows of the order of effect."""
    steps, law, _ = sequence
    facts = facts_of(steps)
    told_in_order = derive(facts, law)

    for order in islice(permutations(facts), 0, None, 7):
        assert told_in_order == derive(order, law)


def test_every_step_posts_balanced_lines_and_an_allocation_of_the_money_it_brought(sequence):
    """RECV-012: default and correction move no cash; a payment moves its own amount."""
    steps, law, _ = sequence
    state, facts = NOTHING_KNOWN, []
    for fact in facts_of(steps):
        facts.append(fact)
        after = derive(facts, law)
        received = getattr(fact, "amount_cents", 0)
        lines = post_difference(state, after)
        assert sum(line.amount_cents for line in lines) == 0
        assert received == allocation(difference(state, after), received).total_cents
        assert received == sum(
            line.amount_cents for line in lines if line.account == "cash_clearing"
        )
        state = after


def test_recv_003_a_second_default_changes_nothing(sequence):
    """RECV-003: run again it finds nothing to move, on the same day or a year later."""
    steps, law, _ = sequence
    facts = facts_of(steps)
    again = replace(steps["default"], fact_id=UUID(int=900))
    later = replace(again, effective_on=date(2021, 6, 30))

    assert derive(facts, law) == derive([*facts, again], law)
    assert cells(derive(facts, law, later.effective_on)) == cells(derive([*facts, later], law))


def test_recv_008_paying_what_is_open_settles_the_bill_within_the_grace_and_after(sequence):
    """RECV-008, Q-26: on day 30 without the new penalty, on day 31 with it."""
    steps, law, _ = sequence
    facts = facts_of(steps)
    for days in (30, 31):
        on = CORRECTED + timedelta(days=days)
        due = derive(facts, law, on).open_cents
        if due:
            payment = replace(
                steps.get("pay 200") or steps["pay 570"],
                fact_id=UUID(int=901),
                receipt_id=UUID(int=902),
                effective_on=on,
                amount_cents=due,
            )
            settled = derive([*facts, payment], law)
            assert (settled.paid_in_full, settled.surplus_cents) == (True, 0)
