"""RECV-001: whatever rule stands beside a cent, the place it is from can be named."""

from pathlib import Path

import pytest

from receivables_service import grounds, law, rulebook
from receivables_service.changes import tolerance
from receivables_service.domain import fold, parting, placing, sheet
from receivables_service.grounds import Ground
from receivables_service.journal import RECEIPT_RULE

JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"
PACKS = sorted(one.parent for one in JURISDICTIONS.glob("*/receivables.yaml"))


@pytest.mark.parametrize("folder", PACKS, ids=lambda folder: folder.name)
def test_recv_001_every_term_of_a_pack_has_its_citation(folder) -> None:
    """RECV-001: orders of allocation, what is held, and every order that may be chosen."""
    found = grounds.load(folder, law.FILES)
    terms = rulebook.load(folder)
    rules = [term.rule_id for term in terms.allocation.values]
    rules += [one.rule_id for term in terms.allocation_rules.values for one in term.rules.values()]
    rules += [term.rule_id for term in terms.unapplied.values]
    for rule_id in rules:
        ground = found.of(rule_id)
        assert ground is not None, rule_id
        assert ground.citation
        assert ground.certainty


@pytest.mark.parametrize(
    "rule_id",
    [
        *(fold.BILL_RULE, sheet.TRANSFER_RULE, fold.WAIVER_RULE, fold.LOCK_LIFTED_RULE),
        *(fold.FEE_LIFTED_RULE, parting.CORRECTION_RULE, parting.HALF_PAY_RULE),
        *(placing.BY_HAND_RULE, RECEIPT_RULE, tolerance.RULE, "code/BANK", "code/BANK/2"),
    ],
)
def test_recv_001_what_is_no_law_says_which_fact_it_follows_from(rule_id: str) -> None:
    """RECV-001: the demand, a correction, a hand, a code: each in words."""
    ground = grounds.Grounds({}).of(rule_id)
    assert ground is not None
    assert (bool(ground.citation), ground.certainty) == (True, "fact")


def test_a_rule_that_the_pack_has_not_is_left_unsaid() -> None:
    """As of a pack with other terms, loaded since: nothing is made up."""
    known = grounds.Grounds({"a/b/2020": Ground("Act 1", "statute")})
    assert known.of("a/b/2019") is None
    assert known.of("a/b/2020/first") == Ground("Act 1", "statute")
    assert known.of_each(["a/b/2019", "a/b/2020", "a/b/2020"]) == {
        "a/b/2020": {"citation": "Act 1", "certainty": "statute"}
    }
