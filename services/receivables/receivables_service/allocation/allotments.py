"""How a receipt's line was to be allocated: by a rule's name, by a service's, or by hand."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from receivables_service.domain.facts import BY_RULE, Allotment, AllottedRow
from receivables_service.domain.terms import ChargeType, CollectionType, InterestBasis
from taxkit.contracts import ReaderSchema
from taxkit.money import CENTS_MAX

_MONEY = validate.Range(min=1, max=CENTS_MAX)
_CODE = validate.Length(max=60)


class AllottedRowSeen(ReaderSchema):
    installment = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**31 - 1))
    charge_type = fields.Enum(ChargeType, by_value=True, required=True)
    amount_cents = fields.Integer(required=True, strict=True, validate=_MONEY)
    charge_code = fields.String(load_default="", validate=_CODE)
    collection_type = fields.Enum(CollectionType, by_value=True, load_default=None, allow_none=True)
    fund = fields.String(load_default="", validate=_CODE)


class AllocationSeen(ReaderSchema):
    rule_id = fields.String(load_default="", validate=_CODE)
    service = fields.String(load_default="", validate=_CODE)
    # The basis the payer was quoted on; the first payment of a bill fixes it (RECV-014).
    basis = fields.Enum(InterestBasis, by_value=True, load_default=None, allow_none=True)
    by = fields.String(load_default="")
    at = fields.AwareDateTime(load_default=None, allow_none=True)
    rows = fields.List(
        fields.Nested(AllottedRowSeen), load_default=list, validate=validate.Length(max=500)
    )


def allotment_of(line: Mapping[str, Any]) -> Allotment:
    """Read what a line says of its allocation, with the mark of who did it by hand (RECV-012)."""
    given = line["allocation"]
    if given is None:
        return BY_RULE
    rows = tuple(AllottedRow(**row) for row in given["rows"])
    at = given["at"].isoformat() if given["at"] else ""
    by = given["by"] if rows else ""
    return Allotment(given["rule_id"], given["service"], rows, by, at, given["basis"])
