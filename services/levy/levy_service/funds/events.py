"""The event of a fund's name: bills name funds by their codes alone."""

from typing import Final

from marshmallow import fields, validate

from taxkit.contracts import EventSchema, EventType


class FundNamedV1(EventSchema):
    agency_code = fields.String(required=True)
    fund_code = fields.String(required=True)
    fund_name = fields.String(required=True)
    # Of this tax year: the newest year's name counts.
    tax_year = fields.Integer(required=True, strict=True, validate=validate.Range(1, 9999))


FUND_NAMED: Final = EventType(
    owner="levy",
    name="FundNamed",
    subject="fund/{agency_code}/{fund_code}",
    schema=FundNamedV1,
    doc="What an agency calls one of its funds in a tax year, which is the sequence: of two years"
    " the newer one counts. Bills name funds by their codes alone.",
    example={
        "agency_code": "010010000",
        "fund_code": "debt",
        "fund_name": "Debt service",
        "tax_year": 2022,
    },
)
PUBLISHED: Final = (FUND_NAMED,)
