"""CASH-020 to CASH-022: what a parcel's other bills ask of a payment."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain import parcel_rules
from cashiering_service.domain.basket_terms import (
    BasketTerms,
    InterestDisplay,
    RelatedRule,
    TaxType,
)
from cashiering_service.domain.parcel_rules import ParcelBill
from cashiering_service.domain.receipt import BillDue, Order, OrderedLine, Payer, ReceiptLine
from cashiering_service.domain.waiver import Waived
from taxkit.errors import Refusal

DAY = date(2022, 12, 15)
PLAIN = BasketTerms(
    ("tax",),
    collection_types_apart=False,
    defaulted_together=False,
    defaulted_in_full=False,
    tax_types=(TaxType("mobile", "Mobile home", ("MH",)),),
    related=(),
    flags=(),
    interest_display=InterestDisplay.NONE,
    current_due_switch=True,
    proration=True,
    year_days=0,
    advance_types=(),
    verified_payer=False,
)
ASKED = replace(
    PLAIN,
    defaulted_together=True,
    defaulted_in_full=True,
    related=(RelatedRule("mobile", may_override=True),),
)


def bill(year: int, cents: int = 1_000, kind: str = "DS", **changes: object) -> ParcelBill:
    told = [
        {"due_on": "2022-03-01", "tax_open_cents": cents - 10, "collection_type": kind},
        {"due_on": "2022-12-30", "tax_open_cents": 0, "penalty_open_cents": 10},
    ]
    known = ParcelBill(UUID(int=year), f"{year}-P", "P", "211", told)
    return replace(known, **changes)  # type: ignore[arg-type]


def order(*lines: tuple[int, int], **changes: object) -> Order:
    asked = [OrderedLine(UUID(int=year), 1, cents) for year, cents in lines]
    plain = Order(UUID(int=1), Payer("Ada", None), asked, (), None, "")
    return replace(plain, **changes)  # type: ignore[arg-type]


def refusal(
    asked: Order, *bills: ParcelBill, terms: BasketTerms = ASKED, cut_cents: int = 0, **line: object
) -> str:
    """Why it is not taken, its lines made that much less; empty: it is."""
    lines = [
        ReceiptLine(
            place,
            one.amount_cents - cut_cents,
            "P",
            BillDue(one.bill_id, "B", 1, "P", 2018),
            **line,  # type: ignore[arg-type]
        )
        for place, one in enumerate(asked.lines, start=1)
    ]
    known = {one.bill_id: one for one in bills}
    try:
        parcel_rules.check(asked, lines, known, terms, DAY)
    except Refusal as refused:
        return refused.reason
    return ""


def test_most_counties_ask_nothing() -> None:
    """So that nothing is read for it."""
    assert not parcel_rules.asks(PLAIN)
    assert parcel_rules.asks(ASKED)


def test_cash_020_defaulted_bills_go_together() -> None:
    """Unless the others owe nothing, are in a plan, or somebody approved it in the basket."""
    both = (bill(2018), bill(2019))
    assert refusal(order((2018, 1_000)), *both) == "DEFAULTED_SET_INCOMPLETE"
    assert refusal(order((2018, 1_000), (2019, 1_000)), *both) == ""
    paid = replace(bill(2019), told=[{"due_on": "2022-03-01", "collection_type": "DS"}])
    for other in (paid, bill(2019, is_in_plan=True), bill(2019, kind="S")):
        assert refusal(order((2018, 1_000)), bill(2018), other) == ""
    approved = order((2018, 1_000), approved=frozenset({("DEFAULTED_SET_INCOMPLETE", "P")}))
    assert refusal(approved, *both) == ""


@given(st.integers(1, 2_000), st.integers(0, 500))
def test_cash_021_in_full_is_what_settles_it_on_the_day(cents: int, waived_cents: int) -> None:
    """What is waived counts as paid; a quote for the day goes before what was told."""
    quoted = bill(2018, quoted={DAY: 1_200})
    waived = Waived(0, waived_cents) if waived_cents else None
    found = refusal(order((2018, cents)), quoted, waived=waived)

    assert bool(found) == (cents + waived_cents < 1_200)
    assert found in {"", "DEFAULTED_NOT_IN_FULL"}


def test_cash_021_a_basket_was_held_to_its_own_quote() -> None:
    """Here only what the tender made less of it counts."""
    quoted = bill(2018, quoted={DAY: 1_200})
    of_basket = order((2018, 1_000), basket_id=UUID(int=7))
    assert refusal(of_basket, quoted) == ""
    assert refusal(of_basket, quoted, cut_cents=1) == "DEFAULTED_NOT_IN_FULL"


@pytest.mark.parametrize(
    ("lines", "approved", "expected"),
    [
        ([(2021, 500)], False, "RELATED_TAX_DELINQUENT"),
        ([(2021, 500), (2020, 989)], False, "RELATED_TAX_DELINQUENT"),
        # Late is the first installment alone.
        ([(2021, 500), (2020, 990)], False, ""),
        ([(2021, 500)], True, ""),
    ],
)
def test_cash_022_a_delinquent_type_is_settled_first(
    lines: list[tuple[int, int]], approved: bool, expected: str
) -> None:
    """A payment that settles what is late of it may pay the rest of the parcel."""
    mobile, land = bill(2020, kind="S", property_class="MH1"), bill(2021, kind="S")
    codes = frozenset({("RELATED_TAX_DELINQUENT", "P")}) if approved else frozenset()
    assert refusal(order(*lines, approved=codes), mobile, land) == expected

    fixed = replace(ASKED, related=(RelatedRule("mobile", may_override=False),))
    without = expected or ("RELATED_TAX_DELINQUENT" if approved else "")
    assert refusal(order(*lines, approved=codes), mobile, land, terms=fixed) == without


def test_cash_076_a_decal_is_given_in_a_basket() -> None:
    """And was, where one is paid."""
    needs = replace(PLAIN, tax_types=(TaxType("mobile", "Mobile home", ("MH",), needs_decal=True),))
    home = bill(2021, kind="S", property_class="MH1")
    assert parcel_rules.asks(needs)
    assert refusal(order((2021, 5)), home, terms=needs) == "DECAL_MISSING"
    assert refusal(order((2021, 5), basket_id=UUID(int=7)), home, terms=needs) == ""
