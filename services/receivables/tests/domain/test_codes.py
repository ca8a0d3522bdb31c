"""RECV-058, Q-34, Q-35: what a code says, and which codes are on a bill on a day."""

import sys
from datetime import date
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest

from receivables_service.domain.codes import CodeOn, Settings, Switch, codes_on, last_on
from receivables_service.domain.rate_facts import CodeLifted, CodeSet

sys.path.insert(0, str(Path(__file__).parent))

from stories import Story

JAN, FEB, MAR = date(2020, 1, 10), date(2020, 2, 10), date(2020, 3, 10)


def names(facts, day=MAR):
    return [each.code for each in codes_on(facts, day)]


def test_q_35_the_last_one_set_is_last_whatever_came_in_first():
    """Q-35: set again, a code is the last one."""
    story = Story()
    facts = [
        CodeSet(*story._head(JAN), "A"),
        CodeSet(*story._head(FEB), "B"),
        CodeSet(*story._head(MAR), "A"),
    ]
    assert {tuple(names(some)) for some in permutations(facts)} == {("B", "A")}
    assert names(facts, FEB) == ["A", "B"]


def test_recv_060_a_lifted_or_ended_code_is_not_on():
    """RECV-060: through its last day it is, on the day after it is not."""
    story = Story()
    lifted = [CodeSet(*story._head(JAN), "A"), CodeLifted(*story._head(FEB), "A")]
    assert (names(lifted, JAN), names(lifted)) == (["A"], [])
    ended = [CodeSet(*story._head(JAN), "A", through=FEB)]
    assert (names(ended, FEB), names(ended)) == (["A"], [])


def test_recv_060_codes_of_fees_are_apart_from_those_of_the_bill():
    """RECV-060: the same code on both; lifted from one it stays on the other."""
    story = Story()
    facts = [
        CodeSet(*story._head(JAN), "A"),
        CodeSet(*story._head(JAN), "A", charge_code="nsf"),
        CodeLifted(*story._head(FEB), "A"),
    ]
    on = codes_on(facts, MAR)
    assert on == [CodeOn("A", "nsf")]
    assert (last_on(on, "nsf"), last_on(on, "")) == ("A", "")


def test_recv_058_rates_are_parts_of_one():
    """RECV-058: a rate of one or more, or below nothing, is none."""
    for rate in ("1", "-0.01"):
        with pytest.raises(ValueError, match="not in"):
            Settings("x", monthly_rate=Decimal(rate))
    assert Settings("x", switches=frozenset({Switch.ALERT_USER})) != Settings("x")
