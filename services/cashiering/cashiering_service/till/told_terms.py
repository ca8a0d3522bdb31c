"""Terms of a receipt's line as they are told on the bus."""

from datetime import date
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
        line.effective_on,
    )


def stored_told_terms(row: Any) -> dict[str, Any]:
    """The same of a stored line, for its reversal."""
    if row.tolerance_cents is None:
        return {}
    waived = (row.waived_penalty_cents, row.waived_interest_cents)
    return _told(row.tolerance_cents, waived, row.allocation, row.effective_on)


def told_handling(receipt: Receipt) -> dict[str, Any]:
    """What the bus is told of how a receipt came, and of paper nobody wants."""
    intake, paper = receipt.intake, receipt.paper
    found: dict[str, Any] = {}
    if intake.postmarked_on:
        found["postmarked_on"] = intake.postmarked_on.isoformat()
    if intake.lender_code:
        found["lender_code"] = intake.lender_code
    if paper.is_print_suppressed:
        found["receipt_print_suppressed"] = True
    if paper.is_surplus_notice_suppressed:
        found["surplus_notice_suppressed"] = True
    return found


def answered_handling(receipt: Receipt) -> dict[str, Any]:
    """What the caller is told besides: the papers printed with it are nobody else's."""
    found = told_handling(receipt)
    if receipt.paper.custom:
        found["custom_receipts"] = receipt.paper.custom
    return found


def stored_handling(row: Any) -> dict[str, Any]:
    """The same of a stored receipt; a plain one has none of the columns."""
    if row.print_suppressed is None:
        return {}
    return {
        "postmarked_on": row.postmarked_on.isoformat() if row.postmarked_on else "",
        "lender_code": row.lender_code,
        "receipt_print_suppressed": row.print_suppressed,
        "surplus_notice_suppressed": row.surplus_notice_suppressed,
        "custom_receipts": row.custom_receipts,
    }


def _told(
    tolerance_cents: int,
    waived: tuple[int, int],
    stored: dict[str, Any] | None,
    effective_on: date | None,
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if effective_on:
        found["effective_on"] = effective_on.isoformat()
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
