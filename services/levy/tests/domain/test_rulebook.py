"""The county's folder says everything a bill needs, and refuses what it does not know."""

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from levy_service import rulebook
from levy_service.domain.billing import BillingTerms
from levy_service.domain.installments import Due, InstallmentPlan, OddCents, ShareOf
from taxkit.dated import NoTermInForce
from taxkit.money import Rounding
from taxkit.packvalues import PackError

COOK = Path(__file__).parents[4] / "jurisdictions" / "us-il-cook"


def test_levy_002_cooks_terms_of_2021() -> None:
    """55 % first, half-up, odd cents on the county's line, due in March and December 2022."""
    terms = rulebook.load(COOK).terms(2021)

    assert terms == BillingTerms(
        total_rounding=Rounding.HALF_UP,
        line_rounding=Rounding.HALF_UP,
        residual_agency_code="010010000",
        plan=InstallmentPlan(
            shares=(Decimal("0.55"),),
            share_of=ShareOf.PRIOR_YEAR_TOTAL,
            rounding=Rounding.HALF_UP,
            odd_cents=OddCents.LAST,
            due=(Due(date(2022, 3, 1)), Due(date(2022, 12, 30))),
        ),
        rule_ids=(
            "us-il-cook/levy/bill/2018",
            "us-il-cook/levy/installments/2009",
            "us-il-cook/levy/due_dates/2021",
        ),
    )


@pytest.mark.parametrize("tax_year", [2018, 2019, 2020, 2021])
def test_every_year_of_the_example_roll_has_terms(tax_year: int) -> None:
    """Bills of these years can be issued; they fall due in the year after."""
    terms = rulebook.load(COOK).terms(tax_year)

    assert {due.due_on.year for due in terms.plan.due} == {tax_year + 1}


@pytest.mark.parametrize("tax_year", [2017, 2099])
def test_a_year_without_due_dates_is_refused(tax_year: int) -> None:
    """Never the neighbour's dates."""
    with pytest.raises(NoTermInForce, match=str(tax_year)):
        rulebook.load(COOK).terms(tax_year)


@pytest.mark.parametrize(
    ("right", "wrong", "field"),
    [
        ("[2019-03-01, 2019-08-01]", "[2019-03-01, 2019-02-01]", "due_dates"),
        ("due_on: [2019-03-01, 2019-08-01]", "due_on: []", "due_dates"),
        ('shares: ["0.55"]', 'shares: ["1.55"]', "installments"),
        ('shares: ["0.55"]', "shares: []", "installments"),
        ("share_of: prior_year_total", "share_of: total", "installments"),
        ("odd_cents: last", "odd_cents: first", "installments"),
        ("residual_to: agency", "residual_to: last_line", "bill"),
        ("method: total_first", "method: first_come", "bill"),
        ("per: percent", "per: thousand", "rates"),
        ("decimals: 3", "decimals: 10", "rates"),
        ("total_rounding: half_up", "total_rounding: nearest", "bill"),
        ("spread: from_the_last", "spread: evenly", "corrections"),
        ('pattern: "[0-9]{14}"', 'pattern: "[0-9"', "parcel_number"),
    ],
)
def test_law_that_cannot_be_meant_is_refused_where_it_stands(
    tmp_path: Path, right: str, wrong: str, field: str
) -> None:
    """PackError names the field and the line."""
    folder = tmp_path / COOK.name
    shutil.copytree(COOK, folder)
    file = folder / "levy.yaml"
    text = file.read_text(encoding="utf-8")
    assert right in text
    file.write_text(text.replace(right, wrong, 1), encoding="utf-8")

    with pytest.raises(PackError) as refusal:
        rulebook.load(folder)

    assert refusal.value.field.startswith(field)
    assert refusal.value.line > 1


def test_levy_001_a_parcel_number_has_fourteen_digits() -> None:
    """The form is the county's, not the program's."""
    form = rulebook.load(COOK).year(2021).parcel_number

    assert form.fullmatch("13264290020000")
    assert not form.fullmatch("13-26-429-002-0000")


def test_levy_004_a_correction_names_the_terms_it_goes_by() -> None:
    """How lines are rounded, and which installments change."""
    terms = rulebook.load(COOK).correction(2021)

    assert terms.spread == "from_the_last"
    assert terms.rule_ids == ("us-il-cook/levy/bill/2018", "us-il-cook/levy/corrections/2009")
