"""A bill as levy tells it."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from receivables_service.credits.kept import CreditSeen
from taxkit.contracts import ReaderSchema
from taxkit.money import CENTS_MAX

_AMOUNT = validate.Range(min=0, max=CENTS_MAX)
# What the columns hold: a number beyond it is no number of an installment or version.
_NUMBER = validate.Range(min=1, max=2**31 - 1)
_YEAR = validate.Range(min=1800, max=9999)


class OwnerSeen(ReaderSchema):
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)


class InstallmentSeen(ReaderSchema):
    installment = fields.Integer(required=True, strict=True, validate=_NUMBER)
    due_on = fields.Date(required=True)
    amount_cents = fields.Integer(required=True, strict=True, validate=_AMOUNT)


class BillCreatedSeen(ReaderSchema):
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    bill_version = fields.Integer(required=True, strict=True, validate=_NUMBER)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True, validate=_YEAR)
    owner = fields.Nested(OwnerSeen, required=True)
    total_cents = fields.Integer(required=True, strict=True, validate=_AMOUNT)
    tax_code = fields.String(load_default="")
    bill_class = fields.String(load_default="", validate=validate.Length(max=60))
    property_class = fields.String(load_default="")
    installments = fields.List(fields.Nested(InstallmentSeen), required=True)
    # Of a bill that a supplement made.
    supplement_number = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=_NUMBER
    )
    # What came off before it was charged.
    credits = fields.List(fields.Nested(CreditSeen), load_default=())
    # Looked into only where a discount leaves special assessments out.
    components = fields.Raw(load_default=())

    @validates_schema
    def check_installments(self, data: Mapping[str, Any], **_: object) -> None:
        """Refuse a demand whose parts are not its whole."""
        parts = data["installments"]
        numbers = [part["installment"] for part in parts]
        if not numbers or numbers != sorted(set(numbers)):
            raise ValidationError(f"numbered {numbers}, not upwards once each", "installments")
        if sum(part["amount_cents"] for part in parts) != data["total_cents"]:
            raise ValidationError("they do not add up to total_cents", "installments")
