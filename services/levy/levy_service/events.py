"""The events levy owns."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from marshmallow import fields, validate

from levy_service import bill_credits
from levy_service.domain.billing import ComputedBill
from levy_service.domain.credits import BorneBy
from levy_service.domain.increment import Part
from levy_service.domain.roll import ParcelRow
from levy_service.funds import events as fund_events
from levy_service.modifications import events as modification_events
from levy_service.moves.events import BILL_MOVED
from levy_service.queries import WholeBill
from levy_service.register import events as register_events
from levy_service.specials import events as special_events
from levy_service.specials import payoff_events
from levy_service.successors import events as successor_events
from taxkit.contracts import EventSchema, EventType

_CENTS = validate.Range(min=0)


class OwnerV1(EventSchema):
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)


class ComponentV1(EventSchema):
    agency_code = fields.String(required=True)
    agency_name = fields.String(required=True)
    amount_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    # Of an agency that is billed by fund: a component each.
    fund = fields.String()
    # Only of a bill with credits: what they took off this line. Of odd cents a line may get back.
    credited_cents = fields.Integer(strict=True)


class InstallmentV1(EventSchema):
    installment = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    due_on = fields.Date(required=True)
    amount_cents = fields.Integer(required=True, strict=True, validate=_CENTS)


class CreditV1(EventSchema):
    """What came off the tax before it was shared among the components."""

    code = fields.String(required=True)
    amount_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    # What bills call it, and whether it is a line of its own there.
    name = fields.String()
    as_line = fields.Boolean()
    # Without it the agencies go without the money.
    borne_by = fields.String(validate=validate.OneOf(list(BorneBy)))


class BillCreatedV1(EventSchema):
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    bill_version = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    jurisdiction = fields.String(required=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True)
    tax_code = fields.String(required=True)
    property_class = fields.String(required=True)
    owner = fields.Nested(OwnerV1, required=True)
    # What was taxed, whole dollars, after exemptions.
    net_value_dollars = fields.Integer(strict=True, validate=_CENTS)
    # Of a parcel in a tax-increment district there are two: the frozen value's, the growth's.
    part = fields.String(validate=validate.OneOf(list(Part)))
    total_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    components = fields.List(fields.Nested(ComponentV1), required=True)
    installments = fields.List(fields.Nested(InstallmentV1), required=True)
    credits = fields.List(fields.Nested(CreditV1))
    # Only of a roll of one class: which terms its bills are paid by.
    bill_class = fields.String()
    # Only of a bill that a supplement made: the supplement's number in the year.
    supplement_number = fields.Integer(strict=True, validate=validate.Range(min=1))


BILL_CREATED = EventType(
    owner="levy",
    name="BillCreated",
    subject="bill/{bill_id}",
    schema=BillCreatedV1,
    doc="A bill was issued: total = components = installments. A bill of nothing is told of, too.",
    example={
        "bill_id": "01937c3e-0000-7000-8000-000000000001",
        "bill_number": "2021-13264290020000",
        "bill_version": 1,
        "jurisdiction": "us-il-cook",
        "parcel_number": "13264290020000",
        "tax_year": 2021,
        "tax_code": "71163",
        "property_class": "211",
        "owner": {"name": "Imogen Vale", "email": "imogen.vale@example.org"},
        "net_value_dollars": 187561,
        "part": "whole",
        "total_cents": 1260222,
        "components": [
            {"agency_code": "010010000", "agency_name": "County of Cook", "amount_cents": 260222},
            {"agency_code": "030210000", "agency_name": "City", "amount_cents": 1000000},
        ],
        "installments": [
            {"installment": 1, "due_on": "2022-03-01", "amount_cents": 496428},
            {"installment": 2, "due_on": "2022-12-30", "amount_cents": 763794},
        ],
    },
)


class DemandV1(EventSchema):
    """A bill as one version of it demands it."""

    bill_version = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    total_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    installments = fields.List(fields.Nested(InstallmentV1), required=True)


class BillCorrectedV1(EventSchema):
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    bill_version = fields.Integer(required=True, strict=True, validate=validate.Range(min=2))
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True)
    owner = fields.Nested(OwnerV1, required=True)
    corrected_on = fields.Date(required=True)
    corrected_by = fields.String(required=True)
    reason = fields.String(required=True)
    # The last day without penalty of what it asks for, where the law grants such days.
    grace_ends_on = fields.Date()
    total_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    components = fields.List(fields.Nested(ComponentV1), required=True)
    installments = fields.List(fields.Nested(InstallmentV1), required=True)
    credits = fields.List(fields.Nested(CreditV1))
    before = fields.Nested(DemandV1, required=True)
    # Only of a bill that asks no more than was paid of it: interest and penalty still open go, too.
    to_amount_paid = fields.Boolean()
    # Only of a bill that asks for more because its payer wants to pay it: payments of the day it
    # counts from pay for it, too.
    before_payments = fields.Boolean()
    # Only of a bill that a supplement made or changed: the number of the last one.
    supplement_number = fields.Integer(strict=True, validate=validate.Range(min=1))


BILL_CORRECTED = EventType(
    owner="levy",
    name="BillCorrected",
    subject="bill/{bill_id}",
    schema=BillCorrectedV1,
    doc="A bill has a further version: total = components = installments, whole, not differences. "
    "`before` is the version it replaces.",
    example={
        "bill_id": "01937c3e-0000-7000-8000-000000000001",
        "bill_number": "2021-13264290020000",
        "bill_version": 2,
        "parcel_number": "13264290020000",
        "tax_year": 2021,
        "owner": {"name": "Imogen Vale", "email": "imogen.vale@example.org"},
        "corrected_on": "2022-11-14",
        "corrected_by": "assessor",
        "reason": "Homeowner exemption granted",
        "total_cents": 1160222,
        "components": [
            {"agency_code": "010010000", "agency_name": "County of Cook", "amount_cents": 239573},
            {"agency_code": "030210000", "agency_name": "City", "amount_cents": 920649},
        ],
        "installments": [
            {"installment": 1, "due_on": "2022-03-01", "amount_cents": 496428},
            {"installment": 2, "due_on": "2022-12-30", "amount_cents": 663794},
        ],
        "before": {
            "bill_version": 1,
            "total_cents": 1260222,
            "installments": [
                {"installment": 1, "due_on": "2022-03-01", "amount_cents": 496428},
                {"installment": 2, "due_on": "2022-12-30", "amount_cents": 763794},
            ],
        },
    },
)

PUBLISHED = (
    BILL_CREATED,
    BILL_CORRECTED,
    BILL_MOVED,
    *successor_events.PUBLISHED,
    *register_events.PUBLISHED,
    *special_events.PUBLISHED,
    *payoff_events.PUBLISHED,
    *modification_events.PUBLISHED,
    *fund_events.PUBLISHED,
)


def bill_created(
    bill_id: str, bill_number: str, jurisdiction: str, tax_year: int, parcel: ParcelRow,
    bill: ComputedBill, part: str, bill_class: str = "",
) -> dict[str, Any]:  # fmt: skip
    """What is told of a bill's first version."""
    return {
        "bill_id": bill_id,
        "bill_number": bill_number,
        "bill_version": 1,
        "jurisdiction": jurisdiction,
        "parcel_number": parcel.parcel_number,
        "tax_year": tax_year,
        "tax_code": parcel.tax_code,
        "property_class": parcel.property_class,
        "owner": {"name": parcel.owner_name, "email": parcel.owner_email},
        "net_value_dollars": bill.net_value_dollars,
        "part": part,
        "total_cents": bill.total_cents,
        "components": _components(bill),
        "installments": _installments(bill.installments),
        **({"bill_class": bill_class} if bill_class else {}),
        **_credits(bill),
    }


