"""`millage derive`: an auditor's check of a bill, from its facts alone."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from millage_cli.main import app

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "facts" / "corrected_after_default.json"
PACKS = ["--packs", str(ROOT / "jurisdictions")]
ISSUED = {
    "fact": "issued",
    "on": "2019-07-01",
    "tax_year": 2019,
    "installments": [{"installment": 1, "due_on": "2019-12-10", "amount_cents": 50_000}],
}
DRAW = {
    "fact": "draw",
    "on": "2020-01-01",
    "receipt": "A",
    "payment": 1,
    "amount_cents": 1,
    "for": "paid_out",
}


def derive(file, *words):
    return CliRunner().invoke(app, ["derive", str(file), *words, *PACKS, "--json"])


def written(tmp_path, *facts):
    file = tmp_path / "facts.json"
    file.write_text(json.dumps({"facts": facts}), encoding="utf-8")
    return file


def test_recv_007_the_example_is_what_the_law_says_on_day_30_and_day_31():
    """RECV-007, RECV-008: 80 and its interest in the grace, eight more after it."""
    found = {}
    for day in ("2020-07-30", "2020-07-31"):
        done = derive(EXAMPLE, "--pack", "us-ca", "--as-of", day)
        assert done.exit_code == 0, done.output
        answer = json.loads(done.stdout)
        second = answer["installments"][1]
        found[day] = (second["tax_open_cents"], second["penalty_open_cents"])
        assert answer["received_cents"] == answer["applied_cents"] + answer["surplus_cents"]
    assert found == {"2020-07-30": (8_000, 0), "2020-07-31": (8_000, 800)}


def test_every_row_names_its_rule_and_the_fact_of_the_file_it_comes_from():
    """An auditor follows each cent to a line of the file and a term of the law."""
    answer = json.loads(derive(EXAMPLE, "--pack", "us-ca").stdout)
    assert {row["fact"] for row in answer["charges"]} == {1, 2, 3, 4}
    assert {row["receipt"] for row in answer["payments"]} == {"A-17"}
    assert sum(row["amount_cents"] for row in answer["payments"]) == 57_000
    used = {row["rule_id"] for row in (*answer["charges"], *answer["payments"])}
    assert used == set(answer["rules"])
    cited = answer["rules"]["us-ca/receivables/correction_grace/1982-07-01"]
    assert cited["citation"].startswith("RTC 2610.5")
    assert cited["certainty"] == "statute"
    assert answer["rules"]["bill-corrected"]["certainty"] == "fact"


def test_every_kind_of_fact_is_read(tmp_path):
    """The page's table and the reader know the same kinds."""
    from receivables_service.fact_files import KINDS

    page = (ROOT / "docs" / "facts.md").read_text("utf-8")
    assert all(f"| `{kind}` |" in page for kind in KINDS)
    file = written(
        tmp_path,
        ISSUED,
        {"fact": "fee", "on": "2020-01-02", "charge_code": "lien", "amount_cents": 1_000},
        {"fact": "transfer", "on": "2020-01-03", "to": "U"},
        {"fact": "payment", "on": "2020-01-04", "receipt": "A", "amount_cents": 99},
        {"fact": "reversal", "on": "2020-01-05", "receipt": "A"},
        {
            "fact": "waiver",
            "on": "2020-01-06",
            "waived": [{"installment": 0, "charge_type": "penalty", "amount_cents": 5_000}],
        },
        {"fact": "unlocked", "on": "2020-01-07"},
        {"fact": "reallocation", "on": "2020-01-08"},
        {"fact": "grace_ended", "on": "2020-01-09"},
    )
    answer = json.loads(derive(file, "--pack", "us-ca", "--as-of", "2020-01-09").stdout)
    assert (answer["open_cents"], answer["installments"][0]["collection_type"]) == (56_000, "U")


