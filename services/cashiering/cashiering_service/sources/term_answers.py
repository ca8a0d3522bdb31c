"""Terms of a receipt's line as the API words them."""

from datetime import date
from typing import Any

from cashiering_service.domain.receipt import ReceiptLine
from cashiering_service.till.receipt_terms import allocation
from millage.cashiering.v1 import cashiering_pb2 as pb


def line_terms(line: ReceiptLine) -> dict[str, Any]:
    """What a line just posted says beyond the plain; of most lines nothing."""
    if not line.has_terms:
        return {}
    return _answer(
        line.tolerance_cents,
        (line.waived.penalty_cents, line.waived.interest_cents) if line.waived else (0, 0),
        allocation(line.allotment) if line.allotment else None,
        line.effective_on,
    )


def stored_line_terms(row: Any) -> dict[str, Any]:
    """The same of a stored line; a line without terms has none of the columns."""
    if row.tolerance_cents is None:
        return {}
    waived = (row.waived_penalty_cents, row.waived_interest_cents)
    return _answer(row.tolerance_cents, waived, row.allocation, row.effective_on)


def _answer(
    tolerance_cents: int,
    waived: tuple[int, int],
    stored: dict[str, Any] | None,
    effective_on: date | None,
) -> dict[str, Any]:
    found: dict[str, Any] = {"tolerance_cents": tolerance_cents}
    if effective_on:
        found["effective_on"] = effective_on.isoformat()
    if any(waived):
        found["waived"] = pb.Waived(penalty_cents=waived[0], interest_cents=waived[1])
    if stored:
        found["allocation"] = pb.Allocation(
            overridden=stored["overridden"],
            by=stored["by"],
            at=stored["at"],
            rows=[pb.AllocationRow(**row) for row in stored["rows"]],
            service=stored.get("service", ""),
            account_keys=stored.get("account_keys", {}),
        )
    return found
