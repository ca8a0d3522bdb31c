"""The events of payment plans and flags."""

from marshmallow import fields, validate

from taxkit.contracts import EventSchema, EventType


class PlanOwnerV1(EventSchema):
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)


class PlanStatusChangedV1(EventSchema):
    plan_number = fields.String(required=True)
    plan_type = fields.String(required=True)
    parcel_number = fields.String(required=True)
    bill_ids = fields.List(fields.UUID(), required=True)
    status = fields.String(
        required=True,
        validate=validate.OneOf(["pending", "active", "void", "fulfilled", "paid", "defaulted"]),
    )
    deficiencies = fields.List(fields.String(), required=True)
    changed_on = fields.Date(required=True)
    # Whose its first bill is.
    owner = fields.Nested(PlanOwnerV1)
    # Only of one that was broken and goes on: since when.
    reinstated_on = fields.Date()


class FlagChangedV1(EventSchema):
    subject_kind = fields.String(
        required=True, validate=validate.OneOf(["parcel", "party", "plan", "bill"])
    )
    subject = fields.String(required=True)
    flag = fields.String(required=True)
    on = fields.Boolean(required=True)
    changed_on = fields.Date(required=True)


PLAN_STATUS_CHANGED = EventType(
    owner="receivables",
    name="PlanStatusChanged",
    subject="plan/{plan_number}",
    schema=PlanStatusChangedV1,
    doc=(
        "A payment plan was enrolled or changed its state. Pending, it lacks what its deficiencies"
        " say and a denial notice is due; defaulted, an installment was missed; it may be"
        " active again, reinstated. Whole state:"
        " keep the highest sequence, drop the rest."
    ),
    example={
        "plan_number": "2022-000001",
        "plan_type": "standard",
        "parcel_number": "13264290020000",
        "bill_ids": ["01937c3e-0000-7000-8000-000000000001"],
        "status": "active",
        "deficiencies": [],
        "changed_on": "2022-04-20",
        "owner": {"name": "Imogen Vale", "email": "imogen.vale@example.org"},
    },
)

FLAG_CHANGED = EventType(
    owner="receivables",
    name="FlagChanged",
    subject="flag/{subject_kind}/{subject}/{flag}",
    schema=FlagChangedV1,
    doc=(
        "A flag was set on, or lifted from, a parcel, a party, a plan (by its number) or a bill (by"
        " its id). Whole state: keep the highest sequence, drop the rest."
    ),
    example={
        "subject_kind": "plan",
        "subject": "2022-000001",
        "flag": "protest",
        "on": True,
        "changed_on": "2022-04-20",
    },
)

PUBLISHED = (PLAN_STATUS_CHANGED, FLAG_CHANGED)
