"""COLL-014: the letters of a pack are read whole, or its service does not start."""

from datetime import date
from pathlib import Path

import pytest

from collections_service.notices import rulebook
from taxkit.packvalues import PackError

JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"
PACKS = sorted(one.parent.name for one in JURISDICTIONS.glob("*/jurisdiction.yaml"))


@pytest.mark.parametrize("pack", PACKS)
def test_coll_014_every_pack_says_who_is_written_to_when(pack: str) -> None:
    """COLL-014: its own, or what offices decide."""
    terms = rulebook.load(JURISDICTIONS / pack).at(date(2026, 1, 1))
    assert [each.code for each in terms.stages] == ["first", "final"]
    assert terms.stage("final").after == "first"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("after: first", "after: warning", "no stage before it"),
        ("code: final", "code: first", "twice"),
        ("least_cents: 2500, answer_days: 30", "least_cents: 0, answer_days: 30", "least_cents"),
        ("after: first, wait_days: 30", "wait_days: 30", "wait_days"),
        ("stalled_days: 14", "stalled_days: 0", "stalled_days"),
        ("least_days: 31", "least_days: -1", "days"),
        ("stalled_days: 14", "stalled_days: 14\n      stayed_by: [hold/any]", "stayed_by"),
    ],
)
def test_coll_014_letters_that_make_no_sense_are_refused(tmp_path, before, after, said) -> None:
    """COLL-014: with file, line and what was expected."""
    folder = tmp_path / "us-il-cook"
    folder.mkdir()
    for name in ("jurisdiction.yaml", rulebook.FILE):
        text = (JURISDICTIONS / "us-il-cook" / name).read_text("utf-8")
        (folder / name).write_text(text.replace(before, after), "utf-8")
    with pytest.raises(PackError, match=said):
        rulebook.load(folder)
