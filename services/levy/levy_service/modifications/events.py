"""The events that tell why bills were modified; their amounts and dates are in BillCorrected."""

from marshmallow import fields, validate

from taxkit.contracts import EventSchema, EventType

_CENTS = validate.Range(min=0)


class InstallmentOfV1(EventSchema):
    installment = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    due_on = fields.Date(required=True)
    amount_cents = fields.Integer(required=True, strict=True, validate=_CENTS)


class BillAsV1(EventSchema):
    """A bill as it was before a modification, or is after it."""

    bill_version = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    net_value_dollars = fields.Integer(required=True, strict=True, validate=_CENTS)
    total_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    installments = fields.List(fields.Nested(InstallmentOfV1), required=True)


class OfModificationV1(EventSchema):
    modification_id = fields.UUID(required=True)
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True)
    modified_on = fields.Date(required=True)
    modified_by = fields.String(required=True)
    reason = fields.String(required=True)


class FeeAsV1(EventSchema):
    """A fee of the bill: what it was when the modification was finished, and what it is to be."""

    charge_code = fields.String(required=True)
    amount_before_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    amount_cents = fields.Integer(required=True, strict=True, validate=_CENTS)


class BillModifiedV1(OfModificationV1):
    # MN: amounts; NC: due dates; TP: to what was paid.
    option = fields.String(required=True, validate=validate.OneOf(["MN", "NC", "TP"]))
    purpose = fields.String(
        required=True, validate=validate.OneOf(["write_off", "refund", "exemption", "due_date"])
    )
    batch = fields.String(required=True)
    code = fields.String(required=True)
    adjustment_code = fields.String(required=True)
    # A bill code to be set in the same step; empty when there is none.
    bill_code = fields.String(required=True)
    # Not chosen by the clerk, but of a statement whose due date changes.
    reached_by_statement = fields.Boolean(required=True)
    before = fields.Nested(BillAsV1, required=True)
    after = fields.Nested(BillAsV1, required=True)
    # Only where fees were modified; what was paid of one stays.
    fees = fields.List(fields.Nested(FeeAsV1))


class DueDateV1(EventSchema):
    installment = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    due_on_before = fields.Date(required=True)
    due_on = fields.Date(required=True)


class DueDateChangedV1(OfModificationV1):
    bill_version = fields.Integer(required=True, strict=True, validate=validate.Range(min=2))
    # Of the installments whose due date changes.
    due_dates = fields.List(fields.Nested(DueDateV1), required=True)


_EXAMPLE = {
    "modification_id": "01937c3e-0000-7000-8000-0000000000d1",
    "bill_id": "01937c3e-0000-7000-8000-000000000001",
    "bill_number": "2021-13264290020000",
    "parcel_number": "13264290020000",
    "tax_year": 2021,
    "modified_on": "2022-07-01",
    "modified_by": "assessor",
    "reason": "The notice went to a former address",
}
_BEFORE = {
    "bill_version": 1,
    "net_value_dollars": 187561,
    "total_cents": 1260222,
    "installments": [
        {"installment": 1, "due_on": "2022-03-01", "amount_cents": 496428},
        {"installment": 2, "due_on": "2022-12-30", "amount_cents": 763794},
    ],
}

BILL_MODIFIED = EventType(
    owner="levy",
    name="BillModified",
    subject="modification/{modification_id}/{bill_id}",
    schema=BillModifiedV1,
    doc=(
        "A modification was finished: what it made of a bill, why, and by whom. It moves nothing:"
        " where amounts or dates change, a BillCorrected of the same bill and version says so to"
        " those who keep them. Without one, before and after are the same version."
    ),
    example={
        **_EXAMPLE,
        "option": "NC",
        "purpose": "due_date",
        "batch": "2022-07",
        "code": "ADDR",
        "adjustment_code": "",
        "bill_code": "",
        "reached_by_statement": False,
        "before": _BEFORE,
        "after": {
            **_BEFORE,
            "bill_version": 2,
            "installments": [
                {"installment": 1, "due_on": "2022-07-30", "amount_cents": 496428},
                {"installment": 2, "due_on": "2022-12-30", "amount_cents": 763794},
            ],
        },
    },
)

DUE_DATE_CHANGED = EventType(
    owner="levy",
    name="DueDateChanged",
    subject="modification/{modification_id}/{bill_id}",
    schema=DueDateChangedV1,
    doc=(
        "A bill's installments are due on other days from now on. Millage's own services take the"
        " dates from BillCorrected and BalanceChanged; this is for who watches dates only."
    ),
    mandatory=False,
    example={
        **_EXAMPLE,
        "bill_version": 2,
        "due_dates": [
            {"installment": 1, "due_on_before": "2022-03-01", "due_on": "2022-07-30"},
        ],
    },
)

PUBLISHED = (BILL_MODIFIED, DUE_DATE_CHANGED)
