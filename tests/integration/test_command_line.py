"""`millage` as a person runs it: a day at a window, from the roll to the tie-out, in JSON."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from county import County

from devkit import demo_bills

MILLAGE = Path(sys.executable).with_name("millage")
# A day and a bill of this file's own, so that its totals are its own, too.
DAY = "2022-06-15"
BILL = "2018-07101010391078"
PARCEL = "07101010391078"
# A worker seals once a minute.
_SEALED_SECONDS = 180
HEADER = "bill_reference,amount,paid_on,received_on,check_number,payer_name"

Millage = Callable[..., Any]


@pytest.fixture
def millage(county: County) -> Millage:
    """Run the command against the county; gives its JSON, or its problem when that is expected."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("MILLAGE_")
    }
    environment["MILLAGE_STATE_DIR"] = str(county.stack.paths.root.parent)

    def run(*arguments: object, exits: int = 0) -> Any:
        ran = subprocess.run(
            [MILLAGE, *map(str, arguments), "--stack", county.stack.paths.name, "--json"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert ran.returncode == exits, f"{ran.returncode}: {ran.stdout}{ran.stderr}"
        return json.loads(ran.stderr if exits else ran.stdout)

    return run


def test_a_day_at_a_window_in_one_terminal(millage: Millage):
    """Quote, pay, follow, reverse, count and tie out: each command's answer feeds the next."""
    session = millage("session", "open", "--till", "TERM-1", "--business-date", DAY)
    due = millage("quote", PARCEL, "--as-of", DAY)["open_cents"]
    receipt = millage(
        "pay", "--bill", f"{BILL}=full", "--check", f"{due // 100}.{due % 100:02d}:4711",
        "--till", "TERM-1", "--payer", "Adaeze Lindqvist", "--email", "a.lindqvist@example.org",
    )  # fmt: skip
    trail = millage("trace", receipt["receipt_number"], "--wait", 150)
    settled = millage("quote", PARCEL, "--as-of", DAY)["open_cents"]
    millage("reverse", receipt["receipt_id"], "--reason", "check returned", "--as", "cashier")
    undone = millage("trace", receipt["receipt_number"], "--wait", 150)
    closed = millage("session", "close", session["session_id"], "--as-expected")
    result = millage("tieout", DAY, "--wait", 150)

    assert receipt["total_cents"] == due > 0 == settled
    assert trail["outstanding"] == []
    assert {step["service"] for step in trail["steps"]} >= {"cashiering", "taxsale", "distribution"}
    assert {share["kind"] for share in undone["shares"]} == {"payment", "reversal"}
    assert sum(share["amount_cents"] for share in undone["shares"]) == 0
    assert (closed["state"], closed["over_short_cents"]) == ("closed", 0)
    assert (result["holds"], result["reversed_cents"]) == (True, due)


def test_a_file_is_imported_and_cannot_be_imported_twice(millage: Millage, tmp_path: Path):
    """The run's lines come back; the second time the file is known."""
    path = tmp_path / "one-line.csv"
    unknown = f"9999999999999920200,7.77,{DAY},{DAY},9001,Renée Halloran"
    path.write_text(f"{HEADER}\n{unknown}\nTRAILER,1,7.77\n", encoding="utf-8")
    command = ("import", path, "--layout", "csv", "--till", "TERM-2", "--business-date", DAY)

    run = millage(*command)
    again = millage(*command, exits=3)

    (line,) = run["lines"]
    assert (run["state"], line["outcome"], line["reason"]) == (
        "committed",
        "suspense",
        "PARCEL_UNKNOWN",
    )
    assert again["reason"] == "FILE_ALREADY_IMPORTED"


def test_every_service_answers_operations(millage: Millage):
    """Seven services, each with its queue's consumers."""
    found = millage("lag", "--as", "operator")

    assert len(found) == 7
    assert all(one["queues"] for one in found)
    lost = millage("parked", "show", "01a201d1-37e9-7573-a839-ce87abffa71f", exits=4)
    assert lost["reason"] == "PARKED_NOT_FOUND"
    assert "taxsale" in lost["message"]


def test_every_service_chains_what_it_may_only_add_to(millage: Millage, tmp_path: Path):
    """The workers seal receipts and facts by themselves; the ends of chains hold a minute later."""
    deadline = time.monotonic() + _SEALED_SECONDS
    while True:
        found = millage("audit", "verify", "--as", "operator")
        rows = {(one["service"], one["head"]["table_name"]): one["head"]["number"] for one in found}
        if rows["cashiering", "receipts"] and rows["receivables", "facts"]:
            break
        assert time.monotonic() < deadline, rows
        time.sleep(2)
    kept = tmp_path / "heads.json"
    kept.write_text(json.dumps(found), "utf-8")

    assert {service for service, _ in rows} >= {"cashiering", "receivables", "levy", "distribution"}
    assert all(one["breaks"] == [] for one in found)
    assert all(one["breaks"] == [] for one in millage("audit", "verify", "--heads", kept))


def test_the_roll_that_is_loaded_is_listed_and_loading_it_again_changes_nothing(millage: Millage):
    """The same files give the answer they gave the first time."""
    roll = Path(__file__).parents[2] / "examples" / "roll"

    bills = millage("roll", "show", "--year", 2018)
    files = (roll / "rates.csv", roll / "parcels.csv")
    again = millage("roll", "load", *files, "--year", 2018, "--source", demo_bills.SOURCE)

    assert len(bills) == 4
    assert sorted(again[0]["bill_ids"]) == sorted(bill["bill_id"] for bill in bills)


def test_a_cashier_may_not_settle_parked_messages_nor_load_a_roll(millage: Millage):
    """Roles made here hold what their people need."""
    roll = Path(__file__).parents[2] / "examples" / "roll" / "rates.csv"

    assert millage("lag", "--as", "cashier", exits=5)["levy"]["reason"] == "FORBIDDEN"
    assert millage("roll", "load", roll, "--as", "cashier", exits=5)["reason"] == "FORBIDDEN"
