"""The events taxsale owns."""

from marshmallow import fields, validate

from taxkit.contracts import EventSchema, EventType
from taxsale_service.domain.standing import Standing

_STANDINGS = validate.OneOf([standing.value for standing in Standing])


class SaleStandingChangedV1(EventSchema):
    bill_id = fields.UUID(required=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True)
    receipt_id = fields.UUID(required=True, allow_none=True)
    standing_before = fields.String(required=True, validate=_STANDINGS)
    standing_after = fields.String(required=True, validate=_STANDINGS)
    as_of = fields.Date(required=True)
    rule_id = fields.String(required=True)


SALE_STANDING_CHANGED = EventType(
    owner="taxsale",
    name="SaleStandingChanged",
    subject="bill/{bill_id}",
    schema=SaleStandingChangedV1,
    doc="A bill's standing towards the tax sale changed, or the bill is on another parcel now; then"
    " before and after may be the same.",
    mandatory=False,
    example={
        "bill_id": "01937c3e-0000-7000-8000-000000000001",
        "parcel_number": "13264290020000",
        "tax_year": 2021,
        "receipt_id": "01937c3e-0000-7000-8000-0000000000aa",
        "standing_before": "sale_eligible",
        "standing_after": "settled",
        "as_of": "2023-03-01",
        "rule_id": "us-il-cook/taxsale/annual_sale",
    },
)

PUBLISHED = (SALE_STANDING_CHANGED,)