def bill_corrected(
    before: WholeBill, after: ComputedBill, bill_version: int, corrected_on: date, reason: str,
    user: str,
) -> dict[str, Any]:  # fmt: skip
    """What is told of a bill's further version."""
    head = before.bill
    return {
        "bill_id": str(head.bill_id),
        "bill_number": head.bill_number,
        "bill_version": bill_version,
        "parcel_number": head.parcel_number,
        "tax_year": head.tax_year,
        "owner": {"name": head.owner_name, "email": head.owner_email},
        "corrected_on": corrected_on.isoformat(),
        "corrected_by": user,
        "reason": reason,
        "total_cents": after.total_cents,
        "components": _components(after),
        "installments": _installments(after.installments),
        "before": {
            "bill_version": head.bill_version,
            "total_cents": head.total_cents,
            "installments": _installments(before.installments),
        },
        **_credits(after),
    }


def _credits(bill: ComputedBill) -> dict[str, object]:
    told = [bill_credits.told_of(one) for one in bill.credits]
    return {"credits": told} if told else {}


def _components(bill: ComputedBill) -> list[dict[str, object]]:
    return [
        {
            "agency_code": line.agency_code,
            "agency_name": line.agency_name,
            "amount_cents": line.amount_cents,
            **({"credited_cents": line.credited_cents} if line.credited_cents else {}),
            **({"fund": line.fund_code} if line.fund_code else {}),
        }
        for line in bill.lines
    ]


def _installments(parts: Iterable[Any]) -> list[dict[str, object]]:
    return [
        {
            "installment": part.installment,
            "due_on": part.due_on.isoformat(),
            "amount_cents": part.amount_cents,
        }
        for part in parts
    ]
