"""One payment as a file words it, judged field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from cashiering_service.domain.remittance.layout_document import AmountFormat, LineKind
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

_FORMS = {
    AmountFormat.DOLLARS: "dollars and cents such as 1234.56",
    AmountFormat.GROUPED: "dollars and cents such as 1,234.56",
    AmountFormat.CENTS: "whole cents such as 123456",
}
_ASK = "have the sender correct the line, or post it by hand"


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
    amount_form: AmountFormat = AmountFormat.DOLLARS
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
    if (wrong := _wrong_amount(worded)) is not None:
        return wrong
    assert worded.amount_cents is not None
    paid_on, received_on = worded.paid_on, worded.received_on
    if paid_on is None or received_on is None:
        return reject(
            worded, LineProblem.BAD_DATE, f"{worded.dates_text}, of 2000 or later: {_ASK}"
        )
    if paid_on > received_on:
        return reject(
            worded,
            LineProblem.BAD_DATE,
            f"paid_on {paid_on} is after received_on {received_on}: {_ASK}",
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


def _wrong_amount(worded: WordedPayment) -> BadLine | None:
    cents = worded.amount_cents
    if cents is None:
        return reject(
            worded,
            LineProblem.BAD_AMOUNT,
            f"amount {worded.amount_text[:40]!r} is not {_FORMS[worded.amount_form]}: {_ASK}",
        )
    if cents < 0:
        return reject(
            worded,
            LineProblem.TAKEN_BACK,
            f"amount {worded.amount_text[:40]}: the sender takes back what it paid{_of(worded)};"
            " reverse the receipt of that payment, or have it cancelled",
        )
    if not 1 <= cents <= MAX_AMOUNT_CENTS:
        return reject(
            worded,
            LineProblem.AMOUNT_OUT_OF_RANGE,
            f"amount {worded.amount_text[:40]}: it is from 1 to {MAX_AMOUNT_CENTS} cents; {_ASK}",
        )
    return None


def _of(worded: WordedPayment) -> str:
    name = worded.tender_reference or worded.check_number
    return f" as {name[:100]}" if name else ""


def _bill(worded: WordedPayment, references: ReferenceFormat) -> BillReference | BadReference:
    """The bill a line names; a miscellaneous line names a source, and may name no parcel."""
    if too_long := _too_long(worded):
        return BadReference(LineProblem.TEXT_TOO_LONG, too_long)
    if worded.kind is LineKind.MISC:
        if not worded.source_code:
            return BadReference(
                LineProblem.BAD_SOURCE, "source_code is empty: the line has to name a source"
            )
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
