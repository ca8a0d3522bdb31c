"""CASH-033: who pays by default, and who is shown as the owner."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from cashiering_service.domain.basket import (
    Basket,
    BasketState,
    Line,
    LineKind,
    Payer,
    Subject,
    Wish,
)
from cashiering_service.domain.parties import Parties, PartyKnown
from cashiering_service.domain.payer import default_payer, owner_of, payer_of
from cashiering_service.domain.receipt import SessionHead

DAY = date(2022, 12, 30)
PIN = "13264290020000"
VALE = PartyKnown("taxpayer", "Imogen Vale", "i@example.org")
DEED = PartyKnown("deeded_owner", "Vale Trust")
DESK = PartyKnown("account_contact", "Escrow Desk")


def line(owner: str = "As Billed", kind: LineKind = LineKind.BILL) -> Line:
    return Line(1, kind, "tax", Subject(PIN, owner_name=owner), Wish(DAY, 100))


BASKET = Basket(
    UUID(int=1), SessionHead(UUID(int=2), "T01", 1, DAY, DAY, True), BasketState.OPEN, 1, DAY,
    "casey", lines=(line(),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("known", "billed", "payer"),
    [
        ([DEED, VALE], "As Billed", Payer("Imogen Vale", "i@example.org")),
        ([DEED], "As Billed", Payer("As Billed")),
        ([DEED], "", Payer("Vale Trust")),
        ([DESK], "", Payer("")),
        (None, "As Billed", Payer("As Billed")),
    ],
    ids=["taxpayer", "billed", "deed", "nobody", "untold"],
)
def test_cash_033_a_bills_payer_is_the_taxpayer_else_the_deeded_owner(known, billed, payer):
    """The register's, else whom the bill was issued to, who was its taxpayer then."""
    parties = {} if known is None else {PIN: Parties(tuple(known))}
    assert payer_of(line(billed), parties) == payer


def test_cash_033_an_advances_payer_was_settled_with_its_line() -> None:
    """The register's taxpayer is not asked again."""
    found = payer_of(line("Escrow Desk", LineKind.ADVANCE), {PIN: Parties((VALE,))})
    assert found == Payer("Escrow Desk")


def test_cash_033_the_primary_owner_is_whom_the_register_shows() -> None:
    """Else whom the bill was issued to."""
    assert owner_of(line(), {PIN: Parties((VALE,), DEED)}) == Payer("Vale Trust")
    assert owner_of(line(), {PIN: Parties((VALE,))}) == owner_of(line(), {}) == Payer("As Billed")


def test_cash_033_somebody_who_is_named_stays() -> None:
    """An empty basket has nobody."""
    named = replace(BASKET, payer=Payer("Ada"))
    assert default_payer(BASKET, {}).payer == Payer("As Billed")
    assert default_payer(named, {PIN: Parties((VALE,))}).payer == Payer("Ada")
    assert default_payer(replace(BASKET, lines=()), {}).payer == Payer()
