"""What is told of discounts."""

from marshmallow import fields, validate

from taxkit.contracts import EventSchema, EventType

_CENTS = validate.Range(min=1)


class DiscountRowV1(EventSchema):
    installment = fields.Integer(required=True, strict=True)
    charge_type = fields.String(required=True)
    collection_type = fields.String(required=True)
    charge_code = fields.String(required=True)
    # With a minus where a charge bears it no longer.
    amount_cents = fields.Integer(required=True, strict=True)


class DiscountOwnerV1(EventSchema):
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)


class DiscountChangedV1(EventSchema):
    grant_id = fields.UUID(required=True)
    posting_id = fields.UUID(required=True)
    receipt_id = fields.UUID(required=True)
    payment_id = fields.UUID(required=True)
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True)
    program = fields.String(required=True)
    discount_type = fields.String(required=True)
    rate = fields.String(required=True)
    gl_account = fields.String(required=True)
    rule_id = fields.String(required=True)
    # Why: the payment itself, a later grant, its reversal, or what moved the bill.
    cause = fields.String(required=True)
    exception = fields.Boolean(required=True)
    business_date = fields.Date(required=True)
    effective_on = fields.Date(required=True)
    amount_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    rows = fields.List(fields.Nested(DiscountRowV1), required=True)
    # What the bill owes afterwards, as the ledger has it.
    open_cents = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))
    owner = fields.Nested(DiscountOwnerV1, required=True)


_EXAMPLE = {
    "grant_id": "01937c3e-0000-7000-8000-0000000000d1",
    "posting_id": "01937c3e-0000-7000-8000-0000000000b1",
    "receipt_id": "01937c3e-0000-7000-8000-0000000000aa",
    "payment_id": "01937c3e-0000-7000-8000-0000000000ab",
    "bill_id": "01937c3e-0000-7000-8000-000000000001",
    "bill_number": "2021-13264290020000",
    "parcel_number": "13264290020000",
    "tax_year": 2021,
    "program": "early",
    "discount_type": "early",
    "rate": "0.05",
    "gl_account": "4190-DISCOUNT",
    "rule_id": "example/discounts/discounts/2020/early",
    "cause": "payment",
    "exception": False,
    "business_date": "2022-01-15",
    "effective_on": "2022-01-15",
    "amount_cents": 15000,
    "rows": [
        {
            "installment": 1,
            "charge_type": "tax",
            "collection_type": "S",
            "charge_code": "",
            "amount_cents": 15000,
        }
    ],
    "open_cents": 0,
    "owner": {"name": "Dolores Park", "email": "dolores@example.org"},
}

DISCOUNT_APPLIED = EventType(
    owner="receivables",
    name="DiscountApplied",
    subject="bill/{bill_id}",
    schema=DiscountChangedV1,
    doc=(
        "A discount took something off a bill, charge by charge. It is no receipt's money: the"
        " rows of PaymentAllocated add up without it."
    ),
    example=_EXAMPLE,
)
DISCOUNT_REVERSED = EventType(
    owner="receivables",
    name="DiscountReversed",
    subject="bill/{bill_id}",
    schema=DiscountChangedV1,
    doc=(
        "What a discount took off is owed again, whole or in part: it was taken back, its payment"
        " was, or an earlier payment left it less to take. Amounts are what came back, positive."
    ),
    example={
        **_EXAMPLE,
        "posting_id": "01937c3e-0000-7000-8000-0000000000b2",
        "cause": "discount",
        "business_date": "2022-02-03",
        "open_cents": 15000,
    },
)
PUBLISHED = (DISCOUNT_APPLIED, DISCOUNT_REVERSED)
