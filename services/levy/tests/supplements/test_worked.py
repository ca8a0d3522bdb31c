"""LEVY-006: worked supplements of packs come out as their authors counted them, or it is told."""

import shutil
from pathlib import Path

import pytest

from levy_service.supplements import rulebook, worked
from taxkit.packvalues import PackError

JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"
PACKS = sorted(file.parent for file in JURISDICTIONS.glob(f"*/{rulebook.FILE}"))


_BARE = (
    "name: n, citation: c, working: w, event_on: 2022-08-15, mailed_on: 2022-10-03,"
    ' rates: {c: "1"}, bills: []'
)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_levy_006_worked_supplements_come_out(pack: Path) -> None:
    """To the cent and the day; California's on both sides of every month and mailing."""
    assert list(worked.check(pack)) == []


@pytest.fixture
def california(tmp_path: Path) -> Path:
    folder = tmp_path / "us-ca"
    for other in JURISDICTIONS.iterdir():
        if other.is_dir():
            shutil.copytree(other, tmp_path / other.name)
    return folder


def test_levy_006_a_case_that_comes_out_otherwise_is_told_with_its_line(california: Path) -> None:
    file = california / worked.FILE
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("[2023, 96508,", "[2023, 96509,"), encoding="utf-8")
    (found,) = worked.check(california)
    assert "An event of July" in str(found)
    assert "96508" in str(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("others: []\n", "worked supplements"),
        ("supplements: [{name: x}]\n", "citation: found nothing"),
        (f"supplements: [{{{_BARE}}}]\n", "added_dollars; or kind and value_dollars"),
        (f"supplements: [{{{_BARE}, value_dollars: [1, 2]}}]\n", "or kind and value_dollars"),
    ],
    ids=["no section", "fields missing", "neither", "without kind"],
)
def test_a_file_that_is_not_as_it_has_to_be_is_refused(california: Path, text, said: str) -> None:
    (california / worked.FILE).write_text(text, encoding="utf-8")
    with pytest.raises(PackError, match=said):
        list(worked.check(california))


def test_levy_006_due_dates_that_do_not_fit_the_installments_are_found(california: Path) -> None:
    """One due date for a bill in halves: its worked cases cannot be computed."""
    file = california / rulebook.FILE
    text = file.read_text(encoding="utf-8")
    one_less = text.replace("              - {months_after: 5}\n", "")
    file.write_text(one_less, encoding="utf-8")
    with pytest.raises(PackError, match="1 due dates for 2 installments"):
        list(worked.check(california))


@pytest.mark.parametrize(
    ("written", "moved"), [("caps: end", "caps: grow"), ("caps: grow", "caps: end")]
)
def test_levy_006_a_case_tells_what_a_kind_makes_of_caps(california: Path, written, moved) -> None:
    """What changes hands has a new base; what is built is added."""
    file = california / rulebook.FILE
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(written, moved, 1), encoding="utf-8")
    (found,) = worked.check(california)
    assert "as by hand" in str(found)
