"""CASH-013: what a county decides about its baskets is read from its law."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cashiering_service.baskets import rulebook as basket_rulebook
from cashiering_service.domain.lookup import SERVICE_TYPES
from taxkit.dated import NoTermInForce
from taxkit.packvalues import PackError

JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"


def test_cash_013_cook_enables_some_types_and_of_sales_the_buyer_alone() -> None:
    terms = basket_rulebook.load(str(JURISDICTIONS), "us-il-cook").at(date(2022, 12, 15))

    assert set(terms.service_types) < set(SERVICE_TYPES)
    assert [code for code in terms.service_types if "sale" in code] == ["tax_sale_buyer"]


def test_a_day_before_the_law_on_file_is_refused() -> None:
    with pytest.raises(NoTermInForce):
        basket_rulebook.load(str(JURISDICTIONS), "us-il-cook").at(date(2017, 12, 31))


@pytest.mark.parametrize(("right", "wrong"), [("- tax\n", "- taxes\n"), ("service_types", "types")])
def test_a_law_that_cannot_be_read_is_refused_on_load(tmp_path, right: str, wrong: str) -> None:
    """With the file, the line and what was expected."""
    pack = tmp_path / "us-il-cook"
    shutil.copytree(JURISDICTIONS / "us-il-cook", pack)
    file = pack / "cashiering_baskets.yaml"
    file.write_text(file.read_text().replace(right, wrong, 1))

    with pytest.raises(PackError, match=r"cashiering_baskets\.yaml"):
        basket_rulebook.load(str(tmp_path), "us-il-cook")


def test_a_type_nobody_knows_cannot_be_enabled() -> None:
    terms = basket_rulebook.load(str(JURISDICTIONS), "us-il-cook").at(date(2022, 12, 15))
    with pytest.raises(ValueError, match="taxi"):
        replace(terms, service_types=("tax", "taxi"))


def test_cash_021_in_california_what_is_in_default_is_paid_together_and_in_full() -> None:
    """Q-15: the county has no say in it; secured and unsecured are shown apart."""
    terms = basket_rulebook.load(str(JURISDICTIONS), "us-ca").at(date(2022, 12, 15))

    assert (terms.defaulted_together, terms.defaulted_in_full) == (True, True)
    assert terms.collection_types_apart
