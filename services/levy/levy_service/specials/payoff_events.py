"""The event of a payoff."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields, validate

from levy_service.domain.payoff import SpecialStatus
from levy_service.specials.payoff_store import STATES
from taxkit.contracts import EventSchema, EventType

_CENTS = validate.Range(min=0)


class PayoffTractV1(EventSchema):
    # Empty of what is no ditch.
    tract = fields.String(required=True)
    principal_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    interest_cents = fields.Integer(required=True, strict=True, validate=_CENTS)


class SpecialPayoffV1(EventSchema):
    payoff_id = fields.UUID(required=True)
    assessment_id = fields.UUID(required=True)
    assessment_number = fields.String(required=True)
    parcel_number = fields.String(required=True)
    agency_code = fields.String(required=True)
    agency_name = fields.String(required=True)
    payoff_on = fields.Date(required=True)
    principal_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    interest_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    amount_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    tracts = fields.List(fields.Nested(PayoffTractV1), required=True)
    # due: a bill asks for it; paid; unbilled: no bill does, and a person has to see to it; settled;
    # withdrawn, and the assessment goes on as if nobody had asked for it.
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    # What the assessment is with it.
    status = fields.String(
        required=True, validate=validate.OneOf([each.value for each in SpecialStatus])
    )
    # The sequence of the assessment's own news that says the same, and what is left of it then:
    # of all that is known of an assessment, the highest counts.
    assessment_step = fields.Integer(strict=True)
    left_cents = fields.Integer(strict=True, validate=_CENTS)
    # The bill that asks for it, in the first version that does; the loaded one where none does.
    bill_id = fields.UUID(required=True, allow_none=True)
    bill_number = fields.String(required=True, allow_none=True)
    bill_version = fields.Integer(required=True, strict=True, allow_none=True)
    # The bill's.
    tax_year = fields.Integer(strict=True, allow_none=True)
    change_reason = fields.String(required=True)
    changed_on = fields.Date(required=True)
    changed_by = fields.String(required=True)
    reason = fields.String(required=True)


SPECIAL_PAYOFF = EventType(
    owner="levy",
    name="SpecialPayoff",
    subject="special-payoff/{payoff_id}",
    schema=SpecialPayoffV1,
    doc="A special assessment, or tracts of it, are to be paid off, whole, as it stands from now"
    " on: due on a bill, paid, owed again, left to a person because no bill asks for it, or"
    " withdrawn. Paid is what its bill asked for with it, whatever else is open there. The money"
    " moves with BillCorrected or BillCreated of the bill it names. The newest counts.",
    example={
        "payoff_id": "01937c3e-0000-7000-8000-0000000000b1",
        "assessment_id": "01937c3e-0000-7000-8000-0000000000a1",
        "assessment_number": "SSA-12-004",
        "parcel_number": "13264290020000",
        "agency_code": "900120000",
        "agency_name": "Special Service Area 12",
        "payoff_on": "2023-03-31",
        "principal_cents": 200000,
        "interest_cents": 4110,
        "amount_cents": 204110,
        "tracts": [{"tract": "", "principal_cents": 200000, "interest_cents": 4110}],
        "state": "due",
        "status": "posted",
        "assessment_step": 4,
        "left_cents": 0,
        "bill_id": "01937c3e-0000-7000-8000-000000000001",
        "bill_number": "2021-13264290020000",
        "bill_version": 2,
        "tax_year": 2021,
        "change_reason": "payoff",
        "changed_on": "2023-03-20",
        "changed_by": "assessor",
        "reason": "the house is being sold",
    },
)

PUBLISHED = (SPECIAL_PAYOFF,)


def special_payoff(row: Any, tracts: Sequence[Any], special: Any, by: Any) -> dict[str, Any]:
    """What is told of a payoff's step, and of its assessment's that goes with it."""
    return {
        "payoff_id": str(row.payoff_id),
        "assessment_id": str(row.assessment_id),
        "assessment_number": row.assessment_number,
        "parcel_number": row.parcel_number,
        "agency_code": row.agency_code,
        "agency_name": row.agency_name,
        "payoff_on": row.payoff_on.isoformat(),
        "principal_cents": row.principal_cents,
        "interest_cents": row.interest_cents,
        "amount_cents": row.principal_cents + row.interest_cents,
        "tracts": [
            {
                "tract": each.tract,
                "principal_cents": each.principal_cents,
                "interest_cents": each.interest_cents,
            }
            for each in tracts
        ],
        "state": row.state,
        "status": special.status,
        "assessment_step": special.step,
        "left_cents": special.left_cents,
        "bill_id": str(row.bill_id) if row.bill_id else None,
        "bill_number": row.bill_number,
        "bill_version": row.bill_version,
        "tax_year": row.tax_year,
        "change_reason": row.change_reason,
        "changed_on": by.on.isoformat(),
        "changed_by": by.user,
        "reason": by.reason,
    }
