"""What is told of the books."""

from marshmallow import fields

from taxkit.contracts import EventSchema, EventType


class GLPostedV1(EventSchema):
    # The day it was added up on, at its beginning.
    business_date = fields.Date(required=True)
    tax_year = fields.Integer(required=True, strict=True)
    # All that agencies have of the year's bills, whenever it was paid.
    shared_cents = fields.Integer(required=True, strict=True)


GL_POSTED = EventType(
    owner="distribution",
    name="GLPosted",
    subject="books/{tax_year}",
    schema=GLPostedV1,
    doc="What the books hold as paid on a tax year's bills, told once a day, so that whoever keeps"
    " what is outstanding can hold it against them. Fees on nobody's property are left out.",
    example={"business_date": "2023-03-02", "tax_year": 2021, "shared_cents": 154230},
)
PUBLISHED = (GL_POSTED,)
