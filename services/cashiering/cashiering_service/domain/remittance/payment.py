"""One payment as a file words it, judged field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from cashiering_service.domain.remittance.layout_document import LineKind
from cashiering_service.domain.remittance.records import (
    MAX_AMOUNT_CENTS,
    BadLine,
    LineProblem,
    RemittanceLine,
)
from cashiering_service.domain.remittance.reference import (
    BadReference,
    BillReference,
    ReferenceFormat,
)

_TEXT_MAX = {"check number": 100, "payer": 200, "reference": 100, "lender": 40, "source": 40}


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
    # Instead of a reference, as some files name a bill.
    parcel_number: str = ""
    tax_year: str = ""
    # Money that is there whoever it is for, as a wire is: it may wait without a bill.
    may_name_no_bill: bool = False
    kind: LineKind = LineKind.BILL
    tender_type: str = ""
    tender_reference: str = ""
    lender_code: str = ""
    source_code: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


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
    bill = _bill(worded, references)
    if isinstance(bill, BadReference):
        return reject(worded, bill.reason, bill.message)
    return RemittanceLine(
        line_number=worded.line_number,
        bill_reference=worded.bill_reference,
        parcel_number=bill.parcel_number,
        tax_year=bill.tax_year,
        amount_cents=worded.amount_cents,
        paid_on=paid_on,
        received_on=received_on,
        check_number=worded.check_number,
        payer_name=worded.payer_name,
        raw=worded.raw,
        kind=worded.kind,
        tender_type=worded.tender_type,
        tender_reference=worded.tender_reference,
        lender_code=worded.lender_code,
        source_code=worded.source_code,
        fields=worded.fields,
    )


def _bill(worded: WordedPayment, references: ReferenceFormat) -> BillReference | BadReference:
    """The bill a line names; a miscellaneous line names a source, and may name no parcel."""
    if too_long := _too_long(worded):
        return BadReference(LineProblem.TEXT_TOO_LONG, too_long)
    if worded.kind is LineKind.MISC:
        if not worded.source_code:
            return BadReference(LineProblem.BAD_SOURCE, "the line names no source")
        return BillReference(worded.parcel_number.replace("-", ""), None)
    if worded.may_name_no_bill and not worded.bill_reference:
        return BillReference("", None)
    if worded.bill_reference or not worded.parcel_number:
        return references.read(worded.bill_reference)
    return references.of(worded.parcel_number, worded.tax_year)


def _too_long(worded: WordedPayment) -> str:
    texts = (
        worded.check_number, worded.payer_name, worded.tender_reference, worded.lender_code,
        worded.source_code,
    )  # fmt: skip
    for (what, most), text in zip(_TEXT_MAX.items(), texts, strict=True):
        if len(text) > most:
            return f"the {what} has {len(text)} characters: at most {most}"
    return ""


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
