"""RECV-058 at the terminal: overdue bills for each purpose, on collections' real server."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collections_service.bootstrap import SPEC
from taxkit import testing
from taxkit.testing import Keys

ROOT = Path(__file__).parents[3]


@pytest.fixture
def overdue(run, postgres_admin_url: str, keys: Keys) -> Iterator[Callable]:
    """Run the command where one bill is late and bears a code that keeps it out of exports."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "collections") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        example = ROOT / "events" / "receivables" / "BalanceChanged.v1.example.json"
        built.consumer.absorb("on_balance_changed", [example.read_text("utf-8")])
        bill = json.loads(example.read_text("utf-8"))["data"]["bill_id"]
        with built.database.begin() as connection:
            connection.exec_driver_sql(
                "insert into code_settings (code, switches, delinquent_notices)"
                " values ('OUT', '{exclude_from_exports}', 'as_usual')"
            )
            connection.exec_driver_sql("insert into bill_codes values (%s, '{OUT}', 1)", (bill,))
        address = channel._channel.target().decode().removeprefix("dns:///")
        where = ("--addr", f"collections={address}", "--token", keys.token("collections.read"))
        yield lambda *words: run("overdue", *words, *where)


def test_recv_058_the_list_depends_on_what_it_is_for(overdue) -> None:
    """RECV-058: looked at it is there, exported it is named with the code that keeps it out."""
    seen = overdue("--on", "2030-01-01", "--json")
    assert seen.exit_code == 0, seen.err
    assert [one["codes"] for one in seen.answer["bills"]] == [["OUT"]]
    exported = overdue("--for", "export", "--on", "2030-01-01", "--json").answer
    assert (exported["bills"], exported["left_out"][0]["code"]) == ([], "OUT")
    assert "exclude_from_exports" in overdue("--for", "export", "--on", "2030-01-01").out
    assert overdue("--for", "sale", "--json").problem["reason"] == "PURPOSE_UNKNOWN"


@pytest.mark.parametrize("year", ["99999999999", "-99999999999"])
def test_a_number_no_message_can_hold_is_a_slip_of_the_caller(run, year: str) -> None:
    """Refused in a sentence before anything is asked; no traceback."""
    ran = run("overdue", "--year", year, "--json")

    assert (ran.exit_code, ran.problem["reason"]) == (2, "NUMBER_TOO_LARGE")
