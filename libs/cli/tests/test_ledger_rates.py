"""RECV-013, RECV-018 at the terminal, on the ledger's real server."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from receivables_service.bootstrap import SPEC
from taxkit import testing
from taxkit.testing import Keys

ROOT = Path(__file__).parents[3]
BILL = "01937c3e-0000-7000-8000-000000000001"


@pytest.fixture
def ledger(run, postgres_admin_url: str, keys: Keys) -> Iterator[Callable]:
    """Run a command as an accountant of a county with one bill."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "receivables") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        issued = (ROOT / "events" / "levy" / "BillCreated.v1.example.json").read_text("utf-8")
        built.consumer.absorb("on_bill_created", [issued])
        rights = [f"receivables.{right}" for right in ("code", "agency", "read")]
        address = channel._channel.target().decode().removeprefix("dns:///")
        where = ("--addr", f"receivables={address}", "--token", keys.token(*rights, user="ada"))
        yield lambda *words: run(*words, *where)


def test_recv_018_a_code_is_set_and_lifted_at_the_terminal(ledger) -> None:
    """RECV-018: the answer says which codes are on and what the bill owes now."""
    words = ("ledger", "set-code", BILL, "BANK", "--monthly", "0", "--reason", "filing", "--json")
    done = ledger(*words)
    assert done.exit_code == 0, done.err
    assert done.answer["codes"] == ["BANK"]
    lifted = ledger("ledger", "lift-code", BILL, "BANK", "--reason", "over")
    assert "none" in lifted.out
    again = ledger("ledger", "lift-code", BILL, "BANK", "--reason", "over", "--json")
    assert (again.exit_code, again.problem["reason"]) == (3, "CODE_NOT_SET")


def test_recv_013_the_agency_s_holding_is_told_at_the_terminal(ledger) -> None:
    """RECV-013: held, then released."""
    held = ledger("ledger", "agency", BILL, "--reason", "offered", "--json")
    assert held.answer["held_by_agency"]
    freed = ledger("ledger", "agency", BILL, "--released", "--reason", "redeemed")
    assert "no" in freed.out


def test_recv_001_a_bill_s_facts_are_written_and_derived_without_a_server(
    ledger, run, tmp_path
) -> None:
    """RECV-001: what the ledger has of a bill is what its file derives to."""
    written = ledger("ledger", "facts", BILL)
    assert written.exit_code == 0, written.err
    file = tmp_path / "facts.json"
    file.write_text(written.out, encoding="utf-8")
    law = ("--pack", "us-il-cook", "--packs", str(ROOT / "jurisdictions"))
    found = run("derive", str(file), *law, "--json").answer
    issued = (ROOT / "events" / "levy" / "BillCreated.v1.example.json").read_text("utf-8")
    assert found["open_cents"] == json.loads(issued)["data"]["total_cents"]
