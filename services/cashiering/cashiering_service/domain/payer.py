"""Who pays: the owner unless somebody is named, typed or by a lender's code."""

from dataclasses import replace

from cashiering_service.domain.basket import Basket, Line, Payer, changed


def default_payer(basket: Basket) -> Basket:
    """Name the first line's owner when nobody was named yet (CASH-033)."""
    if basket.payer.name or not basket.lines:
        return basket
    return replace(basket, payer=owner_of(basket.lines[0]))


def owner_of(line: Line) -> Payer:
    """A line's primary owner; whether it is them is not verified by that."""
    return Payer(line.subject.owner_name, line.subject.owner_email)


def set_payer(basket: Basket, payer: Payer) -> Basket:
    return changed(basket, payer=payer)
