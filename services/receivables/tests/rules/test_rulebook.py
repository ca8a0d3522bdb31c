"""The receivables rulebook reads a pack, or says what is wrong with it."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from receivables_service.rulebook import load
from taxkit.dated import NoTermInForce
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
        (
            "charge_types: [interest, penalty, fee, tax]",
            "charge_types: [tax]",
            "not each of tax, interest once",
        ),
        ("keys: [installment, charge_type]", "keys: []", "the keys"),
        ("keys: [installment, charge_type]", "keys: [colour]", "one of installment, charge_type"),
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


WITH_PENALTY = """
penalty:
  keyed_by: tax_year
  terms:
    - {from: 2010, citation: "x", certainty: house rule, %s}

default:
  keyed_by: tax_year
  terms:
    - {from: 2010, citation: "x", certainty: house rule, %s}

correction_grace:
  keyed_by: effective_on
  terms:
    - {from: 2010-01-01, citation: "x", certainty: house rule, %s}

returned_check:
  keyed_by: effective_on
  terms:
    - {from: 2010-01-01, citation: "x", certainty: house rule, %s}

notes: []
"""
PENALTY = 'levied: true, rate: "0.1", rounding: half_up'
DEFAULT = "declared: true, month: 6, day: 30, years_after: 1"
GRACE = "granted: true, days: 30"
CHECK = "charged: true, fee_cents: 2500, charge_code: returned_check"


def rewrite(pack, *laws, check=CHECK):
    """Put other law of penalty, default, grace and returned checks into a pack."""
    file = pack / "receivables.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text[: text.index("penalty:\n")] + WITH_PENALTY % (*laws, check), encoding="utf-8"
    )


def test_recv_007_what_the_law_has_not_is_none_and_not_a_zero():
    """RECV-003, RECV-007: Cook County knows no penalty, no default and no grace, and says so."""
    terms = load(COOK)

    assert terms.penalty.at(2022) is None
    assert terms.default.at(2022) is None
    assert terms.correction_grace.at(date(2022, 1, 1)) is None
    with pytest.raises(NoTermInForce):
        terms.penalty.at(2009)


def test_recv_008_penalty_default_and_grace_are_dated_law(pack):
    """RECV-003, RECV-008: a rate as an exact ratio, a day of the year, a count of days."""
    rewrite(pack, PENALTY, DEFAULT, GRACE)
    terms = load(pack)

    penalty, default = terms.penalty.at(2019), terms.default.at(2019)
    assert penalty is not None
    assert (penalty.numerator, penalty.denominator) == (1, 10)
    assert default is not None
    assert default.defaulted_on(2019) == date(2020, 6, 30)
    grace = terms.correction_grace.at(date(2020, 1, 1))
    assert grace is not None
    assert (grace.days, grace.rule_id) == (30, "us-il-cook/receivables/correction_grace/2010-01-01")


@pytest.mark.parametrize(
    ("laws", "complaint"),
    [
        (("levied: true", DEFAULT, GRACE), "no rate, which has to be stated"),
        (('levied: false, rate: "0.1"', DEFAULT, GRACE), "a rate of 0.1 for what there is not"),
        (('levied: true, rate: "1", rounding: up', DEFAULT, GRACE), "not between 0 and 1"),
        ((PENALTY, "declared: true, month: 6, day: 30", GRACE), "no years_after"),
        ((PENALTY, "declared: true, month: 2, day: 29, years_after: 1", GRACE), "day"),
        ((PENALTY, "declared: true, month: 6, day: 30, years_after: -1", GRACE), "before the tax"),
        ((PENALTY, DEFAULT, "granted: true, days: -1"), "a grace of -1 days"),
    ],
)
def test_half_a_law_is_refused(pack, laws, complaint):
    """What there is, is stated whole; of what there is not, nothing is stated."""
    rewrite(pack, *laws)

    with pytest.raises(PackError, match=complaint):
        load(pack)


@pytest.mark.parametrize(
    ("check", "complaint"),
    [
        ("charged: true, fee_cents: 2500", "no charge_code, which has to be stated"),
        ("charged: true, fee_cents: 0, charge_code: x", "a fee of 0 cents"),
        ("charged: false, fee_cents: 1", "a fee_cents of 1 for what there is not"),
    ],
)
def test_recv_056_half_a_fee_is_refused(pack, check, complaint):
    """RECV-056: a fee has an amount and a code, or there is none."""
    rewrite(pack, PENALTY, DEFAULT, GRACE, check=check)

    with pytest.raises(PackError, match=complaint):
        load(pack)


def test_recv_056_a_law_may_know_no_fee(pack):
    """RECV-056: then a returned check costs nothing."""
    rewrite(pack, PENALTY, DEFAULT, GRACE, check="charged: false")

    assert load(pack).returned_check.at(date(2020, 1, 1)) is None


def test_recv_010_the_order_may_name_penalties_fees_defaulted_charges_and_codes(pack):
    """RECV-010: what the list leaves out comes after what it names."""
    file = pack / "receivables.yaml"
    text = file.read_text(encoding="utf-8").replace(
        "charge_types: [interest, penalty, fee, tax]\n      collection_types: [S]",
        "charge_types: [fee, penalty, interest, tax]\n      collection_types: [DS, S]\n"
        "      charge_codes: [lien, returned_check]",
    )
    file.write_text(text, encoding="utf-8")
    rule = load(pack).allocation.at(date(2020, 1, 1))

    assert rule.charge_codes == ("lien", "returned_check")
    assert [each.value for each in rule.charge_types] == ["fee", "penalty", "interest", "tax"]
    file.write_text(text.replace("[lien, returned_check]", "[lien, lien]"), encoding="utf-8")
    with pytest.raises(PackError, match="one of them twice"):
        load(pack)
