"""CASH-026: what a line pays."""

from datetime import date

import pytest

from cashiering_service.domain.paying import Charge, Quoted, Wish, paying_cents

DAY = date(2022, 12, 15)
QUOTED = Quoted(DAY, False, (Charge(1, DAY, 100, 20, 7, 3), Charge(2, DAY, 50)), 180)


@pytest.mark.parametrize(("typed", "pays"), [(None, 180), (0, 0), (60, 60), (500, 500)])
def test_cash_026_a_line_pays_what_was_typed_or_else_all_that_is_quoted(typed, pays) -> None:
    assert paying_cents(Wish(DAY, typed), QUOTED) == pays


def test_a_charge_is_open_by_all_its_kinds() -> None:
    """Tax, interest, penalty and fees."""
    assert [one.open_cents for one in QUOTED.charges] == [130, 50]


def test_nothing_quoted_pays_nothing() -> None:
    assert paying_cents(Wish(DAY), None) == 0
