"""A bill on a parcel number that is used no more (LEVY-024)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cashiering_service.domain.finding import Finding, Severity

if TYPE_CHECKING:
    from cashiering_service.domain.findings import BillKnown


def told(bill: "BillKnown") -> Iterator[Finding]:
    """It is paid like any other; whoever pays should know where the rest of the account is."""
    if bill.successor_number:
        yield Finding(
            "PARCEL_RETIRED",
            Severity.WARN,
            f"parcel {bill.parcel_number} was retired: {bill.successor_number} is in its place",
            bill.parcel_number,
            bill.bill_number,
        )
