"""What is told of programs, and of the proofs some of them ask for."""

from datetime import date
from typing import Any
from uuid import UUID

from marshmallow import fields, validate

from receivables_service.domain.discount_checks import Proof
from receivables_service.domain.discount_terms import Period, Program
from taxkit.contracts import EventSchema, EventType

_DAYS = validate.Range(min=0)


class ProgramPeriodV1(EventSchema):
    rate = fields.String(required=True)
    # Both or neither: a period may count from the bill's own notice alone.
    first_day = fields.Date(required=True, allow_none=True)
    last_day = fields.Date(required=True, allow_none=True)
    days_after_notice = fields.Integer(required=True, strict=True, allow_none=True, validate=_DAYS)
    months_after_notice = fields.Integer(
        required=True, strict=True, allow_none=True, validate=_DAYS
    )
    days_after_correction = fields.Integer(
        required=True, strict=True, allow_none=True, validate=_DAYS
    )


class DiscountProgramChangedV1(EventSchema):
    tax_year = fields.Integer(required=True, strict=True)
    program = fields.String(required=True)
    # Not offered any more where false; all else is as it was then.
    offered = fields.Boolean(required=True)
    name = fields.String(required=True)
    discount_type = fields.String(required=True)
    rule_id = fields.String(required=True)
    periods = fields.List(fields.Nested(ProgramPeriodV1), required=True)
    # Whether a last day on a weekend or holiday moves: none, delivered, any.
    weekend = fields.String(required=True)
    # Until when on its last day; empty for all day.
    cut_off = fields.String(required=True)
    rounding = fields.String(required=True)
    partial_pay = fields.String(required=True)
    classes = fields.List(fields.String(), required=True)
    fee_codes = fields.List(fields.String(), required=True)
    specials = fields.Boolean(required=True)
    good_standing = fields.Boolean(required=True)
    excluded_flags = fields.List(fields.String(), required=True)
    # Kinds of collection holds; not said before programs could ask for them.
    excluded_holds = fields.List(fields.String())
    proofs = fields.List(fields.String(), required=True)
    stacks_with = fields.List(fields.String(), required=True)
    # Granted with the payment; otherwise when somebody asks.
    automatic = fields.Boolean(required=True)
    approval = fields.String(required=True)


class DiscountProofFiledV1(EventSchema):
    proof_id = fields.UUID(required=True)
    parcel_number = fields.String(required=True)
    kind = fields.String(required=True)
    valid_from = fields.Date(required=True)
    valid_through = fields.Date(required=True, allow_none=True)


def program_told(
    program: Program, tax_year: int, rule_id: str, *, offered: bool = True
) -> dict[str, Any]:
    """Write a program whole, with its days of the year."""
    return {
        "tax_year": tax_year,
        "program": program.code,
        "offered": offered,
        "name": program.name,
        "discount_type": program.discount_type.value,
        "rule_id": f"{rule_id}/{program.code}",
        "periods": [_period(each, tax_year) for each in program.periods],
        "weekend": program.weekend.value,
        "cut_off": program.cut_off,
        "rounding": program.rounding.value,
        "partial_pay": program.partial.value,
        "classes": list(program.classes),
        "fee_codes": list(program.fee_codes),
        "specials": program.specials,
        "good_standing": program.good_standing,
        "excluded_flags": list(program.excluded_flags),
        "excluded_holds": list(program.excluded_holds),
        "proofs": list(program.proofs),
        "stacks_with": list(program.stacks_with),
        "automatic": program.automatic,
        "approval": program.approval.value,
    }


def _period(period: Period, tax_year: int) -> dict[str, Any]:
    return {
        "rate": str(period.rate),
        "first_day": _iso(period.first.of(tax_year) if period.first else None),
        "last_day": _iso(period.last.of(tax_year) if period.last else None),
        "days_after_notice": period.days_after_notice,
        "months_after_notice": period.months_after_notice,
        "days_after_correction": period.days_after_correction,
    }


def proof_filed(proof_id: UUID, parcel_number: str, proof: Proof) -> dict[str, Any]:
    """Write that a proof is on file; what it says stays here."""
    return {
        "proof_id": str(proof_id),
        "parcel_number": parcel_number,
        "kind": proof.kind,
        "valid_from": proof.valid_from.isoformat(),
        "valid_through": _iso(proof.valid_through),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


PROGRAM_CHANGED = EventType(
    owner="receivables",
    name="DiscountProgramChanged",
    subject="discount-program/{tax_year}/{program}",
    schema=DiscountProgramChangedV1,
    doc=(
        "A discount program of a tax year as it is from now on, whole: told when the county's law"
        " on file changes. What was granted before stays. Keep the highest sequence, drop the rest."
    ),
    example={
        "tax_year": 2021,
        "program": "early",
        "offered": True,
        "name": "Early payment",
        "discount_type": "early",
        "rule_id": "example/discounts/discounts/2020/early",
        "periods": [
            {
                "rate": "0.05",
                "first_day": "2022-01-01",
                "last_day": "2022-01-31",
                "days_after_notice": None,
                "months_after_notice": None,
                "days_after_correction": 30,
            }
        ],
        "weekend": "delivered",
        "cut_off": "17:00",
        "rounding": "half_up",
        "partial_pay": "none",
        "classes": [],
        "fee_codes": [],
        "specials": False,
        "good_standing": True,
        "excluded_flags": ["dnap"],
        "excluded_holds": ["bankruptcy"],
        "proofs": [],
        "stacks_with": [],
        "automatic": True,
        "approval": "none",
    },
)
PROOF_FILED = EventType(
    owner="receivables",
    name="DiscountProofFiled",
    subject="discount-proof/{proof_id}",
    schema=DiscountProofFiledV1,
    doc="A proof of age or income is on file for a parcel, for the days it counts.",
    example={
        "proof_id": "01937c3e-0000-7000-8000-0000000000e1",
        "parcel_number": "13264290020000",
        "kind": "age",
        "valid_from": "2021-01-01",
        "valid_through": None,
    },
)
PUBLISHED = (PROGRAM_CHANGED, PROOF_FILED)
