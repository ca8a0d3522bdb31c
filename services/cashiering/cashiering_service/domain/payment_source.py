"""Where payments come from, and how those of a source are captured (CASH-063)."""

from dataclasses import dataclass
from enum import StrEnum

from cashiering_service.domain.remittance import LayoutDocument


class Capture(StrEnum):
    """Mail keeps its postmark; a lender's payments are taken in bulk under its code."""

    STANDARD = "standard"
    MAIL = "mail"
    LENDER = "lender"


class Unmatched(StrEnum):
    """What becomes of money that names no bill known here."""

    SUSPENSE = "suspense"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class PaymentSource:
    code: str
    name: str
    capture: Capture
    unmatched: Unmatched


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a layout cannot serve its source."""

    field: str
    found: str
    expected: str


def misfit(layout: LayoutDocument, source: PaymentSource) -> Misfit | None:
    """What a source asks of the layout of its files."""
    # Where a layout has one date only, it is both.
    dated = layout.field("paid_on") or layout.field("received_on")
    if source.capture is Capture.MAIL and dated is None:
        return Misfit("fields", "no field paid_on", "the postmark: mail counts from it")
    if source.capture is Capture.LENDER and layout.field("payer_name") is not None:
        return None
    if source.capture is Capture.LENDER and layout.field("lender_code") is None:
        return Misfit("fields", "neither lender_code nor payer_name", "who pays in bulk")
    return None
