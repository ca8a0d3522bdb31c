"""The law of discounts: every pack that states it loads, on both sides of every boundary."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from receivables_service.discounts import rulebook
from receivables_service.domain.discount_terms import Timing, rate_on
from taxkit.packvalues import PackError

JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"


def rate(place, paid_on, *, mailed=False, issued=date(2022, 11, 1), corrected=()):
    law = rulebook.load(JURISDICTIONS / place)
    (program,) = law.programs(2022)
    found = rate_on(program, Timing(2022, issued, corrected, paid_on, mailed), law.roll)
    return None if found is None else str(found.rate)


@pytest.mark.parametrize(
    ("paid_on", "wanted"),
    [
        (date(2022, 11, 1), "0.04"),
        (date(2022, 11, 30), "0.04"),
        (date(2022, 12, 1), "0.04"),  # the thirtieth day after the mailing of November 1
        (date(2022, 12, 2), "0.03"),
        # December 31, 2022 is a Saturday and Monday the New Year's holiday: Tuesday counts.
        (date(2023, 1, 3), "0.03"),
        (date(2023, 1, 4), "0.02"),
        (date(2023, 1, 31), "0.02"),
        (date(2023, 2, 1), "0.01"),
        (date(2023, 2, 28), "0.01"),
        (date(2023, 3, 1), None),
    ],
)
def test_recv_021_florida_lets_less_off_each_month(paid_on, wanted):
    """F.S. 197.162: four, three, two, one, and nothing in March."""
    assert rate("us-fl", paid_on) == wanted


def test_recv_021_florida_counts_thirty_days_from_a_late_notice():
    """Mailed December 15: four percent through January 14; mail has no longer weekends."""
    mailed = date(2022, 12, 15)
    assert rate("us-fl", date(2023, 1, 13), issued=mailed) == "0.04"
    # January 14, 2023 is a Saturday and Monday the sixteenth a holiday.
    assert rate("us-fl", date(2023, 1, 17), issued=mailed) == "0.04"
    assert rate("us-fl", date(2023, 1, 17), issued=mailed, mailed=True) == "0.02"
    assert rate("us-fl", date(2023, 1, 18), issued=mailed) == "0.02"


def test_recv_021_florida_keeps_the_rate_of_a_correction_for_thirty_days():
    corrected = (date(2023, 2, 20),)
    assert rate("us-fl", date(2023, 3, 22), corrected=corrected) == "0.01"
    assert rate("us-fl", date(2023, 3, 23), corrected=corrected) is None


def test_recv_021_pennsylvania_lets_two_percent_off_for_two_months():
    notice = date(2022, 3, 1)
    assert rate("us-pa", date(2022, 5, 1), issued=notice) == "0.02"
    assert rate("us-pa", date(2022, 5, 2), issued=notice) is None


@pytest.mark.parametrize("place", ["us-il-cook", "us-ca"])
def test_recv_021_where_none_is_offered_nobody_looks(place):
    """Said as a term with its citation, or by no file at all."""
    law = rulebook.load(JURISDICTIONS / place)
    assert (law.offers_any, law.programs(2021), law.program(2021, "early")) == (False, (), None)


@pytest.mark.parametrize(
    ("old", "new", "field", "why"),
    [
        ('rate: "0.04"', "rate: 0.04", "rate", "a rate as text"),
        ('rate: "0.04"', 'rate: "1.04"', "periods", "not between 0 and 1"),
        ("month: 11, day: 30", "month: 11, day: 32", "last", "no day"),
        ("weekend: delivered", "weekend: sometimes", "weekend", "one of none, delivered, any"),
        ("discount_type: early", "discount_type: late", "discount_type", "one of early"),
        ("weekend: delivered", "stacks_with: [x]", "", "no program"),
        ("good_standing: false", "standing: false", "standing", "the unknown name standing"),
    ],
    ids=["number", "above one", "no day", "weekend", "type", "stacks", "unknown"],
)  # fmt: skip
def test_recv_021_a_wrong_program_says_where_it_is_wrong(tmp_path, old, new, field, why):
    """File, line, field, what was found and what is expected."""
    folder = tmp_path / "us-fl"
    shutil.copytree(JURISDICTIONS / "us-office", tmp_path / "us-office")
    shutil.copytree(JURISDICTIONS / "us-fl", folder)
    file = folder / rulebook.FILE
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(PackError) as wrong:
        rulebook.load(folder)
    assert field in wrong.value.field
    assert why in str(wrong.value)
    assert "discounts.yaml" in str(wrong.value)


def test_recv_022_an_agency_is_special_where_the_year_says_so(tmp_path):
    folder = tmp_path / "us-fl"
    shutil.copytree(JURISDICTIONS / "us-office", tmp_path / "us-office")
    shutil.copytree(JURISDICTIONS / "us-fl", folder)
    file = folder / rulebook.FILE
    said = '      special_agencies: ["SEW"]\n      programs:\n'
    file.write_text(file.read_text("utf-8").replace("      programs:\n", said, 1), "utf-8")
    law = rulebook.load(folder)
    assert law.is_special(2022, "SEW")
    assert not law.is_special(2022, "ROAD")
    assert not law.is_special(2009, "SEW")
