"""CASH-037: each jump carries parcel and bill in the fields of its own request."""

from datetime import date
from uuid import UUID

from cashiering_service.domain.basket import (
    Basket,
    BasketState,
    Line,
    LineKind,
    Subject,
    Wish,
)
from cashiering_service.domain.jumping_off import JUMPS, of_basket, of_line
from cashiering_service.domain.receipt import SessionHead

DAY = date(2022, 12, 30)
BILL = UUID(int=9)


def line(number: int, bill_id: UUID | None) -> Line:
    kind = LineKind.BILL if bill_id else LineKind.SOURCE
    return Line(number, kind, "tax", Subject("55", bill_id, "2021-55", 3, 2021), Wish(DAY, 100))


BASKET = Basket(
    UUID(int=1), SessionHead(UUID(int=2), "T01", 1, DAY, DAY, True), BasketState.OPEN, 1, DAY,
    "casey", lines=(line(1, BILL), line(2, None), line(3, UUID(int=10))),
)  # fmt: skip


def test_cash_037_every_action_of_the_catalogue_is_there() -> None:
    """CASH-037: tax information to session reconcile, none without its fields filled in."""
    found = {jump.action: fields for jump, fields in of_line(BASKET, BASKET.lines[0])}
    assert found.keys() >= {
        "tax_information", "adjust_charges", "special_payoff", "protest", "receipts",
        "allocation_rules",
        "session_reconcile", "print",
    }  # fmt: skip
    assert len(found) == len(JUMPS)
    assert all(all(fields.values()) for fields in found.values())


def test_levy_020_adjusting_charges_carries_parcel_and_bill() -> None:
    """LEVY-020: a draft on that bill of that parcel, and no other."""
    (fields,) = [
        fields for jump, fields in of_line(BASKET, BASKET.lines[0])
        if jump.action == "adjust_charges"
    ]  # fmt: skip
    assert (fields["bills.parcel_number"], fields["bill_ids"]) == ("55", str(BILL))


def test_cash_037_a_line_without_a_bill_leads_nowhere() -> None:
    """CASH-037: a source has no parcel to look at."""
    assert list(of_line(BASKET, BASKET.lines[1])) == []


def test_cash_037_all_bills_are_printed_by_one_jump() -> None:
    """CASH-037: every bill of the basket is in it; an empty basket prints nothing."""
    ((jump, fields),) = of_basket(BASKET)
    assert jump.action == "print_bills"
    assert fields["parameters.bill_ids"] == f"{BILL},{UUID(int=10)}"
    empty = Basket(UUID(int=1), BASKET.session, BasketState.OPEN, 1, DAY, "casey")
    assert list(of_basket(empty)) == []
