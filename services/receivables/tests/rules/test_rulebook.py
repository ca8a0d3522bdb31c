"""The receivables rulebook reads a pack, or says what is wrong with it."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from receivables_service.rulebook import load
from taxkit.packvalues import PackError

COOK = Path(__file__).resolve().parents[4] / "jurisdictions" / "us-il-cook"


@pytest.fixture
def pack(tmp_path):
    return Path(shutil.copytree(COOK, tmp_path / COOK.name))


def test_the_rate_goes_by_tax_year_and_is_an_exact_ratio():
    """0.015 is 3/200, not a float near it."""
    terms = load(COOK)

    assert (terms.interest.at(2022).numerator, terms.interest.at(2022).denominator) == (3, 200)
    assert (terms.interest.at(2023).numerator, terms.interest.at(2023).denominator) == (3, 400)
    assert terms.interest.at(2040).rule_id == "us-il-cook/receivables/interest/2023"
    assert (
        terms.allocation.at(date(2019, 3, 1)).rule_id
    ) == "us-il-cook/receivables/allocation/2010-01-01"


@pytest.mark.parametrize(
    ("written", "instead", "complaint"),
    [
        (
            'monthly_rate: "0.015"',
            "monthly_rate: 0.015",
            r"receivables\.yaml:9: .*put it in quotes",
        ),
        ('monthly_rate: "0.015"', 'monthly_rate: "1.5"', "a monthly rate of 1.5"),
        ("charge_types: [interest, tax]", "charge_types: [tax]", "not each of tax, interest once"),
        ("keys: [installment, charge_type]", "keys: []", "the keys"),
        ("keys: [installment, charge_type]", "keys: [fund]", "one of installment, charge_type"),
        ("overpayment: surplus", "overpayment: county", "one of surplus, suspense"),
    ],
)
def test_a_pack_that_is_not_law_is_refused(pack, written, instead, complaint):
    """Nothing is derived under a pack that does not say clearly what the law is."""
    file = pack / "receivables.yaml"
    text = file.read_text(encoding="utf-8")
    assert written in text
    file.write_text(text.replace(written, instead, 1), encoding="utf-8")

    with pytest.raises(PackError, match=complaint):
        load(pack)
