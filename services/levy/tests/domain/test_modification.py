"""LEVY-008, LEVY-009, LEVY-011: what an option makes of a bill."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from levy_service import rulebook
from levy_service.domain.billing import AgencyRate
from levy_service.domain.correction import StandingBill, to_total
from levy_service.domain.installments import ComputedInstallment
from levy_service.domain.modification import (
    NO_EDIT,
    CannotModify,
    Drafted,
    Edit,
    Option,
    Told,
    ToldFee,
    ToldInstallment,
    amended,
    changes,
    check,
    due_dates,
    modified,
    option_with,
)

TERMS = rulebook.load(Path(__file__).parents[4] / "jurisdictions" / "us-il-cook").correction(2021)
RATES = (
    AgencyRate(TERMS.billing.residual_agency_code, "County", 396),
    AgencyRate("030210000", "City", 604),
)
H1, H2 = date(2008, 4, 30), date(2008, 10, 31)
CENTS = st.integers(0, 10**9)


def drafted(first: int, second: int, edit: Edit = NO_EDIT, told: Told | None = None) -> Drafted:
    parts = (ComputedInstallment(1, H1, first), ComputedInstallment(2, H2, second))
    standing = StandingBill(100_000, RATES, parts)
    issued = to_total(standing, first + second, TERMS)
    return Drafted(replace(issued, installments=parts), standing, 1, told, edit)


@pytest.mark.parametrize(
    ("new", "second"),
    [
        (date(2008, 7, 30), H2),
        (date(2008, 12, 15), date(2008, 12, 15)),
        (H2, H2),
        (date(2008, 1, 2), H2),
    ],
    ids=["between", "after both", "on the second", "before both"],
)
def test_ac_18_the_second_is_due_at_the_later_of_its_own_and_the_new_date(
    new: date, second: date
) -> None:
    """AC-18, LEVY-009: the first on the new date whatever it is; amounts stay."""
    bill = drafted(50_000, 50_000, Edit(due_on=new))
    after = modified(bill, Option.DUE_DATE, TERMS)
    assert [each.due_on for each in after.installments] == [new, second]
    assert replace(after, installments=bill.issued.installments) == bill.issued
    assert changes(bill, after, Option.DUE_DATE)


@pytest.mark.parametrize(
    ("option", "edit", "paid", "total", "net"),
    [
        (Option.AMOUNTS, Edit(net_value_dollars=80_000), (0, 0), 80_000, 80_000),
        (Option.AMOUNTS, Edit(total_cents=90_000), (0, 0), 90_000, 100_000),
        (Option.AMOUNTS, NO_EDIT, (0, 0), 100_000, 100_000),
        (Option.TO_PAID, NO_EDIT, (0, 0), 0, 100_000),
        (Option.TO_PAID, NO_EDIT, (30_000, 10_000), 40_000, 100_000),
        (Option.AMOUNTS, Edit(total_cents=70_000), (50_000, 50_000), 70_000, 100_000),
    ],
    ids=["a", "b", "c", "d", "e", "g"],
)
def test_ac_19_what_each_option_makes_of_a_thousand(
    option: Option, edit: Edit, paid: tuple[int, int], total: int, net: int
) -> None:
    """AC-19 a to e, g: taxable 100,000 at one percent, due 1,000; c is what a rollback leaves."""
    told = Told(1, tuple(ToldInstallment(n, H1, cents, 0) for n, cents in enumerate(paid, 1)))
    after = modified(drafted(50_000, 50_000, edit, told), option, TERMS)
    assert (after.total_cents, after.net_value_dollars) == (total, net)
    assert sum(line.amount_cents for line in after.lines) == total
    # What g overpays is for refund; of the others nothing was.
    assert max(0, sum(paid) - total) == (30_000 if sum(paid) == 100_000 else 0)


def test_ac_19_f_a_miscellaneous_receipt_fee_makes_every_option_tp() -> None:
    """AC-19 f, LEVY-012: MN asked, TP it is; any other fee leaves the option alone."""
    fee = ToldFee(7_500, 7_500, miscellaneous=True)
    option = option_with(Option.AMOUNTS, [fee])
    assert (option, fee.after(option)) == (Option.TO_PAID, 0)
    other = option_with(Option.AMOUNTS, [ToldFee(7_500, 7_500)])
    assert (other, fee.after(other)) == (Option.AMOUNTS, 7_500)


def test_levy_009_without_a_date_nothing_moves() -> None:
    """LEVY-009: one installment or many, none is due elsewhere."""
    parts = drafted(1, 2).issued.installments
    assert due_dates(parts, None) == parts
    assert due_dates(parts[:1], date(2009, 1, 1))[0].due_on == date(2009, 1, 1)


@given(CENTS, CENTS, CENTS, CENTS)
def test_levy_011_a_bill_to_paid_is_what_was_paid_installment_by_installment(
    first: int, second: int, paid1: int, paid2: int
) -> None:
    """LEVY-011: total = lines = installments = paid."""
    paid = (min(first, paid1), min(second, paid2))
    told = Told(1, tuple(ToldInstallment(n, H1, cents, 0) for n, cents in enumerate(paid, 1)))
    after = modified(drafted(first, second, told=told), Option.TO_PAID, TERMS)
    assert after.total_cents == sum(paid) == sum(line.amount_cents for line in after.lines)
    assert tuple(each.amount_cents for each in after.installments) == paid
    assert [each.due_on for each in after.installments] == [H1, H2]


def test_levy_011_what_was_told_of_a_former_version_is_not_known() -> None:
    """LEVY-011: nor is what was never told."""
    bill = drafted(1, 1, told=Told(1, ()))
    for unknown in (replace(bill, bill_version=2), replace(bill, told=None)):
        with pytest.raises(CannotModify, match="PAID_NOT_KNOWN"):
            modified(unknown, Option.TO_PAID, TERMS)


def test_levy_008_a_new_taxable_amount_brings_its_own_tax_due() -> None:
    """LEVY-008: the tax due edited before is gone, one edited with it or after it stays."""
    assert amended(Edit(total_cents=5), Edit(net_value_dollars=7)) == Edit(7)
    assert amended(Edit(7), Edit(total_cents=5)) == Edit(7, 5)
    assert amended(Edit(total_cents=4), Edit(7, 5)) == Edit(7, 5)
    kept = Edit(7, 5, H1, "A")
    assert amended(kept, NO_EDIT) == kept
    assert amended(kept, Edit(bill_code="")).bill_code == ""


def test_levy_008_each_option_edits_its_own() -> None:
    """LEVY-008, LEVY-009: a code goes with every option."""
    for option in Option:
        check(Edit(bill_code="A"), option)
    check(Edit(1, 2), Option.AMOUNTS)
    check(Edit(due_on=H1), Option.DUE_DATE)
    for edit, option in ((Edit(1), Option.TO_PAID), (Edit(due_on=H1), Option.AMOUNTS)):
        with pytest.raises(CannotModify, match="EDIT_NOT_OF_OPTION"):
            check(edit, option)
