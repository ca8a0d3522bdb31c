"""Every pack's worked cases stand on both sides of every boundary of its receivables law."""

import shutil
from pathlib import Path

import pytest
import yaml

from receivables_service import law, worked_boundaries
from receivables_service.discounts import worked_days
from taxkit.packvalues import PackError

JURISDICTIONS = Path(__file__).resolve().parents[4] / "jurisdictions"
PACKS = sorted(file.parent for file in JURISDICTIONS.glob("*/receivables.yaml"))
WITH_DISCOUNTS = sorted(file.parent for file in JURISDICTIONS.glob("*/examples_discounts.yaml"))


def copied(tmp_path, name):
    """A pack to be changed, beside the office it names."""
    shutil.copytree(JURISDICTIONS / "us-office", tmp_path / "us-office")
    return Path(shutil.copytree(JURISDICTIONS / name, tmp_path / name))


@pytest.mark.parametrize("directory", PACKS, ids=lambda each: each.name)
def test_each_boundary_of_a_pack_has_a_case_on_each_side(directory):
    """Whichever value is moved by its least step, a worked case comes out otherwise."""
    assert [str(error) for error in worked_boundaries.check(directory)] == []


@pytest.mark.parametrize("directory", WITH_DISCOUNTS, ids=lambda each: each.name)
def test_each_day_of_a_discount_has_a_case_on_each_side(directory):
    """The rates, their first and last days, and what a notice or a correction adds."""
    assert [str(error) for error in worked_days.check(directory)] == []


def changed(tmp_path, name, file, written, instead=""):
    directory = copied(tmp_path, name)
    text = (directory / file).read_text(encoding="utf-8")
    assert written in text, written
    (directory / file).write_text(text.replace(written, instead), encoding="utf-8")
    return directory


@pytest.mark.parametrize(
    ("name", "days", "field", "found"),
    [
        ("us-wa", ["refused"], "interest.terms[0].from", "a year earlier"),
        ("us-tx", ["2007", "2024-08", "2024-12", "2025"], "penalty.terms[0].cap", "0.13"),
        ("us-fl", ["2023-04", "2024-04", "2007-04"], "interest.terms[0].minimum_rate", "0.02"),
        ("us-wi", ["2022-06-07"], "installment 3 of all, tax year 2023", "a day earlier"),
        ("us-il-cook", ["2024-04-01"], "interest.terms[1].months", "touched"),
        ("us-ia", ["2024-01-02", "2024-12-02", "2023-10-02", "2024-04-01"],
         "interest.terms[0].month_end_roll", "none"),
        ("us-mn", ["2023-07-31", "2023-08-01", "2023-08"],
         "penalty.terms[1].steps[3].year_day", "a day later"),
    ],
    ids=["the first year", "a cap", "a minimum", "a due date",
         "how months are counted", "a weekend", "a step"],
)  # fmt: skip
def test_a_boundary_without_a_case_is_told(tmp_path, name, days, field, found):
    """Leave out the quotes of some days, and the boundary that they proved is named."""
    directory = without(tmp_path, name, days)
    errors = [each for each in worked_boundaries.check(directory) if each.field == field]

    assert any(found in each.found for each in errors)
    assert all(each.line >= 1 and each.remedy for each in errors)


def without(tmp_path, name, days):
    """A pack less its quotes of days that begin so, or less what it refuses."""
    directory = copied(tmp_path, name)
    told = yaml.safe_load((directory / "examples.yaml").read_text(encoding="utf-8"))
    kept = []
    for one in told["receivables"]:
        left = [
            each for each in one.get("quotes", ()) if not str(each["as_of"]).startswith((*days,))
        ]
        if "refused" not in one or "refused" not in days:
            kept.append({**one, "quotes": left})
    (directory / "examples.yaml").write_text(
        yaml.safe_dump({**told, "receivables": kept}), encoding="utf-8"
    )
    return directory


def test_the_check_of_a_pack_asks_for_boundaries_once_its_cases_come_out(tmp_path):
    """A wrong figure is told alone: what it proves is not known yet."""
    prove = {file.name: file.prove for file in law.FILES}["receivables.yaml"]
    quote = '{as_of: 2023-06-01, interest_cents: [4500], working: "3 x 15'
    wrong = changed(tmp_path, "us-fl", "examples.yaml", quote, quote.replace("4500", "4501"))

    assert {error.file.name for error in prove(wrong)} == {"examples.yaml"}
    assert not list(prove(JURISDICTIONS / "us-fl"))


def test_a_default_is_as_of_the_laws_day(tmp_path):
    """So that a case tells the day, too."""
    moved = changed(tmp_path, "us-pa", "receivables.yaml", "      day: 31", "      day: 30")

    assert "not the law's day" in str(next(iter(law.FILES[0].prove(moved))))


@pytest.mark.parametrize(
    ("written", "instead", "found"),
    [
        ('rate: "0.03", working: "December"', 'rate: "0.04", working: "December"', "0.03, worked"),
        ('working: "none in March"', 'rate: "0.01", working: "none in March"', "none, worked"),
    ],
)
def test_a_worked_day_that_comes_out_otherwise_is_told(tmp_path, written, instead, found):
    """With the day, the rate that the law gives, and the author's."""
    directory = changed(tmp_path, "us-fl", "examples_discounts.yaml", written, instead)

    assert any(found in error.found for error in worked_days.check(directory))


def test_discounts_without_worked_days_are_told(tmp_path):
    """A law that offers one proves it; a law that offers none has nothing to prove."""
    directory = copied(tmp_path, "us-pa")
    (directory / "examples_discounts.yaml").unlink()

    with pytest.raises(PackError, match="no such file"):
        list(worked_days.check(directory))
    assert not list(worked_days.check(JURISDICTIONS / "us-il-cook"))


def test_a_day_that_no_case_stands_beside_is_told(tmp_path):
    """November 30 left out, its end might be the 29th."""
    line = '      - {paid_on: 2022-11-30, rate: "0.04", working: "its last day, a Wednesday"}\n'
    directory = changed(tmp_path, "us-fl", "examples_discounts.yaml", line)

    errors = list(worked_days.check(directory))

    assert [error.field for error in errors] == ["discounts.terms[0].programs[0].periods[0].last"]
    assert "a day earlier" in errors[0].found
