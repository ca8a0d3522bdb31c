"""The event of a payment that a bank sent back."""

from marshmallow import fields

from taxkit.contracts import EventSchema, EventType


class PaymentReturnReportedV1(EventSchema):
    receipt_id = fields.UUID(required=True)
    reason_code = fields.String(required=True)
    returned_on = fields.Date(required=True)
    source = fields.String(required=True)


PAYMENT_RETURN_REPORTED = EventType(
    owner="cashiering",
    name="PaymentReturnReported",
    subject="return/{receipt_id}",
    schema=PaymentReturnReportedV1,
    doc=(
        "A bank sent a receipt's payment back, and why in its own code. Once for each receipt;"
        " what becomes of the payment is receivables' to say."
    ),
    example={
        "receipt_id": "01937c3e-0000-7000-8000-0000000000aa",
        "reason_code": "R01",
        "returned_on": "2022-12-19",
        "source": "nacha",
    },
)
