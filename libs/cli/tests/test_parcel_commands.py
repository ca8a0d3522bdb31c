"""LEVY-001 at the terminal: a parcel's parties are recorded, shown by date, and found."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from levy_service.bootstrap import SPEC
from taxkit import testing
from taxkit.testing import Keys

ROOT = Path(__file__).parents[3]
NUMBER = "13264290020000"
RATES = """tax_year,tax_code,agency_code,agency_name,rate_percent
2021,71163,010010000,County,1.000
"""
PARCELS = """tax_year,parcel_number,tax_code,property_class,township,value_dollars,\
net_value_dollars,owner_name,owner_email,prior_year_total_cents,ain,deeded_owner,lender_code
2021,13264290020000,71163,211,Lake,5000,5000,Imogen Vale,,0,4081-017,Ada Vale; Ben Vale,
"""


@pytest.fixture
def levy(run, postgres_admin_url: str, keys: Keys, tmp_path) -> Iterator:
    """Run a command on a levy with a roll of one parcel."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    for name, text in (("rates.csv", RATES), ("parcels.csv", PARCELS)):
        (tmp_path / name).write_text(text, "utf-8")
    with (
        testing.fresh_database(postgres_admin_url, "levy") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        token = keys.token("levy.*", user="sam")
        address = channel._channel.target().decode().removeprefix("dns:///")

        def ran(*words):
            return run(*words, "--addr", f"levy={address}", "--token", token, "--json")

        assert ran("roll", "load", tmp_path / "rates.csv", tmp_path / "parcels.csv").exit_code == 0
        yield ran


def names(answer: dict, role: str) -> list[str]:
    return [one["party"]["name"] for one in answer["parties"] if one["role"] == role]


def test_levy_001_a_roll_file_brings_parties(levy) -> None:
    """LEVY-001: owners of a deed are parted by a semicolon."""
    shown = levy("parcel", "show", NUMBER).answer
    assert (shown["ain"], shown["primary_owner"]) == ("4081-017", "Ada Vale")
    assert names(shown, "deeded_owner") == ["Ada Vale", "Ben Vale"]
    assert names(shown, "taxpayer") == ["Imogen Vale"]


def test_levy_001_parties_change_from_a_day_on(levy) -> None:
    """LEVY-001: as of the day before they are who they were; the history says why."""
    levy("parcel", "lender", "PHL", "--name", "Prairie Home Lending", "--reason", "new")
    changed = levy(
        "parcel", "parties", NUMBER, "--party", "taxpayer=Dolores Park;d@example.org;PO Box 9",
        "--party", "lender=PHL", "--party", "deeded-owner=", "--on", "2022-05-01",
        "--reason", "sold",
    ).answer  # fmt: skip
    assert names(changed, "lender") == ["Prairie Home Lending"]
    before = levy("parcel", "show", NUMBER, "--as-of", "2022-04-30").answer
    assert names(before, "taxpayer") == ["Imogen Vale"]
    (last, *_) = levy("parcel", "history", NUMBER).answer["changes"]
    assert (last["reason"], last["effective_on"]) == ("sold", "2022-05-01")
    assert [one["lender_code"] for one in levy("parcel", "lenders").answer["lenders"]] == ["PHL"]


def test_levy_001_what_a_parcel_is_is_recorded_and_found(levy) -> None:
    """LEVY-001: by its address; a slip is told before anything is asked of levy."""
    levy("parcel", "record", NUMBER, "--set", "situs_address=1 Main St", "--reason", "survey")
    (found,) = levy("parcel", "search", "--address", "1 main").answer["parcels"]
    assert found["parcel_number"] == NUMBER
    for wrong in ("colour=red", "ain"):
        refused = levy("parcel", "record", NUMBER, "--set", wrong, "--reason", "x")
        assert refused.problem["reason"] == "FACT_UNKNOWN"
    refused = levy("parcel", "parties", NUMBER, "--party", "owner=A", "--reason", "x")
    assert refused.problem["reason"] == "ROLE_UNKNOWN"
