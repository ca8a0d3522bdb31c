"""Advances of a receipt's lines: stored beside them, told and answered."""

from collections.abc import Sequence
from typing import Any

from cashiering_service.domain.advance import Advance, OrderedAdvance
from cashiering_service.domain.receipt import Receipt, ReceiptLine
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import requests
from taxkit.rows import Columns

ADVANCES = Columns(
    {
        "receipt_id": "uuid",
        "line_number": "integer",
        "advance_type": "text",
        "escrow_account": "text",
    }
)
_TEXT_MAX = 100
_YEAR_MAX = 9999


def read_advances(request: pb.PostPaymentRequest) -> tuple[OrderedAdvance, ...]:
    """Translate; amounts are judged by the domain."""
    return tuple(
        OrderedAdvance(
            requests.plain_text(one.parcel_number, f"advances[{n}].parcel_number", _TEXT_MAX),
            one.amount_cents,
            Advance(
                requests.plain_text(one.advance_type, f"advances[{n}].advance_type", _TEXT_MAX),
                one.tax_year if 0 < one.tax_year <= _YEAR_MAX else None,
                requests.plain_text(one.escrow_account, f"advances[{n}].escrow_account", _TEXT_MAX)
                or None,
            ),
            requests.optional_date(one.effective_on, f"advances[{n}].effective_on"),
        )
        for n, one in enumerate(request.advances)
    )


def rows(receipts: Sequence[Receipt]) -> list[tuple[object, ...]]:
    return [
        (
            receipt.receipt_id,
            line.line_number,
            line.advance.advance_type,
            line.advance.escrow_account,
        )
        for receipt in receipts
        for line in receipt.lines
        if line.advance
    ]


def told(line: ReceiptLine) -> dict[str, Any]:
    """What the bus is told of an advance; of other lines nothing."""
    if line.advance is None:
        return {}
    return {
        "kind": "advance",
        "advance_type": line.advance.advance_type,
        "escrow_account": line.advance.escrow_account,
    }


def stored_told(row: Any) -> dict[str, Any]:
    """The same of a stored line, for its reversal."""
    if row.advance_type is None:
        return {}
    return {
        "kind": "advance",
        "advance_type": row.advance_type,
        "escrow_account": row.escrow_account,
    }


def answered(line: ReceiptLine) -> dict[str, Any]:
    if line.advance is None:
        return {}
    return {
        "advance_type": line.advance.advance_type,
        "escrow_account": line.advance.escrow_account or "",
    }


def stored_answered(row: Any) -> dict[str, Any]:
    if row.advance_type is None:
        return {}
    return {"advance_type": row.advance_type, "escrow_account": row.escrow_account or ""}
