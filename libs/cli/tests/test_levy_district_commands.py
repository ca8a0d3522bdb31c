"""LEVY-023 and levy limits at the terminal, on levy's real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from levy_service.bootstrap import SPEC
from taxkit import testing
from taxkit.testing import Keys

ROOT = Path(__file__).parents[3]
FILES = [str(ROOT / "examples" / "roll" / name) for name in ("rates.csv", "parcels.csv")]
LEVIES = """\
agency_code,kind,asked,taxable_dollars,highest_lawful,has_ordinance,tax_codes
C,county,"1,900,000.00",1000000000,"1,890,000.00",yes,1 2
F,fire,"500,000.00",1000000000,"400,000.00",yes,1
"""


@pytest.fixture
def levy(request, run, postgres_admin_url: str, keys: Keys) -> Iterator:
    """Runs a command against levy alone, under the law of Cook unless another is named."""
    law = getattr(request, "param", "us-il-cook")
    given = {
        "MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions"), "MILLAGE_JURISDICTION": law
    }  # fmt: skip
    with (
        testing.fresh_database(postgres_admin_url, "levy") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        address = channel._channel.target().decode().removeprefix("dns:///")
        where = ("--addr", f"levy={address}", "--token", keys.token("levy.*", user="ada"))
        yield lambda *words: run(*words, *where)


def test_levy_023_totals_are_shown_by_agency_and_by_district(levy) -> None:
    """The sum of what was loaded, either way."""
    (loaded,) = levy("roll", "load", *FILES, "--year", "2021", "--json").answer
    for by in ("agency", "district"):
        answer = levy("levy", "totals", "2021", "--by", by, "--json").answer
        assert answer["total"]["corrected"]["tax_cents"] == loaded["total_cents"]
    assert "County of Cook" in levy("levy", "totals", "2021").out
    wrong = levy("levy", "totals", "2021", "--by", "street", "--json")
    assert wrong.problem["reason"] == "DIMENSION_UNKNOWN"


@pytest.mark.parametrize("levy", ["us-wa"], indirect=True)
def test_rates_follow_from_a_file_of_levies(levy, tmp_path: Path) -> None:
    """The county is cut to 1.80, the fire district to its growth; a wrong file is told by line."""
    file = tmp_path / "levies.csv"
    file.write_text(LEVIES, encoding="utf-8")
    shown = levy("levy", "limits", "2024", str(file)).out
    assert "rate of its kind" in shown
    assert "growth" in shown
    assert "limits not checked" in shown
    answer = levy("levy", "limits", "2024", str(file), "--json").answer
    assert [one["rate"] for one in answer["rates"]] == ["1.80000", "0.40400"]
    assert [one["rate"] for one in answer["areas"]] == ["2.20400", "1.80000"]

    file.write_text(LEVIES.replace("1000000000", "much"), encoding="utf-8")
    assert levy("levy", "limits", "2024", str(file), "--json").problem["reason"] == "ROW_INVALID"


@pytest.mark.parametrize("levy", ["us-wa"], indirect=True)
def test_levy_023_a_years_levies_are_certified_and_billed_by_command(
    levy, tmp_path: Path, monkeypatch
) -> None:
    """From the clerk's file to a kept version, to rates of a roll that sends none."""
    file = tmp_path / "levies.csv"
    head, *rows = LEVIES.splitlines()
    named = "\n".join([f"{head},agency_name", *(f"{row},The {row[0]} district" for row in rows)])
    file.write_text(named, encoding="utf-8")
    certify = ("levy", "certify-levies", "2024", str(file), "--statement", "as they asked")
    kept = levy(*certify, "--json").answer
    assert [one["rate"]["rate"] for one in kept["levies"]] == ["1.80000", "0.40400"]
    said = levy("levy", "certified", "2024").out
    assert "version 1 of 1" in said
    assert "limits not checked" in said
    assert levy(*certify, "--json").problem["reason"] == "LEVIES_CERTIFIED_ANEW"

    parcels = tmp_path / "parcels.csv"
    parcels.write_text(
        "tax_year,parcel_number,tax_code,property_class,township,value_dollars,net_value_dollars,"
        "owner_name,owner_email,prior_year_total_cents\n"
        "2024,12-345-678,1,,,100000,100000,Ada,,0\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("MILLAGE_JURISDICTION", "us-wa")
    (loaded,) = levy("roll", "load", str(parcels), "--certified-levies", "--json").answer
    assert (loaded["levy_version"], loaded["total_cents"]) == (1, 22_040)