def test_money_that_left_the_bill_pays_nothing_of_it_any_more(tmp_path):
    """RECV-043: 100 too much, 60 of it refunded; an increase of 80 meets the 40 that are held."""
    paid = {"fact": "payment", "on": "2019-11-01", "receipt": "A", "amount_cents": 60_000}
    drawn = {"fact": "draw", "on": "2019-11-20", "receipt": "A", "payment": 2, "for": "paid_out"}
    raised = {"installment": 1, "amount_cents": 58_000}
    story = [
        ISSUED,
        paid,
        drawn | {"amount_cents": 6_000},
        {"fact": "correction", "on": "2019-11-25", "installments": [raised]},
        {"fact": "reallocation", "on": "2019-11-26"},
    ]
    answer = json.loads(derive(written(tmp_path, *story), "--pack", "us-ca").stdout)
    assert (answer["received_cents"], answer["open_cents"]) == (54_000, 4_000)
    back = drawn | {"on": "2019-11-25", "amount_cents": 6_000, "comes_back": True}
    answer = json.loads(derive(written(tmp_path, *story, back), "--pack", "us-ca").stdout)
    assert (answer["open_cents"], answer["surplus_cents"]) == (0, 2_000)


def test_recv_012_a_payment_goes_by_the_rule_asked_for_or_by_hand(tmp_path):
    """RECV-010, RECV-012: the penalty comes first by law, last by choice, or where hands say."""
    story = [ISSUED, {"fact": "payment", "on": "2020-01-04", "receipt": "A", "amount_cents": 5_000}]
    by_hand = [{"installment": 1, "charge_type": "penalty", "amount_cents": 1_000}]
    for asked, penalty_open in (({}, 0), ({"rule": "tax-first"}, 5_000)):
        file = written(tmp_path, story[0], story[1] | asked)
        (half,) = json.loads(derive(file, "--pack", "us-ca").stdout)["installments"]
        assert half["penalty_open_cents"] == penalty_open
    file = written(tmp_path, story[0], story[1] | {"rule": "tax-first", "rows": by_hand})
    answer = json.loads(derive(file, "--pack", "us-ca").stdout)
    assert answer["installments"][0]["penalty_open_cents"] == 4_000
    assert {row["rule_id"] for row in answer["payments"]} >= {"by-hand"}


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ([], "a list of facts is needed"),
        ([{"fact": "default", "on": "2020-06-30"}], 'exactly one fact is "issued"'),
        ([ISSUED, ISSUED], 'exactly one fact is "issued"'),
        ([ISSUED, "payment"], "fact 2 is no object"),
        ([ISSUED, {"fact": "gift", "on": "2020-06-30"}], "fact 2 is 'gift'"),
        ([ISSUED, {"fact": ["x"], "on": "2020-06-30"}], "fact 2 is ['x']"),
        ([ISSUED, {"fact": "default"}], "fact 2, default: no on"),
        ([ISSUED, {"fact": "default", "on": "soon"}], "DATE_INVALID"),
        ([ISSUED, {"fact": "default", "on": "0001-01-01"}], "DATE_OUT_OF_RANGE"),
        ([ISSUED, {"fact": "payment", "on": "2020-01-01", "receipt": "A"}], "no amount_cents"),
        (
            [ISSUED, {"fact": "payment", "on": "2020-01-01", "receipt": "A", "amount_cents": 1.5}],
            "no whole number",
        ),
        (
            [ISSUED, {"fact": "payment", "on": "2020-01-01", "receipt": 7, "amount_cents": 1}],
            "receipt is 7",
        ),
        ([ISSUED, {"fact": "transfer", "on": "2020-01-01", "to": "DS"}], "only a default"),
        ([ISSUED, DRAW], "fact 1 is no payment of that receipt"),
        ([ISSUED, DRAW | {"for": "fun"}], "'fun': there are applied"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(tmp_path, facts, says):
    """Which fact, and what of it."""
    done = derive(written(tmp_path, *facts), "--pack", "us-ca")
    assert done.exit_code == 2
    assert "FACTS_INVALID" in done.output + done.stderr
    assert says in json.loads(done.stderr)["message"]


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (["--pack", "us-zz"], 2, "PACK_INVALID"),
        (["--pack", "us-ca", "--as-of", "tomorrow"], 2, "DATE_INVALID"),
    ],
)
def test_an_unknown_pack_or_date_is_refused(words, code, reason):
    """Before anything is derived."""
    done = derive(EXAMPLE, *words)
    assert (code, reason) == (done.exit_code, json.loads(done.stderr)["reason"])


def test_a_year_the_law_on_file_does_not_know_is_refused(tmp_path):
    """Never a neighbour's term."""
    done = derive(written(tmp_path, {**ISSUED, "tax_year": 1970}), "--pack", "us-ca")
    assert (done.exit_code, json.loads(done.stderr)["reason"]) == (3, "NO_LAW_IN_FORCE")
