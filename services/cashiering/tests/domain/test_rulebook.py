"""CASH-038, CASH-064: what the counter accepts and how a coupon is read are the county's law."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from cashiering_service import rulebook
from cashiering_service.domain.remittance import ReferenceFormat
from taxkit.dated import NoTermInForce
from taxkit.lawpack import PackError

JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"
DAY = date(2022, 12, 15)


def test_cash_038_cooks_tenders() -> None:
    """Six kinds; only cash gives change and needs no reference."""
    kinds = rulebook.load(str(JURISDICTIONS), "us-il-cook").tender_kinds(DAY)

    assert set(kinds) == {"cash", "check", "card", "money_order", "wire", "ach"}
    assert [code for code, kind in kinds.items() if kind.gives_change] == ["cash"]
    assert [code for code, kind in kinds.items() if kind.reference_name is None] == ["cash"]


def test_cash_038_every_tender_the_law_names_can_be_asked_for() -> None:
    """The contract has a word for each."""
    from cashiering_service.answers import tender_type_name, tender_type_number

    for code in rulebook.load(str(JURISDICTIONS), "us-il-cook").tender_kinds(DAY):
        assert tender_type_name(tender_type_number(code)) == code


def test_cash_064_cooks_coupon() -> None:
    """Fourteen digits of parcel number, four of tax year, one of check."""
    form = rulebook.load(str(JURISDICTIONS), "us-il-cook").reference_format(DAY)

    assert form == ReferenceFormat(parcel_digits=14)
    assert form.digits == 19


def test_a_day_before_the_law_on_file_is_refused() -> None:
    """Never the first term known."""
    law = rulebook.load(str(JURISDICTIONS), "us-il-cook")

    with pytest.raises(NoTermInForce):
        law.tender_kinds(date(2017, 12, 31))
    with pytest.raises(NoTermInForce):
        law.reference_format(date(2017, 12, 31))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("digits: 19", "digits: 20"),
        ("check: luhn", "check: mod11"),
        ("start: 14, length: 4", "start: 13, length: 4"),
        ("start: 14, length: 4", "start: 14, length: 2"),
        ("start: 18, length: 1", "start: 18, length: 2"),
        ("name: tax_year", "name: tax_week"),
        ("name: check_digit", "name: tax_year"),
    ],
)
def test_a_coupon_that_cannot_be_meant_is_refused_where_it_stands(
    tmp_path: Path, right: str, wrong: str
) -> None:
    """PackError names the field and the line."""
    shutil.copytree(JURISDICTIONS / "us-il-cook", tmp_path / "us-il-cook")
    file = tmp_path / "us-il-cook" / "cashiering.yaml"
    text = file.read_text(encoding="utf-8")
    assert right in text
    file.write_text(text.replace(right, wrong, 1), encoding="utf-8")

    with pytest.raises(PackError) as refusal:
        rulebook.load(str(tmp_path), "us-il-cook")

    assert refusal.value.field.startswith("coupon")
    assert refusal.value.line > 1


def test_cash_046_a_tolerance_nobody_applies_is_refused_on_load(tmp_path):
    """A county must not believe that short tenders are accepted when they are not."""
    pack = tmp_path / "us-il-cook"
    shutil.copytree(JURISDICTIONS / "us-il-cook", pack)
    law = pack / "cashiering.yaml"
    law.write_text(law.read_text().replace("short_cents: 0", "short_cents: 100"))

    with pytest.raises(PackError, match="100 short, 0 over"):
        rulebook.load(str(tmp_path), "us-il-cook")
