"""CASH-051: interest and penalty waived within what accrued, under a rule that leaves them last."""

from datetime import date

import pytest

from cashiering_service.domain.charges import OpenCharges, OpenInstallment
from cashiering_service.domain.waiver import Waived, check_waiver
from taxkit.errors import Refusal

OPEN = OpenCharges(
    (OpenInstallment(1, date(2022, 3, 1), {"tax": 1_000, "penalty": 20, "interest": 30}),)
)
TAX_FIRST = ("tax", "fee", "penalty", "interest")
INTEREST_FIRST = ("interest", "penalty", "fee", "tax")


@pytest.mark.parametrize(
    ("waived", "order"),
    [
        (Waived(0, 30), TAX_FIRST),
        (Waived(0, 1), TAX_FIRST),
        (Waived(20, 30), TAX_FIRST),
        (Waived(5, 30), TAX_FIRST),
    ],
)
def test_cash_051_what_comes_last_may_be_waived(waived: Waived, order) -> None:
    """AC-3: tax and penalty are paid, interest is not."""
    check_waiver(waived, "lines[0].waived", OPEN, order, "rule")


@pytest.mark.parametrize(
    ("waived", "order", "reason"),
    [
        (Waived(0, 31), TAX_FIRST, "WAIVER_ABOVE_ACCRUED"),
        (Waived(21, 0), TAX_FIRST, "WAIVER_ABOVE_ACCRUED"),
        (Waived(-1, 5), TAX_FIRST, "AMOUNT_NEGATIVE"),
        (Waived(0, 0), TAX_FIRST, "WAIVER_EMPTY"),
        (Waived(20, 0), TAX_FIRST, "WAIVED_NOT_LAST"),
        (Waived(20, 29), TAX_FIRST, "WAIVED_NOT_LAST"),
        (Waived(0, 30), INTEREST_FIRST, "WAIVED_NOT_LAST"),
    ],
)
def test_cash_051_anything_else_is_refused(waived: Waived, order, reason: str) -> None:
    """More than accrued, nothing, or a part the rule pays before something owed."""
    with pytest.raises(Refusal) as refusal:
        check_waiver(waived, "lines[0].waived", OPEN, order, "rule")

    assert refusal.value.reason == reason


def test_charges_are_certain_when_quoted_for_the_day_or_none_is_late() -> None:
    """Otherwise interest may have grown that nobody told."""
    due_on = date(2022, 3, 1)
    assert OPEN.is_certain(due_on)
    assert not OPEN.is_certain(date(2022, 3, 2))
    quoted = OpenCharges(OPEN.installments, date(2022, 3, 2))
    assert quoted.is_certain(date(2022, 3, 2))
    assert not quoted.is_certain(date(2022, 3, 3))
    paid = OpenCharges((OpenInstallment(1, due_on, {"tax": 0}),))
    assert paid.is_certain(date(2030, 1, 1))
    assert (OPEN.balance_cents, OPEN.of_type("penalty")) == (1_050, 20)


def test_the_collection_types_of_a_bill_are_those_of_what_is_open() -> None:
    """Of a paid bill, of all of it."""
    due_on = date(2022, 3, 1)
    parts = (OpenInstallment(1, due_on, {"tax": 0}, "U"), OpenInstallment(2, due_on, {"tax": 5}))

    assert OpenCharges(parts).collection_types == {"S"}
    assert OpenCharges(parts[:1]).collection_types == {"U"}
