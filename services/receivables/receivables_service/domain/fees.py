"""Which bill of several paid by one returned check carries its fee."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RedeemedBill:
    """A bill that a check was to pay, in default or not."""

    bill_id: UUID
    tax_year: int


def returned_check_fees(group: Iterable[RedeemedBill], fee_cents: int) -> dict[UUID, int]:
    """Charge the fee once, on the oldest bill; the others carry none (RECV-057)."""
    oldest_first = sorted(group, key=lambda each: (each.tax_year, each.bill_id))
    return {each.bill_id: fee_cents if place == 0 else 0 for place, each in enumerate(oldest_first)}
