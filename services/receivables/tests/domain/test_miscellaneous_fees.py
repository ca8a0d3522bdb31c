"""LEVY-012, RECV-066: a bill says which of its fees are miscellaneous receipt fees."""

import json
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

from receivables_service.accounts import KnownFact
from receivables_service.domain.derivation import derive
from receivables_service.fact_rows import known_of, row_of

sys.path.insert(0, str(Path(__file__).parent))

from stories import Story, terms

ON = date(2020, 2, 1)


def test_levy_012_the_state_names_the_codes_of_miscellaneous_fees():
    """LEVY-012: and of no other fee, in whatever order they come."""
    story = Story()
    misc = replace(story.fee(75, ON, code="misc_rcpt"), miscellaneous=True)
    facts = [misc, story.issue(500, 500), story.fee(25, ON)]
    assert derive(facts, terms()).miscellaneous == ("misc_rcpt",)
    assert derive(facts[1:], terms()).miscellaneous == ()


def test_recv_066_the_fact_is_kept_with_its_mark():
    """RECV-066: written and read again it is the same fact."""
    misc = replace(Story().fee(75, ON), miscellaneous=True)
    row = row_of(KnownFact(misc, ON), None)
    assert row.body is not None
    assert known_of((*row[:-1], json.loads(row.body))).fact == misc
