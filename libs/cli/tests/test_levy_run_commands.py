"""LEVY-002 at the terminal: a roll is staged, previewed, certified and issued, on a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from levy_service.bootstrap import SPEC
from taxkit import testing
from taxkit.testing import Keys

ROOT = Path(__file__).parents[3]
FILES = [str(ROOT / "examples" / "roll" / name) for name in ("rates.csv", "parcels.csv")]


@pytest.fixture
def levy(run, postgres_admin_url: str, keys: Keys) -> Iterator:
    """Runs a command against levy alone."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions"), "MILLAGE_ROLL_BATCH": "3"}
    with (
        testing.fresh_database(postgres_admin_url, "levy") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        address = channel._channel.target().decode().removeprefix("dns:///")
        token = keys.token("levy.*", user="ada")
        where = ("--addr", f"levy={address}", "--token", token)
        # Who certifies a roll does not run it.
        clerk = (*where[:-1], keys.token("levy.*", user="bea"))
        yield lambda *words: run(*words, *(clerk if words[:2] == ("levy", "run") else where))


def test_levy_002_a_roll_goes_from_file_to_bills_by_command(levy) -> None:
    """Stage, preview, certify with the figures read out, run; and the same again is one run."""
    (loaded,) = levy("roll", "load", *FILES, "--year", "2021", "--stage", "--json").answer
    preview = levy("levy", "preview", "2021", "--json").answer
    assert loaded["staged_parcels"] == preview["parcel_count"]
    shown = levy("levy", "show-preview", preview["preview_id"], "--by", "agency").out
    assert "County of Cook" in shown

    total = f"{preview['total_cents'] / 100:.2f}"
    certified = levy(
        "levy", "certify", preview["preview_id"], "--bills", str(preview["bill_count"]),
        "--total", total, "--statement", "as extended", "--json",
    ).answer  # fmt: skip
    assert certified["certified_by"] == "ada"
    first = levy("levy", "run", "2021", "--key", "one", "--json").answer
    again = levy("levy", "run", "2021", "--key", "one", "--json").answer
    assert first == again
    assert (first["bill_count"], first["total_cents"]) == (
        preview["bill_count"],
        preview["total_cents"],
    )
    assert "finished" in levy("levy", "runs").out
    assert "certified" in levy("levy", "previews", "--year", "2021").out


def test_levy_002_what_stands_in_the_way_is_told_in_words(levy) -> None:
    """No certificate, an unknown dimension, other figures."""
    levy("roll", "load", *FILES, "--year", "2021", "--stage")
    refused = levy("levy", "run", "2021", "--json")
    assert refused.problem["reason"] == "ROLL_NOT_CERTIFIED"
    wrong = levy("levy", "preview", "2021", "--by", "street", "--json")
    assert wrong.problem["reason"] == "DIMENSION_UNKNOWN"
    preview = levy("levy", "preview", "2021", "--json").answer
    differ = levy(
        "levy", "certify", preview["preview_id"], "--bills", "1", "--total", "1.00",
        "--statement", "as extended", "--json",
    )  # fmt: skip
    assert differ.problem["reason"] == "FIGURES_DIFFER"
    gone = levy(
        "levy", "discard", preview["preview_id"], "--reason", "wrong rates", "--json"
    ).answer
    assert gone["discard_reason"] == "wrong rates"
