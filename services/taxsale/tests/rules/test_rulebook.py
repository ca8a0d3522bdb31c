"""The pack's dates, each side of each boundary, and packs that are refused."""

from datetime import date
from pathlib import Path

import pytest

from taxkit.dated import NoTermInForce
from taxkit.packvalues import PackError
from taxsale_service import rulebook
from taxsale_service.domain.standing import AnnualSale, Debt, Standing, eligible_from, standing_of
from taxsale_service.rulebook import Rulebook

# Due dates of tax years as jurisdictions/us-il-cook/levy.yaml has them, and the sale's first day.
KNOWN = {
    2018: (date(2019, 3, 1), date(2019, 8, 1), date(2021, 11, 5)),
    2019: (date(2020, 3, 3), date(2020, 8, 3), date(2022, 5, 12)),
    2020: (date(2021, 3, 2), date(2021, 10, 1), date(2022, 11, 15)),
    2021: (date(2022, 3, 1), date(2022, 12, 30), date(2024, 1, 9)),
    2022: (date(2023, 4, 3), date(2023, 12, 1), date(2024, 12, 10)),
}
PACK = (Path(__file__).parents[4] / "jurisdictions/us-il-cook/taxsale.yaml").read_text()
JURISDICTION = """
jurisdiction_id: {name}
name: "Test"
county: test
state: IL
time_zone: America/Chicago
declared_version: "1"
calendar: {{country: US, subdivision: IL}}
"""


@pytest.mark.parametrize("tax_year", KNOWN)
def test_no_sale_began_before_its_bills_were_eligible(law: Rulebook, tax_year: int) -> None:
    """The house rule of 365 days agrees with every sale on file."""
    first, second, sale = KNOWN[tax_year]
    terms = law.at(tax_year)
    assert terms.annual_sale is not None
    eligible_on, rule_id = eligible_from(Debt(1, first, second), terms)

    assert sale == terms.annual_sale.begins_on
    assert eligible_on <= sale
    assert rule_id == "us-il-cook/taxsale/sale_eligibility/2018"


@pytest.mark.parametrize("tax_year", KNOWN)
def test_21_25_unpaid_after_the_due_date_is_delinquent(law: Rulebook, tax_year: int) -> None:
    """35 ILCS 200/21-25: after March 1, not on it; the second installment after its own date."""
    first, second, _ = KNOWN[tax_year]
    terms = law.at(tax_year)
    for unpaid in (first, second):
        debt = Debt(1, unpaid, second)
        next_day = date.fromordinal(unpaid.toordinal() + 1)
        assert standing_of(debt, terms, unpaid).standing == Standing.CURRENT
        found = standing_of(debt, terms, next_day)
        assert found.standing == Standing.DELINQUENT
        assert found.rule_id == "us-il-cook/taxsale/delinquency/2010"


def test_a_year_whose_sale_is_not_on_file_goes_by_time_alone(law: Rulebook) -> None:
    """A sale date holds for its own year and is never carried on."""
    assert law.at(2023).annual_sale is None
    assert AnnualSale("us-il-cook/taxsale/annual_sale/2021", date(2024, 1, 9)) == (
        law.at(2021).annual_sale
    )


def test_a_year_before_the_law_on_file_is_refused(law: Rulebook) -> None:
    """Nothing is guessed."""
    with pytest.raises(NoTermInForce, match="2017"):
        law.at(2017)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("installment: earliest_unpaid", "installment: 2"),
        ("installment: last", "installment: first"),
        ("days_after_due: 365", "days_after_due: -1"),
        ("days_after_due: 365", "days_after_due: 365000"),
        ("days_after_due: 1\n", "days_after: 1\n"),
        ("begins_on: 2021-11-05", 'begins_on: "soon"'),
        ("- for: 2018", "- from: 2018"),
    ],
)
def test_a_pack_that_is_not_understood_stops_the_service(
    tmp_path: Path, old: str, new: str
) -> None:
    """The error names file and line."""
    assert old in PACK
    (tmp_path / "jurisdiction.yaml").write_text(JURISDICTION.format(name=tmp_path.name))
    (tmp_path / "taxsale.yaml").write_text(PACK.replace(old, new, 1))

    with pytest.raises(PackError, match=r"taxsale\.yaml:\d+: "):
        rulebook.load(tmp_path)
