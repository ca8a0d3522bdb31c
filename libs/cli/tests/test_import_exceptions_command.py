"""RECV-039 at the terminal: the worklist of payment files' lines, on the ledger's real server."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from receivables_service.bootstrap import SPEC
from taxkit import testing
from taxkit.testing import Keys

ROOT = Path(__file__).parents[3]


@pytest.fixture
def imports(run, postgres_admin_url: str, keys: Keys) -> Iterator[Callable]:
    """Run a command where one line of a file waits."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "receivables") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        example = ROOT / "events" / "cashiering" / "ImportLineException.v1.example.json"
        built.consumer.absorb("on_import_line_exception", [example.read_text("utf-8")])
        address = channel._channel.target().decode().removeprefix("dns:///")
        token = keys.token("receivables.read", "receivables.surplus", user="bo")
        where = ("--addr", f"receivables={address}", "--token", token)
        yield lambda *words: run("imports", *words, *where)


def test_recv_039_what_waits_is_listed_and_settled(imports) -> None:
    """RECV-039: once; then it is listed with how it was seen to."""
    (waiting,) = imports("waiting", "--json").answer
    assert (waiting["reason"], waiting["state"]) == ("PARCEL_UNKNOWN", "open")
    assert "PARCEL_UNKNOWN" in imports("waiting").out
    done = imports("settle", waiting["exception_id"], "--note", "sent back", "--json")
    assert done.exit_code == 0, done.err
    assert done.answer["state"] == "settled"
    again = imports("settle", waiting["exception_id"], "--note", "twice", "--json")
    assert again.problem["reason"] == "IMPORT_EXCEPTION_SETTLED"
    assert imports("waiting", "--json").answer == []
    assert imports("waiting", "--state", "settled", "--json").answer[0]["note"] == "sent back"
