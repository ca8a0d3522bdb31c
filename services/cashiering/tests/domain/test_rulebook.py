"""CASH-038, CASH-064: what the counter accepts and how a coupon is read are the county's law."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from cashiering_service import rulebook
from cashiering_service.domain.limits import Limits
from cashiering_service.domain.remittance import ReferenceFormat
from taxkit.dated import NoTermInForce
from taxkit.packvalues import PackError

JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"
DAY = date(2022, 12, 15)


def test_cash_038_cooks_tenders() -> None:
    """Eight kinds; only cash gives change and needs no reference."""
    kinds = rulebook.load(str(JURISDICTIONS), "us-il-cook").tender_kinds(DAY)

    assert set(kinds) == {
        "cash", "check", "card", "money_order", "wire", "ach", "surplus", "escrow",
    }  # fmt: skip
    assert [code for code, kind in kinds.items() if kind.gives_change] == ["cash"]
    assert [code for code, kind in kinds.items() if kind.reference_name is None] == ["cash"]


def test_cash_038_of_a_card_cook_asks_type_and_expiry() -> None:
    """Of nothing else anything besides its reference."""
    kinds = rulebook.load(str(JURISDICTIONS), "us-il-cook").tender_kinds(DAY)

    asked = {code: [one.code for one in kind.identifiers] for code, kind in kinds.items()}
    assert {code: what for code, what in asked.items() if what} == {"card": ["card_type", "expiry"]}


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


def _changed(tmp_path: Path, right: str, wrong: str) -> str:
    """The county's pack with one thing other."""
    pack = tmp_path / "us-il-cook"
    shutil.copytree(JURISDICTIONS / "us-il-cook", pack)
    law = pack / "cashiering.yaml"
    text = law.read_text(encoding="utf-8")
    assert right in text
    law.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    return str(tmp_path)


def test_cash_046_the_laws_tolerance_is_everybodys_limit(tmp_path: Path) -> None:
    """Cook grants none; a pack that grants one is believed."""
    assert rulebook.load(str(JURISDICTIONS), "us-il-cook").limits(DAY) == Limits()

    other = _changed(tmp_path, "short_cents: 0", "short_cents: 100")
    assert rulebook.load(other, "us-il-cook").limits(DAY) == Limits(tolerance_short_cents=100)


def test_cash_052_the_laws_own_rule_comes_first() -> None:
    """Interest before tax by statute; another may be chosen."""
    rules = rulebook.load(str(JURISDICTIONS), "us-il-cook").allocation_rules(DAY)

    assert [rule.code for rule in rules] == ["statute", "tax-first", "fees-first"]
    assert [rule.charge_types[-1] for rule in rules] == ["tax", "interest", "tax"]
    assert [rule.services for rule in rules] == [(), (), ("buyer", "tax_sale_buyer")]


@pytest.mark.parametrize(
    ("right", "wrong", "field"),
    [
        ("over_cents: 0", "over_cents: -1", "tolerance"),
        ("code: tax-first", "code: statute", "allocation_rules"),
        ("on parcel {parcels}", "on this parcel", "receipt_message"),
        ("charge_types: [tax, fee", "charge_types: [tax, tax", "allocation_rules"),
        ("(0[1-9]|1[0-2])", "(0[1-9]|1[0-2]", "tenders"),
    ],
)
def test_limits_rules_and_identifiers_that_cannot_be_meant_are_refused_on_load(
    tmp_path: Path, right: str, wrong: str, field: str
) -> None:
    """A county must not believe in what the counter cannot do."""
    with pytest.raises(PackError) as refusal:
        rulebook.load(_changed(tmp_path, right, wrong), "us-il-cook")

    assert refusal.value.field.startswith(field)
