"""Schemas of what is told of a line's terms: tolerance, waiver, allocation by hand."""

from marshmallow import fields, validate

from taxkit.contracts import EventSchema

_CENTS = validate.Range(min=0)


class WaivedV1(EventSchema):
    penalty_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    interest_cents = fields.Integer(required=True, strict=True, validate=_CENTS)


class AllotmentRowV1(EventSchema):
    installment = fields.Integer(required=True, strict=True)
    charge_type = fields.String(
        required=True, validate=validate.OneOf(["tax", "penalty", "interest", "fee"])
    )
    amount_cents = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    # Only where the row is for one of several charges of its type.
    charge_code = fields.String()
    collection_type = fields.String(validate=validate.OneOf(["S", "DS", "U"]))
    fund = fields.String()


class AllocationV1(EventSchema):
    rule_id = fields.String(required=True)
    overridden = fields.Boolean(required=True)
    by = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    rows = fields.List(fields.Nested(AllotmentRowV1), required=True)
    # Only where the line was taken under one; its own rule counts when rule_id is empty.
    service = fields.String()
    basis = fields.String(validate=validate.OneOf(["full", "installment"]))
    # Only where the account was asked for by such: case and claim, license, plate, ...
    account_keys = fields.Dict(keys=fields.String(), values=fields.String())


class OverriddenLineV1(EventSchema):
    line_number = fields.Integer(required=True, strict=True)
    bill_id = fields.UUID(required=True)
    amount_cents = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    rule_id = fields.String(required=True)
    by = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    rows = fields.List(fields.Nested(AllotmentRowV1), required=True)
    service = fields.String()
    basis = fields.String(validate=validate.OneOf(["full", "installment"]))


class AllocationOverriddenV1(EventSchema):
    receipt_id = fields.UUID(required=True)
    receipt_number = fields.String(required=True)
    business_date = fields.Date(required=True)
    effective_on = fields.Date(required=True)
    lines = fields.List(
        fields.Nested(OverriddenLineV1), required=True, validate=validate.Length(min=1)
    )


class MoneyHoldChangedV1(EventSchema):
    hold_id = fields.UUID(required=True)
    basket_id = fields.UUID(required=True)
    # Whom the ledger keeps it for.
    held_for = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(["surplus", "escrow"]))
    reference = fields.String(required=True)
    amount_cents = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    state = fields.String(
        required=True,
        validate=validate.OneOf(["held", "released", "emptied", "closed", "paid", "expired"]),
    )
    until = fields.AwareDateTime(required=True)
