"""A pack's penalty steps: what they become, and what is refused with its line."""

import shutil
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from receivables_service.domain.acceleration import AccelerationTerm, Missed
from receivables_service.domain.penalty_schedules import PenaltyBase, PenaltySchedule
from receivables_service.rates import unpenalised
from receivables_service.rulebook import load
from taxkit.packvalues import PackError

JURISDICTIONS = Path(__file__).resolve().parents[4] / "jurisdictions"
DEBT = '{days_late: 1, adds: "0.1", base: unpaid_debt}'
FLAT = 'levied: true\n      rate: "0.1"\n      rounding: half_up'


@pytest.fixture
def folder(tmp_path):
    """A copy of California's pack, whose penalty a test rewrites."""
    folder = tmp_path / "us-ca"
    shutil.copytree(JURISDICTIONS / "us-office", tmp_path / "us-office")
    shutil.copytree(JURISDICTIONS / "us-ca", folder)
    return folder


def rewrite(folder, law, of="levied: true, rounding: half_up"):
    file = folder / "receivables.yaml"
    text = file.read_text("utf-8")
    assert FLAT in text
    fields = "\n      ".join([*of.split(", "), law] if of else [law])
    file.write_text(text.replace(FLAT, fields), "utf-8")
    return load(folder)


def test_steps_become_a_schedule_with_exact_rates(folder):
    """Order, rates, days, base, cap and code are the pack's."""
    terms = rewrite(
        folder,
        'cap: "0.12"\n      steps: [{months_late: 1, adds: "0.06"}, {year_day: {month: 7, day: 1,'
        ' years_after: 1}, adds: "0.2", base: unpaid_debt, follows: true, code: collection}]',
    )
    schedule = terms.penalty.at(2019)
    assert isinstance(schedule, PenaltySchedule)
    first, second = schedule.steps
    assert (schedule.rule_id, schedule.cap) == ("us-ca/receivables/penalty/1982", Fraction(3, 25))
    assert (first.rate, first.months_late, first.reaches) == (Fraction(3, 50), 1, False)
    assert (second.base, second.follows) == (PenaltyBase.UNPAID_DEBT, True)
    assert schedule.rule_of(second) == "us-ca/receivables/penalty/1982/collection"
    assert schedule.has_debt


def test_only_a_step_that_says_so_moves_off_a_weekend(folder):
    """January 1, 2022 was a Saturday and New Year's Day."""
    plain, rolled = (
        f'{{year_day: {{month: 1, day: 1, years_after: 2{roll}}}, adds: "0.1"}}'
        for roll in ("", ", roll: following")
    )
    schedule = rewrite(folder, f"steps: [{plain}, {rolled}]").penalty.at(2020)
    assert isinstance(schedule, PenaltySchedule)
    days = [next(each.days(2020, date(2020, 12, 10), date(2023, 1, 1))) for each in schedule.steps]
    assert days == [date(2022, 1, 1), date(2022, 1, 3)]


def test_a_missed_installment_is_said_in_the_terms_of_a_class():
    """Of real property it ends with the payment, of personal property not."""
    groups = load(JURISDICTIONS / "us-wa").payment_terms.at(2019)
    (personal,), (real,) = (groups.group_of(each).rules for each in ("personal_property", ""))
    assert isinstance(personal.acceleration, AccelerationTerm)
    assert real.acceleration is not None
    assert (personal.acceleration.missed, real.acceleration.missed) == (Missed.FIRST, Missed.FIRST)
    assert (personal.acceleration.ends_when_paid, real.acceleration.ends_when_paid) == (False, True)


