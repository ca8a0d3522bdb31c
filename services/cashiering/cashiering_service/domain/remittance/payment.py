"""One payment as a file words it, judged field by field."""

import re
from dataclasses import dataclass
from datetime import date

from cashiering_service.domain.remittance.records import (
    MAX_AMOUNT_CENTS,
    BadLine,
    LineProblem,
    RemittanceLine,
)
from cashiering_service.domain.remittance.reference import BadReference, ReferenceFormat

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHORT_DATE = re.compile(r"[0-9]{6}")
_FIRST_YEAR = 2000


@dataclass(frozen=True, slots=True)
class WordedPayment:
    """A payment before it is believed: None stands for what could not be read."""

    line_number: int
    raw: str
    bill_reference: str
    amount_cents: int | None
    amount_text: str
    paid_on: date | None
    received_on: date | None
    dates_text: str
    check_number: str
    payer_name: str


def judge(worded: WordedPayment, references: ReferenceFormat) -> RemittanceLine | BadLine:
    """Believe a payment, or say the first thing that is wrong with it."""
    if worded.amount_cents is None:
        return reject(worded, LineProblem.BAD_AMOUNT, f"{worded.amount_text!r} is not an amount")
    if not 1 <= worded.amount_cents <= MAX_AMOUNT_CENTS:
        return reject(
            worded,
            LineProblem.AMOUNT_OUT_OF_RANGE,
            f"an amount is from 1 to {MAX_AMOUNT_CENTS} cents, not {worded.amount_text}",
        )
    paid_on, received_on = worded.paid_on, worded.received_on
    if paid_on is None or received_on is None:
        return reject(
            worded, LineProblem.BAD_DATE, f"no calendar dates since 2000: {worded.dates_text}"
        )
    if paid_on > received_on:
        return reject(
            worded, LineProblem.BAD_DATE, f"paid on {paid_on}, after it was received {received_on}"
        )
    reference = references.read(worded.bill_reference)
    if isinstance(reference, BadReference):
        return reject(worded, reference.reason, reference.message)
    return RemittanceLine(
        line_number=worded.line_number,
        bill_reference=worded.bill_reference,
        parcel_number=reference.parcel_number,
        tax_year=reference.tax_year,
        amount_cents=worded.amount_cents,
        paid_on=paid_on,
        received_on=received_on,
        check_number=worded.check_number,
        payer_name=worded.payer_name,
        raw=worded.raw,
    )


def reject(worded: WordedPayment, reason: LineProblem, message: str) -> BadLine:
    cents = worded.amount_cents
    storable = cents is not None and abs(cents) <= MAX_AMOUNT_CENTS
    return BadLine(
        line_number=worded.line_number,
        reason=reason,
        message=message,
        raw=worded.raw,
        bill_reference=worded.bill_reference,
        amount_cents=cents if storable else None,
    )


def read_iso_date(text: str) -> date | None:
    """Read YYYY-MM-DD; None for anything else, and for years no open bill can have."""
    if not _ISO_DATE.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year >= _FIRST_YEAR else None


def read_short_date(text: str) -> date | None:
    """Read YYMMDD of this century; None for anything else."""
    if not _SHORT_DATE.fullmatch(text):
        return None
    try:
        return date(_FIRST_YEAR + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        return None


def read_check_number(text: str) -> str:
    """Drop blanks and leading zeros, which differ between layouts for the same check."""
    return text.strip().lstrip("0")
