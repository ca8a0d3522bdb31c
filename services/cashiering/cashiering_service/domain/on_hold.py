"""A parcel that nobody pursues: it may be paid, and the cashier knows who says so (COLL-010)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cashiering_service.domain.finding import Finding, Severity

if TYPE_CHECKING:
    from cashiering_service.domain.findings import BillKnown


@dataclass(frozen=True, slots=True)
class HoldKnown:
    """A hold of collections on a bill's parcel, on the day at the counter."""

    kind: str
    reason: str = ""
    authority: str = ""


def told(bill: "BillKnown") -> Iterator[Finding]:
    """Who pays a held account, and what, may be somebody else's to say: look before it is taken."""
    for hold in bill.holds:
        why = "; ".join(part for part in (hold.reason, hold.authority) if part)
        yield Finding(
            "COLLECTION_HOLD",
            Severity.WARN,
            f"parcel {bill.parcel_number} is on hold for {hold.kind}" + (f": {why}" if why else ""),
            bill.parcel_number,
            bill.bill_number,
        )
