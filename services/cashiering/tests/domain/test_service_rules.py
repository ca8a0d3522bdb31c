"""CASH-013, CASH-034: what is taken at a county's counters, and from whom."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from cashiering_service.domain.advance import Advance, OrderedAdvance
from cashiering_service.domain.basket_terms import BasketTerms, InterestDisplay
from cashiering_service.domain.intake import Intake
from cashiering_service.domain.receipt import Order, OrderedLine, Payer
from cashiering_service.domain.service_rules import business_of, check_payer, check_services
from cashiering_service.domain.sources import AmountMode, Entry, ParcelTie, Source
from cashiering_service.domain.tender import TenderKind
from taxkit.errors import Refusal

DAY = date(2022, 12, 15)
TERMS = BasketTerms(
    ("tax",),
    collection_types_apart=False,
    defaulted_together=False,
    defaulted_in_full=False,
    tax_types=(),
    related=(),
    flags=(),
    interest_display=InterestDisplay.NONE,
    current_due_switch=True,
    proration=True,
    year_days=0,
    advance_types=("regular", "escrow"),
    verified_payer=True,
)
LINE = OrderedLine(UUID(int=2), 1, 500)
ORDER = Order(UUID(int=1), Payer("Ada", None), (), (), None, "")
AHEAD = OrderedAdvance("P", 500, Advance("regular"))


def taking(*services: str) -> BasketTerms:
    return replace(TERMS, service_types=services)


@pytest.mark.parametrize(
    ("asked", "business", "needed"),
    [
        ({"lines": (LINE,)}, (), "tax"),
        ({"lines": (replace(LINE, service="trust_tax"),)}, (), "trust_tax"),
        ({"advances": (AHEAD,)}, (), "advance"),
        ({"advances": (replace(AHEAD, advance=Advance("pre_pay")),)}, (), "pre_pay"),
        ({}, ("misc",), "miscellaneous"),
        ({}, ("forfeiture",), "tax"),
    ],
)
def test_cash_013_each_line_is_of_a_service_that_has_to_be_taken(
    asked: dict[str, object], business: tuple[str, ...], needed: str
) -> None:
    """Forfeited tax is tax; a pre-payment, told as an advance, is a service of its own."""
    order = replace(ORDER, **asked)  # type: ignore[arg-type]
    check_services(order, business, taking(needed))

    with pytest.raises(Refusal) as refusal:
        check_services(order, business, taking("repay_reversal"))
    assert refusal.value.reason == "SERVICE_TYPE_DISABLED"


@pytest.mark.parametrize(
    "advance", [Advance("other"), Advance("escrow"), Advance("regular", escrow_account="E")]
)
def test_cash_069_an_advance_is_of_a_type_that_is_taken(advance: Advance) -> None:
    """Escrow, and nothing else, goes with an escrow account."""
    order = replace(ORDER, advances=(replace(AHEAD, advance=advance),))
    with pytest.raises(Refusal) as refusal:
        check_services(order, (), taking("advance"))
    assert refusal.value.reason == "ADVANCE_TYPE_UNKNOWN"
    assert refusal.value.fields[0].field == "advances[0].advance_type"


def test_cash_013_what_a_card_costs_is_no_business_of_its_own() -> None:
    """A source that is not in force on the day is refused elsewhere."""
    card = TenderKind("card", "Card", None, gives_change=False, fee_source="CARD-FEE")
    copies = Source(
        "COPY", DAY, "Copy", "Copy", "fees", "standard", AmountMode.FLAT, 5, (), ParcelTie.NONE,
        "1", "1",
    )  # fmt: skip
    order = replace(ORDER, entries=(Entry("CARD-FEE"), Entry("COPY")))
    sources = {"CARD-FEE": [replace(copies, source_code="CARD-FEE")], "COPY": [copies]}

    assert business_of(order, sources, {"card": card}, DAY) == {"misc"}
    assert business_of(replace(order, entries=order.entries[:1]), sources, {"card": card}, DAY) == (
        set()
    )
    assert business_of(order, sources, {"card": card}, date(2022, 12, 14)) == set()


def test_cash_034_only_over_the_counter_somebody_is_there_to_be_seen() -> None:
    """In a basket it was said already."""
    with pytest.raises(Refusal) as refusal:
        check_payer(ORDER, TERMS)
    assert refusal.value.reason == "PAYER_NOT_VERIFIED"
    check_payer(replace(ORDER, basket_id=UUID(int=3)), TERMS)
    check_payer(replace(ORDER, intake=Intake("mail")), TERMS)
    check_payer(ORDER, replace(TERMS, verified_payer=False))
