"""The events of special assessments."""

from typing import Any

from marshmallow import fields, validate

from levy_service.domain.payoff import SpecialStatus
from taxkit.contracts import EventSchema, EventType

_CENTS = validate.Range(min=0)


class SpecialAssessmentChangedV1(EventSchema):
    assessment_id = fields.UUID(required=True)
    assessment_number = fields.String(required=True)
    parcel_number = fields.String(required=True)
    agency_code = fields.String(required=True)
    agency_name = fields.String(required=True)
    project = fields.String(required=True)
    is_ditch = fields.Boolean(required=True)
    status = fields.String(
        required=True, validate=validate.OneOf([each.value for each in SpecialStatus])
    )
    principal_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    # Neither on a bill nor in a payoff.
    left_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    action = fields.String(required=True)
    changed_on = fields.Date(required=True)
    changed_by = fields.String(required=True)
    reason = fields.String(required=True)


SPECIAL_ASSESSMENT_CHANGED = EventType(
    owner="levy",
    name="SpecialAssessmentChanged",
    subject="special/{assessment_id}",
    schema=SpecialAssessmentChangedV1,
    doc="A parcel's special assessment, whole, as it stands from now on: opened, on a bill,"
    " deferred, resumed, in a payoff, paid in full or closed. The newest sequence counts.",
    example={
        "assessment_id": "01937c3e-0000-7000-8000-0000000000a1",
        "assessment_number": "SSA-12-004",
        "parcel_number": "13264290020000",
        "agency_code": "900120000",
        "agency_name": "Special Service Area 12",
        "project": "Lincoln Avenue sewer",
        "is_ditch": False,
        "status": "posted",
        "principal_cents": 300000,
        "left_cents": 200000,
        "action": "posted",
        "changed_on": "2022-11-14",
        "changed_by": "assessor",
        "reason": "bills of 2021",
    },
)

PUBLISHED = (SPECIAL_ASSESSMENT_CHANGED,)


def assessment_changed(row: Any, step: Any) -> dict[str, Any]:
    """What is told of an assessment's step."""
    return {
        "assessment_id": str(row.assessment_id),
        "assessment_number": row.assessment_number,
        "parcel_number": row.parcel_number,
        "agency_code": row.agency_code,
        "agency_name": row.agency_name,
        "project": row.project,
        "is_ditch": row.is_ditch,
        "status": step.status,
        "principal_cents": row.principal_cents,
        "left_cents": step.left_cents,
        "action": step.action,
        "changed_on": step.changed_on.isoformat(),
        "changed_by": step.changed_by,
        "reason": step.reason,
    }
