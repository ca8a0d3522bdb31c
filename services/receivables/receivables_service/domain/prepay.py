"""How money paid ahead meets the bills of a collection cycle."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PaidAhead:
    item_id: UUID
    cents: int


@dataclass(frozen=True, slots=True)
class CycleBill:
    """A bill of the cycle; one that is late, or of another class, gets nothing (RECV-046)."""

    bill_id: UUID
    open_cents: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class Spent:
    item_id: UUID
    bill_id: UUID
    cents: int


def assign(money: Sequence[PaidAhead], bills: Sequence[CycleBill]) -> list[Spent]:
    """Spend the money in its order on the current bills in theirs; the excess stays."""
    wants = {bill.bill_id: bill.open_cents for bill in bills if bill.is_current}
    spent = []
    for item in money:
        left = item.cents
        for bill_id, wanted in wants.items():
            part = min(left, wanted)
            if part:
                left -= part
                wants[bill_id] -= part
                spent.append(Spent(item.item_id, bill_id, part))
    return spent
