"""What is said of a part of a bill at the counter: a finding in a basket, a refusal of an order."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from cashiering_service.domain import coded
from cashiering_service.domain.finding import Finding, Severity
from cashiering_service.domain.part_payments import (
    ANY_PART,
    OpenPart,
    PartPayments,
    Parts,
    Standing,
    objection,
)
from cashiering_service.domain.receipt import ReceiptLine
from taxkit.errors import Refusal

if TYPE_CHECKING:
    from cashiering_service.domain.basket import Line
    from cashiering_service.domain.findings import BillKnown

_ACTIVE = "active"


def of_part(line: "Line", bill: "BillKnown", terms: PartPayments) -> Iterator[Finding]:
    """A basket's line that pays a part which is not taken (RECV-062)."""
    charges = line.quoted.charges if line.quoted else bill.charges
    standing = Standing(
        bill.bill_number,
        [OpenPart(one.due_on, one.open_cents, one.open_cents - one.tax_cents) for one in charges],
        line.quoted.discount_cents if line.quoted else 0,
        coded.allows_part(bill.codes),
        bill.plan_status == _ACTIVE,
    )
    objected = objection(terms, line.paying_cents, line.wish.effective_on, standing)
    if objected is not None:
        yield Finding(
            objected.reason,
            Severity.REFUSE,
            objected.message,
            bill.parcel_number,
            bill.bill_number,
        )


def check_lines(lines: Sequence[ReceiptLine], parts: Parts, effective_on: date) -> None:
    """Refuse an order whose line pays such a part; what is waived of it counts as paid."""
    if parts.terms == ANY_PART:
        return
    for line in lines:
        known = parts.bills.get(line.bill.bill_id) if line.bill else None
        if known is None:
            continue
        on = line.effective_on or effective_on
        waived_cents = sum(line.waived.by_type.values()) if line.waived else 0
        paying_cents = line.amount_cents + waived_cents
        objected = objection(parts.terms, paying_cents, on, known.on(on))
        if objected is not None:
            raise Refusal(objected.reason, objected.message)
