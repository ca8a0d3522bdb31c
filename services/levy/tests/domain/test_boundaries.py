"""LEVY-002: every pack's worked bills stand on both sides of every boundary of its levy law."""

import shutil
from pathlib import Path

import pytest
import yaml

from levy_service import law, worked_boundaries
from levy_service.law_rows import LAW_FILE

JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"
PACKS = sorted(file.parent for file in JURISDICTIONS.glob(f"*/{LAW_FILE}"))


def copied(tmp_path: Path, name: str) -> Path:
    """A pack to be changed, beside the office it names."""
    shutil.copytree(JURISDICTIONS / "us-office", tmp_path / "us-office")
    return Path(shutil.copytree(JURISDICTIONS / name, tmp_path / name))


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_levy_002_each_boundary_has_a_bill_on_each_side(pack: Path) -> None:
    """Whichever value is moved by its least step, a worked bill comes out otherwise."""
    assert [str(error) for error in worked_boundaries.check(pack)] == []


@pytest.mark.parametrize(
    ("name", "left_out", "field", "said"),
    [
        ("us-az", "A cent more is halved", "single_up_to_cents", "10001"),
        ("us-tx", "Mailed a day later", "mailed_by", "a day later"),
        ("us-fl", "One decimal more", "rates.terms[0].decimals", "5"),
        ("us-ia", "A year before", ".from", "a year earlier"),
        (
            "us-mn",
            "A manufactured home's half on a Saturday",
            "manufactured.due_rule.weekend",
            "none",
        ),
        ("us-il-cook", "The due dates of 2019", "due_dates.terms[1].due_on[0]", "a day later"),
    ],
    ids=["one payment", "late mailing", "decimals", "the first year", "a weekend", "a due date"],
)
def test_levy_002_a_boundary_without_a_bill_is_told(
    tmp_path: Path, name: str, left_out: str, field: str, said: str
) -> None:
    """A bill left out leaves a boundary without one: file, line, field, what to do."""
    pack = copied(tmp_path, name)
    file = pack / "examples_levy.yaml"
    told = yaml.safe_load(file.read_text(encoding="utf-8"))
    kept = [each for each in told["levy"] if not each["name"].startswith(left_out)]
    assert len(kept) < len(told["levy"])
    file.write_text(yaml.safe_dump({**told, "levy": kept}), encoding="utf-8")

    errors = list(worked_boundaries.check(pack))

    (error,) = [each for each in errors if field in each.field and said in each.found]
    assert error.file.name == LAW_FILE
    assert error.line > 1
    assert "examples_levy.yaml" in error.remedy


def test_levy_002_the_check_of_a_pack_asks_for_boundaries_too(tmp_path: Path) -> None:
    """Once its bills come out; a wrong one is told alone."""
    prove = {each.name: each.prove for each in law.FILES}[LAW_FILE]
    pack = copied(tmp_path, "us-az")
    file = pack / "examples_levy.yaml"
    text = file.read_text(encoding="utf-8")

    file.write_text(text.replace("total_cents: 123357", "total_cents: 123358"), encoding="utf-8")
    assert [error.file.name for error in prove(pack)] == ["examples_levy.yaml"]
    file.write_text(text.replace("net_value_dollars: 10001", "net_value_dollars: 10002"), "utf-8")
    assert {error.file.name for error in prove(pack)} >= {"examples_levy.yaml"}
    assert not list(prove(JURISDICTIONS / "us-az"))
