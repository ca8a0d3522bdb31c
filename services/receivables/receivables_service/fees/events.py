"""The event that tells of a fee on no bill: what is paid of it is its office's."""

from marshmallow import fields

from taxkit.contracts import EventSchema, EventType


class FeePartV1(EventSchema):
    agency_code = fields.String(required=True)
    agency_name = fields.String(required=True)
    # The account of a miscellaneous fee's row, else the fee's charge code.
    fund = fields.String(required=True)
    amount_cents = fields.Integer(required=True, strict=True)


class FeeAccountOpenedV1(EventSchema):
    fee_id = fields.UUID(required=True)
    fee_type = fields.String(required=True)
    holder_kind = fields.String(required=True)
    holder_id = fields.String(required=True)
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True)
    due_on = fields.Date(required=True)
    total_cents = fields.Integer(required=True, strict=True)
    components = fields.List(fields.Nested(FeePartV1), required=True)


FEE_ACCOUNT_OPENED = EventType(
    owner="receivables",
    name="FeeAccountOpened",
    subject="fee/{fee_id}",
    schema=FeeAccountOpenedV1,
    doc=(
        "A fee was put on somebody who has no bill: an agent, a tax district, a mortgage holder. It"
        " is a bill of its own in the ledger, without tax; its components say whose the money is."
        " Sequence 1 of its stream, which has no more."
    ),
    example={
        "fee_id": "01937c3e-0000-7000-8000-0000000000fe",
        "fee_type": "misc_rcpt",
        "holder_kind": "agent",
        "holder_id": "77",
        "bill_id": "01937c3e-0000-7000-8000-0000000000fb",
        "bill_number": "F-2022-0000000000FE",
        "tax_year": 2022,
        "due_on": "2022-04-01",
        "total_cents": 1700,
        "components": [
            {
                "agency_code": "fees",
                "agency_name": "Fees of the office",
                "fund": "FEE-100",
                "amount_cents": 500,
            },
            {
                "agency_code": "fees",
                "agency_name": "Fees of the office",
                "fund": "FEE-200",
                "amount_cents": 1200,
            },
        ],
    },
)

PUBLISHED = (FEE_ACCOUNT_OPENED,)
