"""LEVY-003 at the terminal, on levy's real server."""

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
    """Runs a command as somebody against levy, with the roll of 2021 loaded."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "levy") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        address = channel._channel.target().decode().removeprefix("dns:///")

        def ask(user: str, *words: str):
            token = keys.token("levy.*", user=user)
            return run(*words, "--addr", f"levy={address}", "--token", token)

        ask("ada", "roll", "load", *FILES, "--year", "2021")
        yield ask


@pytest.fixture
def bills(levy) -> list[dict]:
    found = levy("ada", "roll", "show", "--year", "2021", "--json").answer
    return [one for one in found if one["total_cents"] > 100_000][:2]


def _file(tmp_path: Path, bills: list[dict], **more: str) -> str:
    file = tmp_path / "changes.csv"
    rows = [
        f"{one['parcel_number']},{one['net_value_dollars'] - 500},{more.get('reason', '')}"
        for one in bills
    ]
    head = "parcel_number,net_value_dollars,reason_code"
    file.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return str(file)


def test_levy_003_a_file_is_posted_and_a_second_person_accepts(levy, bills, tmp_path) -> None:
    """Posted twice it is done once; the clerk who posted does not decide."""
    file = _file(tmp_path, bills, reason="board_of_review")
    words = ("values", "post", file, "--year", "2021", "--json")
    posted = levy("ada", *words).answer
    assert levy("ada", *words).answer == posted
    queue = levy("sam", "values", "list", "--state", "waiting", "--json").answer
    assert [one["parcel_number"] for one in queue] == [one["parcel_number"] for one in bills]
    first = queue[0]["change_id"]

    own = levy("ada", "values", "accept", first, "--json")
    assert own.problem["reason"] == "SECOND_PERSON_NEEDED"
    assert "all" in levy("sam", "values", "show", first).out
    assert levy("sam", "values", "accept", first, "--json").answer["corrected"] == 1
    rest = levy(
        "sam", "values", "reject", "--batch", posted["batch_id"], "--comment", "late", "--json"
    )
    assert rest.answer["change_count"] == 1
    assert "rejected" in levy("sam", "values", "list").out


def test_levy_003_a_wrong_file_is_told_by_line_and_column(levy, bills, tmp_path) -> None:
    file = tmp_path / "wrong.csv"
    file.write_text("parcel_number,net_value_dollars\n1,many\n", encoding="utf-8")
    asked = ("values", "post", str(file), "--year", "2021", "--json")
    assert "line 2" in levy("ada", *asked).problem["message"]
    file.write_text("parcel_number,colour\n1,red\n", encoding="utf-8")
    assert levy("ada", *asked).problem["reason"] == "COLUMNS_UNKNOWN"
    file.write_text("parcel_number,exemptions\n1,senior=much\n", encoding="utf-8")
    assert levy("ada", *asked).problem["reason"] == "ROW_INVALID"
    file.write_text("parcel_number,value_caps\n1,base_year=much\n", encoding="utf-8")
    assert levy("ada", *asked).problem["reason"] == "ROW_INVALID"
    file.write_text("parcel_number,value_caps\n1,base_year=5+1\n", encoding="utf-8")
    assert levy("ada", *asked).problem["reason"] in {"PARCEL_UNKNOWN", "BATCH_INVALID"}
    for figure in ("²", "1_000", "--1", "9" * 40):
        file.write_text(f"parcel_number,net_value_dollars\n1,{figure}\n", encoding="utf-8")
        assert levy("ada", *asked).problem["reason"] == "ROW_INVALID"
    file.write_text(f"parcel_number,note\n1,{'x' * 200_000}\n", encoding="utf-8")
    assert levy("ada", *asked).problem["reason"] == "FILE_UNREADABLE"


def test_levy_003_reasons_are_shown_with_what_follows(levy) -> None:
    found = levy("ada", "values", "reasons", "--json").answer
    assert {one["code"] for one in found if one.get("is_default")} == {"data_correction"}
    assert "register" in levy("ada", "values", "reasons").out
