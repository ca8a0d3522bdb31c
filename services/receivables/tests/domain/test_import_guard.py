"""AC-20 as the ledger has it: a bill at version 4 owes 1,000, a file is prepared, 900 is asked."""

import sys
from dataclasses import replace
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest

from receivables_service.domain.derivation import derive

sys.path.insert(0, str(Path(__file__).parent))

from stories import Story, cells, terms

LAW = terms()
OPENED, PAID, CLOSED = date(2019, 10, 1), date(2019, 10, 2), date(2019, 10, 3)


@pytest.fixture
def story():
    return Story()


def at_version_4(story):
    """Issued over 1,100, corrected twice, and then to 1,000."""
    facts = [story.issue(550, 550)]
    for version, halves in ((2, (540, 540)), (3, (520, 520)), (4, (500, 500))):
        facts.append(
            replace(story.correct(*halves, on=date(2019, 9, version)), bill_version=version)
        )
    return facts


def to_900(story, on):
    return replace(story.correct(450, 450, on=on), bill_version=5)


def in_any_order(facts):
    """What the facts leave, whichever of the last four came first."""
    kept, shuffled = facts[:-4], facts[-4:]
    found = [derive([*kept, *some], LAW) for some in permutations(shuffled)]
    assert all(state == found[0] for state in found)
    return cells(found[0])


def test_ac_20_a_while_the_change_waits_the_bill_owes_1000_and_the_line_pays_it(story):
    """AC-20 (a): queued, nothing of it is on the books; the line of version 4 settles the bill."""
    facts = at_version_4(story)
    assert in_any_order(facts)["open"] == 1_000
    assert in_any_order([*facts, story.pay(1000, PAID)]) == {
        "S tax 1": 500, "S tax 2": 500, "pay S tax 1": -500, "pay S tax 2": -500,
    }  # fmt: skip


def test_ac_20_b_forced_to_900_the_bill_takes_nothing_of_the_line_and_owes_900(story):
    """AC-20 (b): the line of 1,000 is an exception: none of its money is on the bill or held."""
    facts = [*at_version_4(story), to_900(story, OPENED)]
    state = derive(facts, LAW)
    assert in_any_order(facts) == {"S tax 1": 450, "S tax 2": 450, "open": 900}
    assert (state.received_cents, state.unapplied) == (0, ())
    # Whoever works the exception pays the bill as it is now.
    assert in_any_order([*facts, story.pay(900, CLOSED)]) == {
        "S tax 1": 450, "S tax 2": 450, "pay S tax 1": -450, "pay S tax 2": -450,
    }  # fmt: skip


def test_ac_20_c_the_change_that_waited_runs_and_leaves_100_of_the_line_as_surplus(story):
    """AC-20 (c): it counts from the day it was asked for, before the line's money or after it."""
    wanted = {
        "S tax 1": 450, "S tax 2": 450, "pay S tax 1": -450, "pay S tax 2": -450, "surplus": 100,
    }  # fmt: skip
    facts, line = at_version_4(story), story.pay(1000, PAID)
    for on in (OPENED, PAID, CLOSED):
        assert in_any_order([*facts, line, to_900(story, on)]) == wanted
