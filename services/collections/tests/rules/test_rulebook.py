"""The pack says which buckets there are, and is refused when a day has none or two."""

from datetime import date
from pathlib import Path

import pytest

from collections_service import rulebook
from collections_service.domain.aging import AgingTerms
from taxkit.dated import NoTermInForce
from taxkit.packvalues import PackError

JURISDICTION = """
jurisdiction_id: {name}
name: "Test"
county: test
state: IL
time_zone: America/Chicago
declared_version: "1"
calendar: {{country: US, subdivision: IL}}
"""
PACK = """
aging:
  keyed_by: as_of_on
  terms:
    - from: 2018-01-01
      citation: "test"
      certainty: house rule
      not_due_code: not_due
      settled_code: settled
      buckets: [{buckets}]
"""
YOUNG = "{code: young, name: Y, from_days: 0, to_days: 30}"


def _load(folder: Path, buckets: str):
    (folder / "jurisdiction.yaml").write_text(JURISDICTION.format(name=folder.name))
    (folder / "collections.yaml").write_text(PACK.format(buckets=buckets))
    return rulebook.load(folder)


def test_coll_002_cook_county_has_the_four_buckets(terms: AgingTerms) -> None:
    """COLL-002, Q-03: 0-30, 31-60, 61-90, over 90; not yet due apart; settled when paid."""
    assert terms.bucket_codes == ("0-30", "31-60", "61-90", "over-90")
    assert terms.begin_days == (0, 31, 61, 91)
    assert (terms.not_due_code, terms.settled_code) == ("not_due", "settled")
    assert terms.rule_id == "us-il-cook/collections/aging/2018-01-01"
    assert terms.pack_version.startswith("2026.1+")


def test_coll_002_limits_are_the_packs(tmp_path: Path) -> None:
    """Another county has other buckets, and no code is changed for it."""
    old = "{code: old, name: O, from_days: 31, to_days: null}"
    found = _load(tmp_path, f"{YOUNG}, {old}").at(date(2024, 1, 1))

    assert found.bucket_codes == ("young", "old")
    assert found.begin_days == (0, 31)


def test_a_day_before_the_first_term_has_no_buckets(tmp_path: Path) -> None:
    """Nothing is guessed."""
    law = _load(tmp_path, "{code: all, name: A, from_days: 0, to_days: null}")
    with pytest.raises(NoTermInForce, match="2018-01-01"):
        law.at(date(2017, 12, 31))


@pytest.mark.parametrize(
    "buckets",
    [
        "",
        YOUNG,
        f"{YOUNG}, {{code: old, name: O, from_days: 32, to_days: null}}",
        f"{YOUNG}, {{code: old, name: O, from_days: 30, to_days: null}}",
        f"{YOUNG}, {{code: young, name: O, from_days: 31, to_days: null}}",
        f"{YOUNG}, {{code: settled, name: O, from_days: 31, to_days: null}}",
        "{code: late, name: L, from_days: 1, to_days: null}",
        f"{{code: old, name: O, from_days: 0, to_days: null}}, {YOUNG}",
    ],
)
def test_buckets_that_miss_or_share_a_day_are_refused(tmp_path: Path, buckets: str) -> None:
    """The error names file and section, and the service does not start."""
    with pytest.raises(PackError, match=r"collections\.yaml:\d+: aging"):
        _load(tmp_path, buckets)
