"""An interest law that is not one is refused, with what is wrong with it."""

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from receivables_service.domain.interest_terms import ORDINARY, InterestBase
from receivables_service.domain.terms import InterestBasis, InterestStart, MonthCounting
from receivables_service.rates import interest_free
from receivables_service.rates.interest_rulebook import (
    DatedRateLaw,
    InterestLaw,
    RateOf,
    WaiverLaw,
    term_of,
)
from receivables_service.rates.rulebook import InterestBasisLaw, TermsRuleLaw
from receivables_service.rulebook import load
from taxkit.calendar import Roll, business_calendar
from taxkit.money import Rounding
from taxkit.packvalues import PackError

JURISDICTIONS = Path(__file__).resolve().parents[4] / "jurisdictions"
CALENDAR = business_calendar("US")
MONTHLY = Decimal("0.01")
RATES = (
    DatedRateLaw(from_on=date(2023, 1, 1), citation="x", yearly_rate=Decimal("0.05")),
    DatedRateLaw(from_on=date(2024, 1, 1), citation="x", yearly_rate=Decimal("0.08")),
)


def law(**changes):
    plain = {
        "months": MonthCounting.BEGUN,
        "base": InterestBase.UNPAID_TAX,
        "rounding": Rounding.HALF_UP,
        "start": InterestStart.DUE,
    }
    return InterestLaw(**{**plain, **changes})


def test_a_year_s_rate_is_twelve_equal_months_exactly():
    """RECV-014: 16% a year is 1/75 a month, no decimal of it."""
    term = term_of("x", law(yearly_rate=Decimal("0.16")), CALENDAR)
    assert (term.numerator, term.denominator) == (1, 75)


def test_a_law_that_asks_for_nothing_else_is_the_plain_one():
    """RECV-014: the plain law is told by identity, so that it costs a derivation nothing."""
    assert term_of("x", law(monthly_rate=MONTHLY), CALENDAR).ways is ORDINARY


def test_a_table_of_rates_and_waivers_reach_the_domain():
    """RECV-014: each rate with its day, each waiver with its year and installment."""
    waiver = WaiverLaw(2019, 2, date(2020, 10, 1), "ordinance")
    term = term_of("x", law(rates=RATES, rate_of=RateOf.PAYMENT, waivers=(waiver,)), CALENDAR)
    ways = term.ways
    assert [(each.from_on.year, each.numerator, each.denominator) for each in ways.rates] == [
        (2023, 1, 240),
        (2024, 1, 150),
    ]
    assert ways.rate_when_paid
    assert term.waived_through(2019, 2) == date(2020, 10, 1)
    assert term.waived_through(2019, 1) is None


def test_agencies_exempt_from_interest_are_named_once_for_the_year(tmp_path):
    """RECV-014: their parts are added up when the bill is issued; other laws exempt none."""
    shutil.copytree(JURISDICTIONS / "us-office", tmp_path / "us-office")
    folder = Path(shutil.copytree(JURISDICTIONS / "us-wi", tmp_path / "us-wi"))
    file = folder / "receivables.yaml"
    text = file.read_text(encoding="utf-8")
    exempt = 'monthly_penalty_rate: "0.005"\n      exempt_agencies: [AQUIFER]'
    file.write_text(text.replace('monthly_penalty_rate: "0.005"', exempt), encoding="utf-8")
    told = [
        {"agency_code": code, "amount_cents": cents}
        for code, cents in (("AQUIFER", 700), ("COUNTY", 9_000))
    ]
    bill = {"tax_year": 2023, "total_cents": 9_700, "components": told}
    assert interest_free.cents(load(folder), bill) == 700
    assert interest_free.cents(load(JURISDICTIONS / "us-wi"), bill) == 0
    plain = law(monthly_rate=MONTHLY, exempt_agencies=("AQUIFER",))
    with pytest.raises(ValueError, match="exempts agencies, for all"):
        TermsRuleLaw("one", interest=plain)
    with pytest.raises(ValueError, match="on both bases"):
        InterestBasisLaw(offered=True, standard=InterestBasis.FULL, full=plain)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({}, "one of monthly_rate and yearly_rate"),
        ({"monthly_rate": MONTHLY, "yearly_rate": MONTHLY}, "one of monthly_rate and yearly_rate"),
        ({"yearly_rate": Decimal(1)}, "a yearly rate of 1"),
        ({"monthly_rate": MONTHLY, "rates": RATES}, "rates by date beside one rate"),
        ({"rates": RATES[::-1]}, "not in ascending order"),
        ({"monthly_rate": MONTHLY, "free_months": -1}, "free_months"),
        ({"monthly_rate": MONTHLY, "unit_cents": 0}, "unit_cents"),
        ({"monthly_rate": MONTHLY, "minimum_cents": -1}, "minimum_cents"),
        ({"monthly_rate": MONTHLY, "minimum_rate": Decimal(1)}, "a rate of 1"),
        ({"monthly_rate": MONTHLY, "monthly_penalty_rate": Decimal(-1)}, "a rate of -1"),
        ({"monthly_rate": MONTHLY, "grace_business_days": -5}, "grace_business_days"),
        ({"monthly_rate": MONTHLY, "rate_of": RateOf.PAYMENT}, "no rates to choose from"),
        ({"monthly_rate": MONTHLY, "month_end_roll": Roll.FOLLOWING}, "no month end to move"),
    ],
)
def test_an_interest_law_that_contradicts_itself_is_refused(changes, complaint):
    """Nothing is derived under it."""
    with pytest.raises(ValueError, match=complaint):
        law(**changes)


@pytest.mark.parametrize(
    ("pack", "written", "instead", "complaint"),
    [
        ("us-az", "      last_day: {month: 12, day: 31}\n", "", "no last_day"),
        ("us-az", "{month: 12, day: 31}", "{month: 2, day: 30}", "day"),
        ("us-ia", "months: touched", "months: begun", "no month end to move"),
        ("us-ia", "due_roll: following", "due_roll: backwards", "one of none, following"),
    ],
)
def test_a_pack_says_where_its_interest_law_is_wrong(tmp_path, pack, written, instead, complaint):
    """The file, the line and the field; the service does not start with it."""
    shutil.copytree(JURISDICTIONS / "us-office", tmp_path / "us-office")
    folder = Path(shutil.copytree(JURISDICTIONS / pack, tmp_path / pack))
    file = folder / "receivables.yaml"
    text = file.read_text(encoding="utf-8")
    assert written in text
    file.write_text(text.replace(written, instead, 1), encoding="utf-8")
    with pytest.raises(PackError, match=complaint) as refused:
        load(folder)
    assert refused.value.line > 0
