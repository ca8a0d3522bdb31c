"""Terms of a receipt's line as they are told on the bus."""

from typing import Any

from cashiering_service.domain.receipt import Receipt, ReceiptLine
from cashiering_service.till.receipt_terms import allocation


def told_terms(line: ReceiptLine) -> dict[str, Any]:
    """What the bus is told of a line beyond the plain."""
    if not line.has_terms:
        return {}
    waived = line.waived
    return _told(
        line.tolerance_cents,
        (waived.penalty_cents, waived.interest_cents) if waived else (0, 0),
        allocation(line.allotment) if line.allotment else None,
    )


def stored_told_terms(row: Any) -> dict[str, Any]:
    """The same of a stored line, for its reversal."""
    if row.tolerance_cents is None:
        return {}
    waived = (row.waived_penalty_cents, row.waived_interest_cents)
    return _told(row.tolerance_cents, waived, row.allocation)


def _told(
    tolerance_cents: int, waived: tuple[int, int], stored: dict[str, Any] | None
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if tolerance_cents:
        found["tolerance_cents"] = tolerance_cents
    if any(waived):
        found["waived"] = {"penalty_cents": waived[0], "interest_cents": waived[1]}
    if stored:
        found["allocation"] = stored
    return found


def allocation_overridden(receipt: Receipt) -> dict[str, Any]:
    """Write the data of an AllocationOverridden: the lines that hands allocated."""
    return {
        "receipt_id": str(receipt.receipt_id),
        "receipt_number": receipt.receipt_number,
        "business_date": receipt.session.business_date.isoformat(),
        "effective_on": receipt.effective_on.isoformat(),
        "lines": [
            {
                "line_number": line.line_number,
                "bill_id": str(line.bill.bill_id),
                "amount_cents": line.amount_cents,
                **{
                    name: value
                    for name, value in allocation(line.allotment).items()
                    if name != "overridden"
                },
            }
            for line in receipt.lines
            if line.bill and line.allotment and line.allotment.is_overridden
        ],
    }
