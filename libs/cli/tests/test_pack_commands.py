"""`millage pack`: what is wrong in the law, what is in force, what two versions differ in."""

import csv
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


def test_every_section_that_is_read_says_whether_cases_tell_it():
    """By a file of cases, or with the reason why none tells it: a new section is not forgotten."""
    undeclared = [
        f"{file.name}: {name}"
        for file in files()
        for name in file.schema
        if name not in file.told.sections and not file.told.untold.get(name, "").strip()
    ]

    assert undeclared == []
    gone = [
        f"{file.name}: {name}"
        for file in files()
        for name in {*file.told.sections, *file.told.untold} - {*file.schema}
    ]
    assert gone == []


def test_what_the_cases_tell_is_said_and_what_not(copy):
    """Of each section how many sides, and each value that no case tells with its reason."""
    (told,) = json.loads(pack("check", copy).stdout)["packs"]
    found = {(one["file"], one["section"]): one for one in told["told"]}

    returned = found["receivables.yaml", "returned_check"]
    assert (returned["cases"], returned["told"]) == ("examples.yaml", 3)
    assert found["taxsale.yaml", "annual_sale"]["told"] == 10
    tenders = found["cashiering.yaml", "tenders"]
    assert (tenders["told"], tenders["cases"]) == (0, "")
    assert "setup" in tenders["untold"][0]["why"]
    assert all(each["why"] for one in told["told"] for each in one["untold"])

    shown = CliRunner().invoke(app, ["pack", "check", str(copy)]).stdout
    assert "What the cases tell" in shown
    assert "Not told by a case, and why" in shown


@pytest.mark.parametrize(
    ("written", "instead", "field", "found"),
    [
        ("charge_types: [tax, fee, penalty, interest]",
         "charge_types: [tax, penalty, fee, interest]", "charge_types", "tax, penalty, fee"),
        ("code: tax-first", "code: tax-before-all", "rules[1]", "the order tax-before-all"),
        ("services: [buyer, tax_sale_buyer]", "services: [buyer]", "services", "buyer"),
    ],
    ids=["another order", "an order the ledger has not", "another service"],
)  # fmt: skip
def test_a_counter_s_order_that_is_not_the_ledger_s_is_told(copy, written, instead, field, found):
    """What a cashier is shown is what the ledger does."""
    change(copy, "cashiering.yaml", written, instead)

    (told,) = json.loads(pack("check", copy).stdout)["packs"]

    (error,) = [each for each in told["errors"] if each["file"].endswith("cashiering.yaml")]
    assert error["field"].endswith(field)
    assert error["found"].startswith(found)
    assert "receivables.yaml" in error["expected"] or "statute" in error["expected"]
    assert error["line"] > 1


def test_without_a_name_all_packs_are_checked(tmp_path):
    """And a folder without any is said, not passed."""
    done = pack("check", root=tmp_path)

    assert done.exit_code == 2
    assert json.loads(done.stderr)["reason"] == "PACK_NOT_FOUND"


def test_a_wrong_value_and_a_wrong_example_are_each_found(copy):
    """Exit 1, with file, line, field, found, expected and what to do."""
    change(copy, "levy.yaml", "total_rounding: half_up", "total_rounding: nearest")
    change(copy, "examples.yaml", "interest_cents: [1852, 0]", "interest_cents: [1851, 0]")

    done = pack("check", copy)
    first, second = json.loads(done.stdout)["packs"][0]["errors"]

    assert done.exit_code == 1
    assert (Path(first["file"]).name, first["field"]) == (
        "levy.yaml",
        "bill.terms[0].total_rounding",
    )
    assert first["found"] == "nearest (YAML reads it as str)"
    assert first["line"] > 1
    assert first["to_do"]
    assert Path(second["file"]).name == "examples.yaml"
    assert "as of 2019-03-02: interest_cents is [1852, 0]" in second["found"]


def test_what_is_wrong_is_shown_to_a_person(copy):
    """In the order somebody mends it: where, what is there, what has to be, what to do."""
    change(copy, "receivables.yaml", 'monthly_rate: "0.015"', "monthly_rate: 0.015")

    done = CliRunner().invoke(app, ["pack", "check", str(copy)])

    assert done.exit_code == 1
    said = done.stdout.index("receivables.yaml:")
    assert said < done.stdout.index("found     0.015") < done.stdout.index("expected  a rate")
    assert "to do     " in done.stdout
    # What cases tell would only hide it.
    assert "What the cases tell" not in done.stdout


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
    assert (found["since"], found["until"]) == ("2010", "2023")


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


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("penalti", "one of receivables/penalty, distribution/penalty"),
        ("levy/penalty", "one of receivables/penalty, distribution/penalty"),
        ("qqq", "receivables/interest"),
    ],
)
def test_a_section_that_is_not_there_names_those_it_may_have_been(section, said):
    """The nearest by its name, in whichever file; all where nothing is near."""
    done = pack("show", COOK, "--on", "2022-01-01", "--section", section)

    told = json.loads(done.stderr)
    assert (done.exit_code, told["reason"]) == (2, "SECTION_UNKNOWN")
    assert said in told["next_step"]


