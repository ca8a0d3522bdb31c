"""From a basket to its payment: what has to be settled first, and the states in between."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from cashiering_service.domain.basket import Basket, BasketState, Line, changed
from cashiering_service.domain.basket_terms import BasketTerms
from cashiering_service.domain.finding import Finding, Severity
from cashiering_service.domain.findings import Book
from taxkit.errors import Refusal
from taxkit.money import format_cents


def check_postable(
    basket: Basket,
    found: Sequence[Finding],
    terms: BasketTerms,
    book: Book,
    confirmed: Collection[str],
) -> None:
    """Refuse what forbids a payment, is not approved or not confirmed; the gravest comes first."""
    if not basket.lines:
        raise Refusal("BASKET_EMPTY", "there is nothing in the basket to pay")
    _check_lines(basket, book)
    if terms.verified_payer and not basket.payer.verified:
        raise Refusal("PAYER_NOT_VERIFIED", "see who pays, and say so with SetPayer")
    for one in found:
        if one.severity is Severity.REFUSE:
            raise Refusal(one.code, one.message)
        if one.severity is Severity.APPROVE and one.key not in basket.approved:
            raise Refusal(one.code, f"{one.message}; a second person may approve it")
        if one.severity is Severity.CONFIRM and one.code not in confirmed:
            raise Refusal(
                "FINDING_NOT_CONFIRMED",
                f"{one.message}: confirm {one.code} once it was done",
                metadata={"code": one.code},
            )


def _check_lines(basket: Basket, book: Book) -> None:
    for line in basket.lines:
        if line.paying_cents <= 0:
            raise Refusal(
                "LINE_PAYS_NOTHING",
                f"line {line.line_number} pays {format_cents(line.paying_cents)}: remove it",
            )
        bill = book.bills.get(line.subject.bill_id) if line.subject.bill_id else None
        if bill is not None and bill.bill_version != line.subject.bill_version:
            raise stale(line.subject.bill_number)


def stale(bill_number: str) -> Refusal:
    return Refusal(
        "BILL_VERSION_STALE",
        f"bill {bill_number} was corrected since it was quoted: change its line to quote it anew",
        metadata={"bill_number": bill_number},
    )


def effective_on(basket: Basket) -> date | None:
    """The date of payment all lines ask for; None when it is the session's own, or they differ."""
    dates = {line.wish.effective_on for line in basket.lines} - {basket.session.effective_on}
    return dates.pop() if len(dates) == 1 and _all_on(basket, dates) else None


def line_date(basket: Basket, line: Line) -> date | None:
    """A line's own date of payment, where the lines of a basket differ (CASH-026)."""
    if effective_on(basket) or line.wish.effective_on == basket.session.effective_on:
        return None
    return line.wish.effective_on


def _all_on(basket: Basket, dates: Collection[date]) -> bool:
    return all(line.wish.effective_on in dates for line in basket.lines)


def claim(basket: Basket, key: str) -> Basket:
    """Put a basket into the hands of one call, which posts it; nobody changes it meanwhile.

    What is in it stays, and so does its version: whoever is refused may try again with what he saw.
    """
    return replace(basket, state=BasketState.POSTING, claim=key)


def release(basket: Basket, key: str) -> Basket:
    """Give a basket back whose payment was refused, unless somebody else has it by now."""
    if basket.state is not BasketState.POSTING or basket.claim != key:
        return basket
    return replace(basket, state=BasketState.OPEN, claim="")


def posted(basket: Basket, receipt_id: UUID, receipt_number: str) -> Basket:
    """The end of a basket: its receipt stands."""
    if basket.state is BasketState.POSTED:
        return basket
    return replace(
        changed(basket, state=BasketState.POSTED, claim=""),
        receipt_id=receipt_id,
        receipt_number=receipt_number,
    )


def already_posted(basket: Basket) -> Refusal:
    return Refusal(
        "BASKET_POSTED",
        f"the basket was paid by receipt {basket.receipt_number}",
        metadata={"receipt_number": basket.receipt_number},
    )
