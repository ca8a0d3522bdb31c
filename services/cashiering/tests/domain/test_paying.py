"""CASH-026 to CASH-031: what a line pays."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.paying import (
    Basis,
    Charge,
    Due,
    Quoted,
    Wish,
    asked_charges,
    paying_cents,
)
from cashiering_service.domain.proration import by_percent

DAY = date(2022, 12, 15)
FIRST, SECOND = date(2022, 3, 1), date(2022, 12, 30)
QUOTED = Quoted(DAY, False, (Charge(1, FIRST, 100, 20, 7, 3), Charge(2, SECOND, 50)), 180)
AHEAD = Quoted(DAY, False, (Charge(1, SECOND, 100), Charge(2, date(2023, 6, 1), 50)), 150)


@pytest.mark.parametrize(("typed", "pays"), [(None, 180), (0, 0), (60, 60), (500, 500)])
def test_cash_026_a_line_pays_what_was_typed_or_else_all_that_is_quoted(typed, pays) -> None:
    assert paying_cents(Wish(DAY, typed), QUOTED) == pays


@pytest.mark.parametrize(
    ("quoted", "basis", "due", "pays"),
    [
        (QUOTED, Basis.FULL, Due.TOTAL, 180),
        (QUOTED, Basis.FULL, Due.CURRENT, 130),
        (QUOTED, Basis.INSTALLMENT, Due.TOTAL, 130),
        (AHEAD, Basis.FULL, Due.TOTAL, 150),
        (AHEAD, Basis.FULL, Due.CURRENT, 100),
        (AHEAD, Basis.INSTALLMENT, Due.CURRENT, 100),
    ],
)
def test_cash_029_cash_031_installment_or_all_without_typing(quoted, basis, due, pays) -> None:
    """Before anything is due, the current due is the first installment."""
    assert paying_cents(Wish(DAY, basis=basis, due=due), quoted) == pays


@pytest.mark.parametrize(
    ("paid", "dictated"),
    [
        ((0, 0), None),
        ((5, 0), Basis.INSTALLMENT),
        ((0, 5), Basis.INSTALLMENT),
        ((5, 5), Basis.FULL),
    ],
)
def test_cash_030_an_earlier_payment_dictates_the_basis(paid, dictated) -> None:
    """Whatever the payer wishes now."""
    charges = tuple(
        replace(one, paid_cents=cents) for one, cents in zip(QUOTED.charges, paid, strict=True)
    )
    quoted = replace(QUOTED, charges=charges)

    assert quoted.dictated_basis is dictated
    if dictated is Basis.INSTALLMENT:
        assert [one.installment for one in asked_charges(Wish(DAY), quoted)] == [1]


def test_cash_027_a_share_is_of_what_the_line_is_about() -> None:
    """Half of the current due is half of the first installment."""
    wish = Wish(DAY, due=Due.CURRENT, share=by_percent("50"))

    assert paying_cents(wish, QUOTED) == 65


@given(st.sampled_from(Basis), st.sampled_from(Due), st.dates())
def test_a_line_never_asks_for_more_than_is_quoted(basis: Basis, due: Due, on: date) -> None:
    for quoted in (QUOTED, AHEAD):
        assert 0 < paying_cents(Wish(on, basis=basis, due=due), quoted) <= quoted.open_cents


def test_a_charge_is_open_by_all_its_kinds() -> None:
    """Tax, interest, penalty and fees."""
    assert [one.open_cents for one in QUOTED.charges] == [130, 50]


def test_nothing_quoted_pays_nothing() -> None:
    assert paying_cents(Wish(DAY), None) == 0
    assert paying_cents(Wish(DAY), Quoted(DAY, True, (), 0)) == 0


@pytest.mark.parametrize("fixed", [True, False])
def test_cash_030_what_receivables_says_of_the_basis_counts_before_any_guess(fixed) -> None:
    """RECV-014: both halves are paid on, and the ledger still counts by installments."""
    charges = tuple(replace(one, paid_cents=5) for one in QUOTED.charges)
    quoted = replace(QUOTED, charges=charges, basis=Basis.INSTALLMENT, basis_is_fixed=fixed)
    assert quoted.dictated_basis is (Basis.INSTALLMENT if fixed else None)
    assert quoted.is_free_to_choose is not fixed
