"""LEVY-005: a correction says until when what it asks for bears no penalty."""

import shutil
from pathlib import Path

import pytest
import yaml

from levy_service import rulebook
from levy_service.events import BillCorrectedV1
from taxkit import testing
from taxkit.packvalues import PackError

PACKS = Path(__file__).parents[4] / "jurisdictions"


@pytest.fixture
def issued(levy, roll):
    levy.load(roll.whole(2021))
    return next(one for one in levy.bills(tax_year=2021).bills if one.total_cents > 100_000)


def _told(app):
    name = "org.millage.levy.BillCorrected.v1"
    return [one["data"] for one in testing.emitted(app) if one["type"] == name]


def test_levy_005_a_correction_carries_its_day_and_the_end_of_its_grace(app, corrections, issued):
    """LEVY-005: thirty days from its date, in the event and in the bill's history."""
    app.law = rulebook.load(PACKS / "us-ca")
    corrections.send(bill_id=issued.bill_id, total_cents=issued.total_cents - 100)
    (told,) = _told(app)
    assert BillCorrectedV1().validate(told) == {}
    assert (told["corrected_on"], told["grace_ends_on"]) == ("2023-03-31", "2023-04-30")
    (kept,) = corrections.of(issued.bill_id)
    assert (kept.corrected_on, kept.grace_ends_on) == ("2023-03-31", "2023-04-30")


def test_levy_005_where_the_law_grants_none_none_is_said(app, corrections, issued):
    corrections.send(bill_id=issued.bill_id, total_cents=issued.total_cents - 100)
    (told,) = _told(app)
    assert "grace_ends_on" not in told
    assert corrections.of(issued.bill_id)[0].grace_ends_on == ""


@pytest.mark.parametrize("pack", sorted(each.parent.name for each in PACKS.glob("*/levy.yaml")))
def test_levy_005_the_days_are_those_the_ledger_penalises_by(pack):
    """RECV-008: two files of one pack say the same number of days."""
    said = yaml.safe_load((PACKS / pack / "levy.yaml").read_text("utf-8"))
    kept = yaml.safe_load((PACKS / pack / "receivables.yaml").read_text("utf-8"))
    ours = {each.get("grace_days") for each in said["corrections"]["terms"]}
    theirs = {each.get("days") for each in kept["correction_grace"]["terms"]}
    assert ours == theirs


@pytest.mark.parametrize("days", ["0", "-1", "3661"])
def test_levy_005_a_pack_with_impossible_days_is_refused(tmp_path, days):
    """With file and field, before anything is corrected by it."""
    for pack in ("us-ca", "us-office"):
        shutil.copytree(PACKS / pack, tmp_path / pack)
    law = tmp_path / "us-ca" / "levy.yaml"
    text = law.read_text("utf-8").replace("grace_days: 30", f"grace_days: {days}")
    law.write_text(text, "utf-8")
    with pytest.raises(PackError, match="grace_days"):
        rulebook.load(law.parent)
