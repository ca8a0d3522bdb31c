"""What a basket's lines owe and pay, secured and unsecured apart (CASH-019)."""

from collections.abc import Sequence
from dataclasses import dataclass

from cashiering_service.domain.basket import Basket
from cashiering_service.domain.paying import Charge


@dataclass(frozen=True, slots=True)
class Subtotal:
    collection_type: str
    current_cents: int
    delinquent_cents: int
    paying_cents: int


def subtotals(basket: Basket) -> tuple[Subtotal, ...]:
    """Secured and unsecured apart, each with what was due before the lines' dates (CASH-019)."""
    sums: dict[str, list[int]] = {}
    for line in basket.lines:
        if line.quoted is None:
            continue
        charges: Sequence[Charge] = line.quoted.charges
        unsecured = any(one.collection_type == "U" for one in charges)
        into = sums.setdefault("U" if unsecured else "S", [0, 0, 0])
        for one in charges:
            into[one.due_on < line.wish.effective_on] += one.open_cents
        into[2] += line.paying_cents
    return tuple(Subtotal(kind, *cents) for kind, cents in sorted(sums.items()))
