"""docs/packs.md: the first pack by copying goes as the page says."""

import csv
import json
import re
import shutil
from pathlib import Path

from typer.testing import CliRunner

from millage_cli.main import app

REPOSITORY = Path(__file__).parents[3]
PAGE = (REPOSITORY / "docs/packs.md").read_text(encoding="utf-8")


def pack(root, *words):
    done = CliRunner().invoke(app, ["pack", *map(str, words), "--packs", str(root), "--json"])
    return done.exit_code, json.loads(done.stdout)


def county(root):
    """The state's folder under an id of its own, by the page's own sed."""
    for name in ("us-tx", "us-tx-elm"):
        shutil.copytree(REPOSITORY / "jurisdictions/us-tx", root / name)
    shutil.copytree(REPOSITORY / "jurisdictions/us-office", root / "us-office")
    file = root / "us-tx-elm" / "jurisdiction.yaml"
    text = file.read_text(encoding="utf-8")
    (line,) = re.findall(r"^sed -i '(.+)' jurisdictions/us-tx-elm", PAGE, re.MULTILINE)
    for old, new in re.findall(r"s/(\S+: )\.\*/(\S+: \S+?)/", line):
        text = re.sub(f"{old}.*", new, text, flags=re.MULTILINE)
    file.write_text(text, encoding="utf-8")
    return root / "us-tx-elm"


def test_a_copied_state_is_a_county_s_pack(tmp_path):
    """It is sound, and differs from the state's in nothing."""
    county(tmp_path)

    assert pack(tmp_path, "check", "us-tx-elm")[0] == 0
    assert pack(tmp_path, "diff", "us-tx", "us-tx-elm")[0] == 0


def test_a_changed_penalty_is_told_and_its_examples_fail_until_they_are_worked_anew(tmp_path):
    """Elm's 15%: in both places the page speaks of, and in the cases that cost something else."""
    law = county(tmp_path) / "receivables.yaml"
    text = law.read_text(encoding="utf-8")
    assert text.count('adds: "0.2"') == 2
    law.write_text(text.replace('adds: "0.2"', 'adds: "0.15"'), encoding="utf-8")

    code, told = pack(tmp_path, "check", "us-tx-elm")
    differs, changes = pack(tmp_path, "diff", "us-tx", "us-tx-elm")

    assert (code, differs) == (1, 1)
    assert {Path(each["file"]).name for each in told["packs"][0]["errors"]} == {"examples.yaml"}
    assert '"0.2"' in json.dumps(changes)
    assert '"0.15"' in json.dumps(changes)


def test_what_the_page_names_of_penalty_and_interest_is_what_a_pack_may_say():
    """Every setting in the page's tables is a field, or a word, of the law's own rows."""
    from receivables_service.rates.interest_rulebook import InterestLaw
    from receivables_service.rates.penalty_rulebook import PenaltyStepLaw, YearDayLaw

    known = {
        *InterestLaw.__dataclass_fields__,
        *PenaltyStepLaw.__dataclass_fields__,
        *YearDayLaw.__dataclass_fields__,
    }
    start, end = PAGE.index("| when, one of |"), PAGE.index("`cap` ends")
    named = set(re.findall(r"`([a-z_]+):", PAGE[start:end]))
    start, end = PAGE.index("| setting | for a law"), PAGE.index("A bill whose interest depends")
    named |= {word for cell in re.findall(r"^\| (`.+?) \|", PAGE[start:end], re.MULTILINE)
              for word in re.findall(r"`([a-z_]+)`", cell)}  # fmt: skip

    assert named <= known
    assert {"months_late", "whole_bill_reaches", "charged_on"} <= named


def test_who_pays_what_difference_goes_by_the_class_of_the_parcel(tmp_path):
    """A class of the roll without interest: only its parcels pay less."""
    free = '{monthly_rate: "0", start: due, months: begun, base: unpaid_tax, rounding: half_up}'
    group = (
        f'[{{code: land, property_classes: ["299"], rules: [{{code: none, interest: {free}}}]}}]'
    )
    law = shutil.copytree(REPOSITORY / "jurisdictions/us-il-cook", tmp_path / "us-il-cook")
    file = law / "receivables.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count("groups: []") == 1
    file.write_text(text.replace("groups: []", f"groups: {group}"), encoding="utf-8")
    roll = [REPOSITORY / "examples/roll" / name for name in ("rates.csv", "parcels.csv")]
    rows = tmp_path / "all.csv"

    code, told = pack(
        REPOSITORY / "jurisdictions", "simulate", "us-il-cook", law, *roll,
        "--as-of", "2024-01-02", "--csv", rows,
    )  # fmt: skip

    with rows.open(encoding="utf-8") as lines:
        different = {row["property_class"] for row in csv.DictReader(lines)
                     if row["difference_cents"] != "0"}  # fmt: skip
    assert (code, different) == (0, {"299"})
    assert (told["all"]["more"], told["all"]["less"] > 0) == (0, True)
