"""Changing what a line is to pay: its date, its amount, its basis, its share."""

from dataclasses import dataclass, replace
from datetime import date

from cashiering_service.domain.basket import Basket, Line, LineKind, changed
from cashiering_service.domain.basket_terms import BasketTerms, InterestDisplay
from cashiering_service.domain.findings import DECAL
from cashiering_service.domain.paying import Basis, Due, Quoted
from cashiering_service.domain.proration import Share
from taxkit.errors import Refusal, invalid
from taxkit.money import CENTS_MAX


@dataclass(frozen=True, slots=True)
class LineChange:
    """What of a line is to be different; None leaves it."""

    effective_on: date | None = None
    amount_cents: int | None = None
    # Forgets the amount typed: the line pays what is quoted.
    as_quoted: bool = False
    basis: Basis | None = None
    due: Due | None = None
    share: Share | None = None
    # Of a mobile home; empty leaves it.
    decal_number: str = ""
    # Empty leaves the allocation rule.
    rule_id: str = ""


def change_line(line: Line, change: LineChange, terms: BasketTerms, basket: Basket) -> Line:
    """Apply a change the county allows; an amount typed and a share exclude each other."""
    _check(line, change, terms, basket)
    wish = line.wish
    amount_cents, share = wish.amount_cents, wish.share
    if change.as_quoted:
        amount_cents, share = None, None
    if change.amount_cents is not None:
        amount_cents, share = change.amount_cents, None
    if change.share is not None:
        amount_cents, share = None, change.share
    decal = {DECAL: change.decal_number} if change.decal_number else {}
    return replace(
        line,
        details={**line.details, **decal},
        wish=replace(
            wish,
            effective_on=change.effective_on or wish.effective_on,
            amount_cents=amount_cents,
            share=share,
            basis=change.basis or wish.basis,
            due=change.due or wish.due,
            rule_id=change.rule_id or wish.rule_id,
        ),
    )


def _check(line: Line, change: LineChange, terms: BasketTerms, basket: Basket) -> None:
    if change.amount_cents is not None and not 0 <= change.amount_cents <= CENTS_MAX:
        raise invalid("AMOUNT_OUT_OF_RANGE", "an amount is from $0.00 up", "amount_cents")
    if line.kind is LineKind.SOURCE and (change.amount_cents is not None or change.as_quoted):
        raise Refusal("LINE_PRICED", "a source prices its line: remove it and enter it anew")
    if line.kind is not LineKind.BILL and change.share is not None:
        raise Refusal("LINE_NOT_A_BILL", "only a bill's line is prorated")
    if line.kind is LineKind.ADVANCE and change.as_quoted:
        raise Refusal("LINE_NOT_A_BILL", "nothing is quoted for an advance")
    if change.amount_cents is not None and change.share is not None:
        raise invalid("AMOUNT_AMBIGUOUS", "type an amount or prorate, not both", "amount_cents")
    if change.effective_on and change.effective_on > basket.session.business_date:
        raise invalid(
            "EFFECTIVE_DATE_IN_FUTURE",
            f"{change.effective_on} is after the business date {basket.session.business_date}",
            "effective_on",
        )
    if change.share is not None and not terms.proration:
        raise Refusal("PRORATION_DISABLED", "lines are not prorated at this county's counters")
    if change.due is not None and not terms.current_due_switch:
        raise Refusal("DUE_SWITCH_DISABLED", "current and total due are not chosen here")
    if change.basis is not None:
        check_basis(line.quoted, change.basis, terms)


def check_basis(quoted: Quoted | None, basis: Basis, terms: BasketTerms) -> None:
    """Refuse a basis the county hides, or one that an earlier payment has decided (CASH-030)."""
    if terms.interest_display is InterestDisplay.NONE:
        raise Refusal("BASIS_SWITCH_DISABLED", "bills are quoted in full here")
    dictated = quoted.dictated_basis if quoted else None
    if dictated is not None and dictated is not basis:
        raise Refusal(
            "BASIS_DICTATED", f"an earlier payment has put this bill on the basis {dictated}"
        )


def switch_basis(basket: Basket, basis: Basis, terms: BasketTerms) -> Basket:
    """Put every bill that is free to choose on a basis (CASH-028)."""
    check_basis(None, basis, terms)
    return changed(
        basket,
        lines=tuple(
            line
            if line.quoted is None or line.quoted.dictated_basis
            else replace(line, wish=replace(line.wish, basis=basis))
            for line in basket.lines
        ),
    )


def first_basis(terms: BasketTerms) -> Basis:
    """What a line starts on."""
    start_by_installment = terms.interest_display is InterestDisplay.INSTALLMENT
    return Basis.INSTALLMENT if start_by_installment else Basis.FULL
