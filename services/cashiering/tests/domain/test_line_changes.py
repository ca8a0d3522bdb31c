"""CASH-026 to CASH-033: what may be changed about a line, and who pays."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from cashiering_service.baskets import rulebook as basket_rulebook
from cashiering_service.domain import basket as baskets
from cashiering_service.domain.basket import (
    Basket,
    BasketState,
    LineKind,
    NewLine,
    Subject,
)
from cashiering_service.domain.basket_terms import InterestDisplay
from cashiering_service.domain.line_changes import (
    LineChange,
    change_line,
    first_basis,
    switch_basis,
)
from cashiering_service.domain.paying import Basis, Charge, Due, Quoted, Wish
from cashiering_service.domain.proration import by_percent
from cashiering_service.domain.receipt import SessionHead
from taxkit.errors import Refusal

DAY = date(2022, 12, 15)
LAW = Path(__file__).parents[4] / "jurisdictions"
TERMS = replace(
    basket_rulebook.load(str(LAW), "us-il-cook").at(DAY), interest_display=InterestDisplay.FULL
)
SESSION = SessionHead(UUID(int=1), "T01", 1, DAY, DAY, True)
QUOTED = Quoted(DAY, True, (Charge(1, date(2022, 3, 1), 60), Charge(2, DAY, 40)), 100)
PAID = replace(QUOTED, charges=(replace(QUOTED.charges[0], paid_cents=5), QUOTED.charges[1]))
BASKET = baskets.add_lines(
    Basket(UUID(int=2), SESSION, BasketState.OPEN, 1, DAY, "cashier"),
    [
        NewLine(
            LineKind.BILL,
            "tax",
            Subject("P", UUID(int=year), str(year), 1, year, f"Owner {year}", "o@example.org"),
            Wish(DAY),
            quoted,
        )
        for year, quoted in ((2020, QUOTED), (2021, PAID))
    ],
)
LINE = BASKET.lines[0]


@pytest.mark.parametrize(
    ("change", "pays"),
    [
        (LineChange(amount_cents=7), 7), (LineChange(share=by_percent("10")), 10),
        (LineChange(basis=Basis.INSTALLMENT, due=Due.CURRENT), 100), (LineChange(), 100),
    ],
)  # fmt: skip
def test_cash_026_a_change_counts_and_can_be_taken_back(change: LineChange, pays: int) -> None:
    changed = change_line(LINE, change, TERMS, BASKET)
    back = change_line(changed, LineChange(as_quoted=True), TERMS, BASKET)

    assert changed.paying_cents == pays
    assert (back.wish.amount_cents, back.wish.share) == (None, None)


def test_an_amount_forgets_the_share_and_the_other_way_round() -> None:
    shared = change_line(LINE, LineChange(share=by_percent("10")), TERMS, BASKET)
    typed = change_line(shared, LineChange(amount_cents=3), TERMS, BASKET)

    assert (typed.wish.share, typed.paying_cents) == (None, 3)
    again = change_line(typed, LineChange(share=by_percent("10")), TERMS, BASKET)
    assert (again.wish.amount_cents, again.paying_cents) == (None, 10)


@pytest.mark.parametrize(
    ("change", "terms", "reason"),
    [
        (LineChange(amount_cents=-1), {}, "AMOUNT_OUT_OF_RANGE"),
        (LineChange(amount_cents=2**53), {}, "AMOUNT_OUT_OF_RANGE"),
        (LineChange(amount_cents=1, share=by_percent("1")), {}, "AMOUNT_AMBIGUOUS"),
        (LineChange(effective_on=date(2022, 12, 16)), {}, "EFFECTIVE_DATE_IN_FUTURE"),
        (LineChange(share=by_percent("1")), {"proration": False}, "PRORATION_DISABLED"),
        (LineChange(due=Due.CURRENT), {"current_due_switch": False}, "DUE_SWITCH_DISABLED"),
        (LineChange(basis=Basis.FULL), {"interest_display": InterestDisplay.NONE},
         "BASIS_SWITCH_DISABLED"),
    ],
)  # fmt: skip
def test_what_the_county_does_not_allow_is_refused(change, terms, reason) -> None:
    with pytest.raises(Refusal) as refusal:
        change_line(LINE, change, replace(TERMS, **terms), BASKET)

    assert refusal.value.reason == reason


def test_cash_030_a_dictated_basis_is_not_changed() -> None:
    """Neither on its line nor by the switch for all."""
    with pytest.raises(Refusal, match="BASIS_DICTATED"):
        change_line(BASKET.lines[1], LineChange(basis=Basis.FULL), TERMS, BASKET)
    after = switch_basis(BASKET, Basis.INSTALLMENT, TERMS)

    assert [one.wish.basis for one in after.lines] == [Basis.INSTALLMENT, Basis.FULL]


@pytest.mark.parametrize(
    ("display", "basis"),
    [
        (InterestDisplay.NONE, Basis.FULL), (InterestDisplay.FULL, Basis.FULL),
        (InterestDisplay.INSTALLMENT, Basis.INSTALLMENT),
    ],
)  # fmt: skip
def test_cash_028_the_display_sets_the_first_basis(display, basis) -> None:
    assert first_basis(replace(TERMS, interest_display=display)) is basis