@pytest.mark.parametrize(
    ("law", "complaint"),
    [
        ('steps: [{adds: "0.1"}]', "none of days_late, months_late, year_day"),
        ('steps: [{days_late: 1, months_late: 1, adds: "0.1"}]', "days_late and months_late of"),
        ("steps: [{days_late: 1}]", "none of adds, reaches"),
        ('steps: [{days_late: 1, adds: "0.1", reaches: "0.1"}]', "adds and reaches of"),
        ('steps: [{days_late: 1, adds: "1.5"}]', "a rate of 1.5, which is not between 0 and 1"),
        ('steps: [{days_late: 0, adds: "0.1"}]', "a count of 0: days, months and installments"),
        ('steps: [{days_late: 1, installments: [0], adds: "0.1"}]', "a count of 0"),
        ('steps: [{days_late: 1, every_month: true, adds: "0.1"}]', "every_month without"),
        ('steps: [{days_late: 1, adds: "0.1", whole_bill_reaches: "0.2"}]', "beside what is added"),
        ('steps: [{days_late: 1, reaches: "0.1", base: unpaid_debt}]', "on the debt is added"),
        ('steps: [{days_late: 1, adds: "0.1", follows: true}]', "only a step on the debt follows"),
        ('steps: [{year_day: {month: 2, day: 29}, adds: "0.1"}]', "day is out of range"),
        ('steps: [{year_day: {month: 2, day: 2, years_after: -1}, adds: "0.1"}]', "years before"),
        ('steps: [{days_late: 1, adds: "0.1"}]\n      rate: "0.1"', "steps beside a rate of 0.1"),
        (f"steps: [{DEBT}, {DEBT}]", "more than one step on the debt"),
        ('cap: "1.2"\n      steps: [{days_late: 1, adds: "0.1"}]', "a cap of 1.2"),
        ('rate: "0.1"\n      cap: "0.2"', "a cap of 0.2 without steps"),
        ('rate: "0.1"\n      rounds_steps: true', "a rounds_steps of True without steps"),
    ],
)  # fmt: skip
def test_a_step_that_cannot_be_meant_is_refused_where_it_stands(folder, law, complaint):
    """With file and line, as every mistake in a pack."""
    with pytest.raises(PackError, match=r"receivables\.yaml:") as refused:
        rewrite(folder, law)
    assert complaint in str(refused.value)


def test_steps_of_a_penalty_that_there_is_not_are_refused(folder):
    """`levied: false` stands alone."""
    with pytest.raises(PackError, match="steps for what there is not"):
        rewrite(folder, 'steps: [{days_late: 1, adds: "0.1"}]', of="levied: false")


def test_agencies_exempt_from_penalty_are_named_once_for_the_year(folder):
    """Not by a class: the ledger asks when the bill is issued, before it knows of any."""
    terms = rewrite(folder, 'rate: "0.1"\n      exempt_agencies: [STORM, FLOOD]')
    flat = terms.penalty.at(2019)
    assert flat is not None
    assert flat.exempt == ("STORM", "FLOOD")
    parts = [("STORM", 700), ("COUNTY", 9_000), ("FLOOD", 300)]
    told = [{"agency_code": code, "amount_cents": each} for code, each in parts]
    given = {"tax_year": 2019, "total_cents": 10_000, "components": told}
    assert unpenalised.cents(terms, given) == 1_000
    assert unpenalised.cents(load(JURISDICTIONS / "us-ca"), given) == 0
    rule = folder / "receivables.yaml"
    text = rule.read_text("utf-8")
    penalty = 'penalty: {levied: true, rate: "0.1", rounding: half_up, exempt_agencies: [STORM]}'
    rule.write_text(text.replace("defaults: false", f"defaults: false\n              {penalty}"))
    with pytest.raises(PackError, match="the section penalty exempts agencies, for all"):
        load(folder)


def test_classes_of_parcels_are_in_one_group_each(folder):
    """As classes of bills are; a group with either is not the one for all others."""
    file = folder / "receivables.yaml"
    text = file.read_text("utf-8")
    own = "bill_classes: [unsecured]\n          property_classes: [homes, farms]"
    file.write_text(text.replace("bill_classes: [unsecured]", own), "utf-8")
    assert load(folder).payment_terms.at(2019).group_of("", "farms").code == "unsecured"
    file.write_text(text.replace("bill_classes: [unsecured]", own.replace("farms", "homes")))
    with pytest.raises(PackError, match="the property classes homes, homes, one of them twice"):
        load(folder)
