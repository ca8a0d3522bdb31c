"""The event that tells what a code says; which bills bear it is told with each bill."""

from marshmallow import fields, validate

from receivables_service.domain.codes import Notices, Switch
from taxkit.contracts import EventSchema, EventType


class CodeSettingChangedV1(EventSchema):
    setting_id = fields.UUID(required=True)
    code = fields.String(required=True)
    # The sequence of the code's own stream: the highest is what it says.
    version = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    description = fields.String(required=True)
    # Decimal parts; none leaves the system's rate.
    monthly_rate = fields.String(required=True, allow_none=True)
    penalty_rate = fields.String(required=True, allow_none=True)
    switches = fields.List(
        fields.String(validate=validate.OneOf([each.value for each in Switch])), required=True
    )
    delinquent_notices = fields.String(
        required=True, validate=validate.OneOf([each.value for each in Notices])
    )
    effective_on = fields.Date(required=True)
    changed_by = fields.String(required=True)
    reason = fields.String(required=True)


CODE_SETTING_CHANGED = EventType(
    owner="receivables",
    name="CodeSettingChanged",
    subject="code/{code}",
    schema=CodeSettingChangedV1,
    doc=(
        "What a bill/fee code says from now on, whole: its rates, what it turns on, and whether"
        " delinquent notices go out for what bears it. Keep the highest sequence, drop the rest."
    ),
    example={
        "setting_id": "01937c3e-0000-7000-8000-0000000000c0",
        "code": "BANK",
        "version": 2,
        "description": "In bankruptcy",
        "monthly_rate": "0",
        "penalty_rate": None,
        "switches": ["alert_user", "bankruptcy", "exclude_from_exports"],
        "delinquent_notices": "exclude",
        "effective_on": "2020-05-01",
        "changed_by": "ada",
        "reason": "the court stays all interest",
    },
)

PUBLISHED = (CODE_SETTING_CHANGED,)
