"""Payment files from the terminal, on cashiering's real API and a real database."""

from pathlib import Path

import pytest

REMITTANCES = Path(__file__).parents[3] / "examples" / "remittances"
LENDER = REMITTANCES / "lender-2022-12-28.csv"
DAY = ("--business-date", "2022-12-30")


@pytest.fixture
def other(tmp_path):
    """The example file with checks of this test's own."""

    def make(number: int) -> Path:
        path = tmp_path / f"lender-{number}.csv"
        text = LENDER.read_text("utf-8")
        for check in ("1044", "2290", "331", "12", "6008"):
            text = text.replace(f",{check},", f",{number}{check},")
        path.write_text(text, encoding="utf-8")
        return path

    return make


def test_cash_064_a_dry_run_says_what_an_import_then_does(counter, other):
    """The outcomes are the same; only the import has receipts."""
    command = ("import", other(1), "--layout", "csv", "--till", "CLI-1", *DAY, "--json")
    dry = counter(*command, "--policy", "dry-run")
    real = counter(*command)

    assert (dry.exit_code, real.exit_code) == (0, 0), dry.err + real.err
    assert (dry.answer["state"], real.answer["state"]) == ("checked", "committed")
    told = [[(one["outcome"], one["reason"]) for one in ran.answer["lines"]] for ran in (dry, real)]
    assert told[0] == told[1]
    assert all(not one["receipt_id"] for one in dry.answer["lines"])


def test_cash_064_all_or_nothing_that_takes_nothing_ends_in_one(counter, other):
    """A script sees it by the exit code, a person by the reason."""
    command = ("import", other(2), "--layout", "csv", "--till", "CLI-2", *DAY)
    ran = counter(*command, "--policy", "all-or-nothing")

    assert ran.exit_code == 1
    assert "EXCEPTIONS_FOUND" in ran.out


def test_cash_064_a_policy_there_is_not_is_refused_here(counter, other):
    ran = counter(
        "import", other(3), "--layout", "csv", "--till", "T", *DAY, "--policy", "hope", "--json"
    )

    assert (ran.exit_code, ran.problem["reason"]) == (2, "POLICY_UNKNOWN")


def test_cash_064_runs_and_their_lines_are_listed(counter, other):
    """And what is committed already stays as it is, committed again or abandoned."""
    command = ("import", other(4), "--layout", "csv", "--till", "CLI-4", *DAY, "--json")
    run = counter(*command).answer
    listed = counter("imports", "list", *DAY, "--json").answer
    rejected = counter("imports", "lines", run["run_id"], "--outcome", "rejected", "--json").answer

    assert run["run_id"] in [one["run_id"] for one in listed]
    assert [one["reason"] for one in rejected] == ["BAD_CHECK_DIGIT"]
    assert counter("imports", "commit", run["run_id"], "--json").answer == run
    gone = counter("imports", "abandon", run["run_id"], "--reason", "late", "--json")
    assert (gone.exit_code, gone.problem["reason"]) == (3, "IMPORT_RUN_STATE")
    again = counter("imports", "validate", run["run_id"], "--json")
    assert again.problem["reason"] == "IMPORT_RUN_STATE"


def test_cash_068_a_layout_is_added_and_listed(counter):
    """Then a file of it is taken, its control totals given by hand where they are compared."""
    added = counter(
        "layout", "add", REMITTANCES / "layouts" / "dmv.yaml", "--effective-on", "2022-01-01",
        "--json",
    )  # fmt: skip
    assert added.exit_code == 0, added.err
    names = [one["name"] for one in counter("layout", "list", "--json").answer]
    assert {"dmv", "csv", "bai2", "bai-lockbox"} <= set(names)
    file = REMITTANCES / "dmv-2022-12-28.txt"
    command = ("import", file, "--layout", "dmv", "--till", "DMV", *DAY, "--json")
    wrong = counter(*command, "--total", "150.01")
    taken = counter(*command, "--total", "150.00", "--count", "2")

    assert wrong.problem["reason"] == "CONTROL_TOTAL_MISMATCH"
    assert taken.answer["control_total_cents"] == 15_000
    assert taken.answer["posted_count"] == 1


def test_cash_068_a_wrong_layout_is_refused_with_its_line(counter, tmp_path):
    path = tmp_path / "layout.yaml"
    path.write_text("name: x\nform: woven\n", encoding="utf-8")
    ran = counter("layout", "add", path, "--effective-on", "2022-01-01", "--json")

    assert (ran.exit_code, ran.problem["reason"]) == (3, "LAYOUT_INVALID")
    missing = counter("layout", "add", tmp_path / "none", "--effective-on", "2022-01-01", "--json")
    assert missing.problem["reason"] == "FILE_UNREADABLE"


def test_cash_064_returned_payments_are_taken_in(counter, tmp_path):
    """What matches no receipt is shown with the bank's reason."""
    ran = counter("imports", "returns", REMITTANCES / "returns-2022-12-30.ach")

    assert ran.exit_code == 0, ran.err
    assert "TRACE_UNKNOWN" in ran.out
    assert "R03" in ran.out
    missing = counter("imports", "returns", tmp_path / "none", "--json")
    assert (missing.exit_code, missing.problem["reason"]) == (2, "FILE_UNREADABLE")
