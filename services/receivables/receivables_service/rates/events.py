"""The event that tells of a code on a bill; its amounts are in BalanceChanged."""

from marshmallow import fields, validate

from receivables_service.changes.change_events import BILL_EXAMPLE, OfBill
from taxkit.contracts import EventSchema, EventType


class CodeOnBillV1(EventSchema):
    code = fields.String(required=True)
    charge_code = fields.String(required=True)


class BillCodeChangedV1(OfBill):
    code = fields.String(required=True)
    change = fields.String(required=True, validate=validate.OneOf(["set", "lifted"]))
    # The fee that bears it; empty for the bill itself.
    charge_code = fields.String(required=True)
    # Decimal parts; none leaves the system's rate.
    monthly_rate = fields.String(required=True, allow_none=True)
    penalty_rate = fields.String(required=True, allow_none=True)
    effective_on = fields.Date(required=True)
    through = fields.Date(required=True, allow_none=True)
    changed_by = fields.String(required=True)
    reason = fields.String(required=True)
    # The code that counted before on this bill or fee, and the one that does now; empty for none.
    old_code = fields.String()
    new_code = fields.String()
    # Everything that is on the bill and its fees now, the last one set last: keep the newest.
    codes = fields.List(fields.Nested(CodeOnBillV1))


BILL_CODE_CHANGED = EventType(
    owner="receivables",
    name="BillCodeChanged",
    subject="bill/{bill_id}",
    schema=BillCodeChangedV1,
    doc="A code was put on a bill or on a fee of it, or taken off, from a day on.",
    example={
        **BILL_EXAMPLE,
        "code": "BANK",
        "change": "set",
        "charge_code": "",
        "monthly_rate": "0.01",
        "penalty_rate": None,
        "effective_on": "2020-05-01",
        "through": None,
        "changed_by": "ada",
        "reason": "filing",
        "old_code": "",
        "new_code": "BANK",
        "codes": [{"code": "BANK", "charge_code": ""}],
    },
)

PUBLISHED = (BILL_CODE_CHANGED,)
