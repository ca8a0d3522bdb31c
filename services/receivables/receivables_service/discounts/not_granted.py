"""What a payment in time did not get, told for its receipt: refused, or waiting for a person."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from marshmallow import fields, validate

from receivables_service.domain.discount_checks import Verdict
from receivables_service.domain.discount_facts import Judged
from receivables_service.domain.discount_terms import Program
from receivables_service.domain.facts import PaymentReceived
from receivables_service.tables import BillHead
from receivables_service.told import of_bill
from taxkit.contracts import EventSchema, EventType

PENDING, REFUSED = "pending", "refused"


class Reason(NamedTuple):
    """One program, its rate that day, and why the payment has nothing of it."""

    program: Program
    rate: Decimal
    state: str
    reason: str
    said: str
    amount_cents: int


class DiscountReasonV1(EventSchema):
    program = fields.String(required=True)
    discount_type = fields.String(required=True)
    rate = fields.String(required=True)
    # Refused, or waiting for a second person.
    state = fields.String(required=True, validate=validate.OneOf([PENDING, REFUSED]))
    # A failed check by its name, or approval, short, stacking, nothing_open.
    reason = fields.String(required=True)
    # The check in words, as it was found.
    said = fields.String(required=True)
    # What waits; nothing where it was refused.
    amount_cents = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))


class DiscountNotGrantedV1(EventSchema):
    receipt_id = fields.UUID(required=True)
    payment_id = fields.UUID(required=True)
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True)
    business_date = fields.Date(required=True)
    programs = fields.List(fields.Nested(DiscountReasonV1), required=True)


def reason_of(verdict: Verdict, outcome: Judged | None, *, pending: bool) -> tuple[str, str, str]:
    """(state, reason, words) of one program that gave a payment nothing."""
    if pending:
        return PENDING, "approval", "a second person decides"
    if verdict.failing:
        first = verdict.failing[0]
        return REFUSED, first.name, first.seen
    if outcome is not None and not outcome.settles:
        return REFUSED, "short", "the payment does not settle what is left"
    if outcome is None:
        return REFUSED, "stacking", "it is taken together with no other program"
    return REFUSED, "nothing_open", "nothing that is open bears it"


def told(
    head: BillHead, payment: PaymentReceived, business_date: date, reasons: Sequence[Reason]
) -> dict[str, Any]:
    """Write the data of a DiscountNotGranted."""
    return {
        **of_bill(head),
        "receipt_id": str(payment.receipt_id),
        "payment_id": str(payment.fact_id),
        "business_date": business_date.isoformat(),
        "programs": [
            {
                "program": each.program.code,
                "discount_type": each.program.discount_type.value,
                "rate": str(each.rate),
                "state": each.state,
                "reason": each.reason,
                "said": each.said,
                "amount_cents": each.amount_cents,
            }
            for each in reasons
        ],
    }


EVENT = EventType(
    owner="receivables",
    name="DiscountNotGranted",
    subject="bill/{bill_id}",
    schema=DiscountNotGrantedV1,
    doc=(
        "A payment came within a program's period and took nothing off its bill: each program with"
        " the reason, or that a second person has to agree. A discount granted later is told as"
        " DiscountApplied."
    ),
    example={
        "receipt_id": "01937c3e-0000-7000-8000-0000000000aa",
        "payment_id": "01937c3e-0000-7000-8000-0000000000ab",
        "bill_id": "01937c3e-0000-7000-8000-000000000001",
        "bill_number": "2021-13264290020000",
        "parcel_number": "13264290020000",
        "tax_year": 2021,
        "business_date": "2022-01-15",
        "programs": [
            {
                "program": "early",
                "discount_type": "early",
                "rate": "0.05",
                "state": "refused",
                "reason": "prior_years",
                "said": "delinquent years: 2020",
                "amount_cents": 0,
            }
        ],
    },
)
