"""`millage pack`: what is wrong in the law, what is in force, what two versions differ in."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from millage_cli.main import app
from millage_cli.packs import files

ROOT = Path(__file__).parents[3] / "jurisdictions"
ALL = sorted(file.parent.name for file in ROOT.glob("*/jurisdiction.yaml"))
COOK = "us-il-cook"


def pack(*words, root=ROOT):
    return CliRunner().invoke(app, ["pack", *map(str, words), "--packs", str(root), "--json"])


@pytest.fixture
def copy(tmp_path):
    """Cook County's pack, to be changed."""
    return Path(shutil.copytree(ROOT / COOK, tmp_path / COOK))


def change(folder, file, written, instead):
    text = (folder / file).read_text(encoding="utf-8")
    assert written in text
    (folder / file).write_text(text.replace(written, instead, 1), encoding="utf-8")


@pytest.mark.parametrize("name", ALL)
def test_every_pack_of_the_repository_is_law_and_proves_itself(name):
    """It loads in each service that reads it, and its worked examples come out to the cent."""
    done = pack("check", name)

    assert (done.exit_code, json.loads(done.stdout)["packs"][0]["errors"]) == (0, [])


def test_every_file_of_every_pack_is_read_by_somebody():
    """Two services never read one file, and no name stands for two."""
    names = [file.name for file in files()]

    assert len(names) == len(set(names))


def test_without_a_name_all_packs_are_checked(tmp_path):
    """And a folder without any is said, not passed."""
    done = pack("check", root=tmp_path)

    assert done.exit_code == 2
    assert json.loads(done.stderr)["reason"] == "PACK_NOT_FOUND"


def test_a_wrong_rate_and_a_wrong_example_are_each_found(copy):
    """Exit 1, with file, line, field, found, expected and what to do."""
    change(copy, "levy.yaml", 'first_share: "0.55"', "first_share: 0.55")
    change(copy, "examples.yaml", "interest_cents: [1852, 0]", "interest_cents: [1851, 0]")

    done = pack("check", copy)
    first, second = json.loads(done.stdout)["packs"][0]["errors"]

    assert done.exit_code == 1
    assert (Path(first["file"]).name, first["field"]) == (
        "levy.yaml",
        "installments.terms[0].first_share",
    )
    assert first["found"] == "0.55 (YAML reads it as float)"
    assert first["line"] > 1
    assert first["to_do"]
    assert Path(second["file"]).name == "examples.yaml"
    assert "as of 2019-03-02: interest_cents is [1852, 0]" in second["found"]


def test_what_is_wrong_is_shown_to_a_person(copy):
    """In the order somebody mends it: where, what is there, what has to be, what to do."""
    change(copy, "levy.yaml", 'first_share: "0.55"', "first_share: 0.55")

    done = CliRunner().invoke(app, ["pack", "check", str(copy)])

    assert done.exit_code == 1
    said = done.stdout.index("levy.yaml:")
    assert said < done.stdout.index("found     0.55") < done.stdout.index("expected  a rate")
    assert "to do     " in done.stdout


def test_the_law_of_a_day_is_shown_with_its_source():
    """A tax year's rate goes by --tax-year, whatever the day."""
    done = pack(
        "show",
        COOK,
        "--on",
        "2024-05-01",
        "--tax-year",
        "2022",
        "--section",
        "receivables/interest",
    )
    (found,) = json.loads(done.stdout)["in_force"]

    assert found["rule_id"] == "us-il-cook/receivables/interest/2010"
    assert found["values"]["monthly_rate"] == "0.015"
    assert found["citation"].startswith("35 ILCS 200/21-25")


def test_where_the_law_says_nothing_it_is_said():
    """Not a neighbouring year's due dates."""
    done = pack("show", COOK, "--on", "2011-05-01", "--section", "levy/due_dates")
    (found,) = json.loads(done.stdout)["in_force"]

    assert (found["key"], found["rule_id"]) == ("2011", None)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["show", COOK, "--on", "yesterday"], "DATE_INVALID"),
        (["show", COOK, "--on", "2022-01-01", "--section", "toll"], "SECTION_UNKNOWN"),
        (["show", "us-zz", "--on", "2022-01-01"], "PACK_NOT_FOUND"),
        (["diff", COOK, "HEAD:us-zz"], "PACK_NOT_FOUND"),
        (["diff", "--", "--output=/tmp/x:us-zz", COOK], "PACK_NOT_FOUND"),
    ],
)
def test_what_cannot_be_answered_is_refused(words, reason):
    """With the reason, and what to ask instead."""
    done = CliRunner().invoke(app, ["pack", words[0], "--packs", str(ROOT), "--json", *words[1:]])

    assert done.exit_code == 2
    told = json.loads(done.stderr)
    assert told["reason"] == reason


def test_a_pack_that_is_not_law_is_not_shown(copy):
    """Where it is wrong is said instead."""
    change(copy, "receivables.yaml", 'monthly_rate: "0.015"', "monthly_rate: 0.015")

    done = pack("show", copy, "--on", "2022-01-01")

    assert done.exit_code == 2
    assert json.loads(done.stderr)["reason"] == "PACK_INVALID"


def test_two_versions_are_compared(copy):
    """Exit 1 with what changed, exit 0 where nothing did."""
    assert pack("diff", COOK, copy).exit_code == 0
    change(copy, "receivables.yaml", 'monthly_rate: "0.0075"', 'monthly_rate: "0.01"')

    done = pack("diff", COOK, copy)

    assert done.exit_code == 1
    (changed,) = json.loads(done.stdout)["changes"]
    assert changed["rule"] == "receivables/interest/2023"
    assert changed["values"] == [{"path": "monthly_rate", "old": "0.0075", "new": "0.01"}]


def test_a_version_may_be_a_commits(tmp_path, copy):
    """COMMIT:ID is the pack as it was in that commit of the folder's repository."""

    def git(*words):
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", "-C", tmp_path, *identity, *words], check=True, capture_output=True)

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "law")
    change(copy, "levy.yaml", 'first_share: "0.55"', 'first_share: "0.5"')

    done = pack("diff", f"HEAD:{COOK}", COOK, root=tmp_path)

    (changed,) = json.loads(done.stdout)["changes"]
    assert changed["values"] == [{"path": "first_share", "old": "0.55", "new": "0.5"}]