def test_whose_days_off_count_is_shown():
    """They move last days, so that they are law, too."""
    done = CliRunner().invoke(
        app, ["pack", "show", "us-tx", "--on", "2024-07-01", "--packs", str(ROOT)]
    )

    assert "public holidays of US-TX" in done.stdout
    assert "America/Chicago" in done.stdout


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
    change(copy, "receivables.yaml", 'monthly_rate: "0.0075"', 'monthly_rate: "0.01"')

    done = pack("diff", f"HEAD:{COOK}", COOK, root=tmp_path)

    (changed,) = json.loads(done.stdout)["changes"]
    assert changed["values"] == [{"path": "monthly_rate", "old": "0.0075", "new": "0.01"}]


def test_other_days_off_are_a_difference(copy):
    """A county that closes on a day has another law, though no term of it changed."""
    change(
        copy, "jurisdiction.yaml", "  subdivision: IL", "  subdivision: IL\n  closed: [2024-03-04]"
    )

    done = pack("diff", COOK, copy)

    assert done.exit_code == 1
    (changed,) = json.loads(done.stdout)["changes"]
    assert changed["rule"] == "jurisdiction"
    assert changed["values"] == [{"path": "calendar.closed", "old": "none", "new": "2024-03-04"}]


ROLL = [ROOT.parent / "examples" / "roll" / name for name in ("rates.csv", "parcels.csv")]


def test_who_would_pay_what_difference(copy, tmp_path):
    """A dearer month: by tax code, the largest by name, all in a file, and it adds up."""
    change(copy, "receivables.yaml", 'monthly_rate: "0.015"', 'monthly_rate: "0.02"')
    file = tmp_path / "all.csv"

    done = pack("simulate", COOK, copy, *ROLL, "--as-of", "2024-01-02", "--top", "3", "--csv", file)

    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    rows = list(csv.DictReader(file.open(encoding="utf-8")))
    whole = told["all"]
    assert whole["parcels"] == len(rows) == sum(one["parcels"] for one in told["districts"])
    taxed = [row for row in rows if row["old_tax_cents"] != "0"]
    assert (whole["more"], whole["less"]) == (len(taxed), 0) != (0, 0)
    assert whole["old"]["tax_cents"] == whole["new"]["tax_cents"]
    grown = [(int(row["old_grown_cents"]), int(row["new_grown_cents"])) for row in rows]
    # Four thirds of what it was, to the rounding of two installments.
    assert all(abs(new * 3 - old * 4) <= 8 for old, new in grown)
    assert sum(int(row["difference_cents"]) for row in rows) == sum(b - a for a, b in grown)
    differences = [one["difference_cents"] for one in told["largest"]]
    assert differences == sorted((int(row["difference_cents"]) for row in rows), reverse=True)[:3]


def test_the_same_law_makes_no_difference(copy):
    """Nobody is named who pays the same."""
    told = json.loads(pack("simulate", COOK, copy, *ROLL).stdout)

    assert (told["all"]["more"], told["all"]["less"], told["largest"]) == (0, 0, [])
    assert told["all"]["old"]["grown_cents"] == 0


def test_bills_made_otherwise_are_compared_too(copy):
    """Another rounding of the total moves cents, and the tables show whose."""
    change(copy, "levy.yaml", "total_rounding: half_up", "total_rounding: down")

    done = CliRunner().invoke(
        app, ["pack", "simulate", COOK, str(copy), *map(str, ROLL), "--packs", str(ROOT)]
    )

    assert done.exit_code == 0, done.output
    assert "Largest differences" in done.stdout
    assert "-$0.01" in done.stdout


def test_a_roll_in_another_unit_than_the_law_s_is_refused(copy):
    """Whose rates are where is said, not that each of them is missing."""
    change(copy, "levy.yaml", "per: percent", "per: mills")

    done = pack("simulate", COOK, copy, *ROLL)

    told = json.loads(done.stderr)
    assert (done.exit_code, told["reason"]) == (2, "RATE_UNIT_DIFFERS")
    assert "us-il-cook bills in mills" in told["message"]
    assert "column rate" in told["next_step"]


def test_a_year_the_law_does_not_know_is_refused(copy, tmp_path):
    """Not billed by a neighbour's law."""
    rates, parcels = (file.read_text(encoding="utf-8") for file in ROLL)
    later = [tmp_path / "r.csv", tmp_path / "p.csv"]
    for file, text in zip(later, (rates, parcels), strict=True):
        head, first, *_ = text.splitlines()
        file.write_text(f"{head}\n1999{first[4:]}\n", encoding="utf-8")

    done = pack("simulate", COOK, copy, *later)

    assert (done.exit_code, json.loads(done.stderr)["reason"]) == (3, "NO_LAW_IN_FORCE")
