"""COLL-010 at the terminal, on collections' real server."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collections_service.bootstrap import SPEC
from taxkit import testing
from taxkit.testing import Keys

ROOT = Path(__file__).parents[3]


@pytest.fixture
def holds(run, postgres_admin_url: str, keys: Keys) -> Iterator[Callable]:
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "collections") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        address = channel._channel.target().decode().removeprefix("dns:///")
        token = keys.token("collections.read", "collections.hold", user="ana")
        where = ("--addr", f"collections={address}", "--token", token)
        yield lambda *words: run("holds", *words, *where)


def test_coll_010_a_hold_is_placed_listed_and_released(holds) -> None:
    why = ("--reason", "chapter 13", "--authority", "Bankr. 22-1")
    placed = holds("place", "77", "bankruptcy", *why, "--json")
    assert placed.exit_code == 0, placed.err
    (hold,) = placed.answer["holds"]
    assert holds("place", "77", "bankruptcy", *why, "--json").problem["reason"] == "HOLD_EXISTS"
    released = holds("release", hold["hold_id"], "--reason", "dismissed", "--json")
    assert released.answer["holds"][0]["released_by"] == "ana"
    assert "chapter 13" in holds("list", "77").out
