"""LEVY-006 at the terminal, on levy's real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from levy_service.bootstrap import SPEC
from millage.levy.v1 import supplements_pb2 as pb
from millage.levy.v1.levy_pb2 import ValueCapClaim
from millage_cli import roll_values
from taxkit import testing
from taxkit.testing import Keys

ROOT = Path(__file__).parents[3]
FILES = [str(ROOT / "examples" / "roll" / name) for name in ("rates.csv", "parcels.csv")]


@pytest.fixture
def levy(run, postgres_admin_url: str, keys: Keys) -> Iterator:
    """Runs a command against levy, with the roll of 2021 loaded."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "levy") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        address = channel._channel.target().decode().removeprefix("dns:///")
        where = ("--addr", f"levy={address}", "--token", keys.token("levy.*", user="ada"))

        def ask(*words: str):
            return run(*words, *where)

        ask("roll", "load", *FILES, "--year", "2021")
        yield ask


@pytest.fixture
def events(levy, tmp_path: Path) -> str:
    """A file: something was built on two parcels."""
    found = levy("roll", "show", "--year", "2021", "--json").answer
    bills = [one for one in found if one["total_cents"] > 100_000][:2]
    rows = [
        f"{one['parcel_number']},new_construction,2022-11-01,99000000,"
        f"{one['net_value_dollars'] + 1_000},A room"
        for one in bills
    ]
    head = "parcel_number,kind,event_on,value_dollars,net_value_dollars,note"
    file = tmp_path / "events.csv"
    file.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return str(file)


def test_levy_006_a_file_is_loaded_previewed_and_billed_once(levy, events: str) -> None:
    """The same file is loaded once; what was foretold is what is billed."""
    words = ("supplement", "load", events, "--year", "2021", "--json")
    loaded = levy(*words).answer
    assert levy(*words).answer == loaded
    name = loaded["supplement_id"]
    foretold = levy("supplement", "preview", name, "--json").answer
    assert "new_construction" in levy("supplement", "preview", name).out
    done = levy("supplement", "bill", name, "--json").answer
    assert (done["state"], done["changed_bills"]) == ("billed", 2)
    assert done["difference_cents"] == foretold["difference_cents"]
    again = levy("supplement", "bill", name, "--json")
    assert again.problem["reason"] == "SUPPLEMENT_BILLED"
    shown = levy("supplement", "show", name, "--json").answer
    assert [one["bills"][0]["bill_version"] for one in shown["items"]] == [2, 2]
    assert "billed" in levy("supplement", "list", "--year", "2021").out
    assert levy("supplement", "refunds", "--year", "2021", "--json").answer == []


def test_levy_006_wrong_rows_are_told_by_row_and_nothing_is_kept(
    levy, events: str, tmp_path: Path
) -> None:
    text = Path(events).read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(text + "99999999999999,whim,soon,1,1,\n", encoding="utf-8")
    refused = levy("supplement", "load", str(wrong), "--year", "2021", "--json")
    assert "rows[3].event_on" in str(refused.problem)
    assert levy("supplement", "list", "--json").answer == []
    one = levy("supplement", "load", events, "--year", "2021", "--json").answer
    done = levy("supplement", "discard", one["supplement_id"], "--reason", "late", "--json")
    assert done.answer["state"] == "discarded"


def test_levy_006_a_file_tells_caps_or_that_there_are_none() -> None:
    """As a roll writes them; an empty column leaves those the parcel has."""
    rows = [pb.SupplementEvent() for _ in range(3)]
    for row, told in zip(rows, ["base_year=600000+50000", "none", ""], strict=True):
        roll_values.put_caps(told, row)
    claim = ValueCapClaim(code="base_year", base_dollars=600_000, added_dollars=50_000)
    assert list(rows[0].value_caps.value_caps) == [claim]
    assert [each.HasField("value_caps") for each in rows] == [True, True, False]
    assert not rows[1].value_caps.value_caps
