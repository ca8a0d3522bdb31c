"""What is told of delinquent notices."""

from marshmallow import fields, validate

from taxkit.contracts import EventSchema, EventType
from taxkit.money import CENTS_MAX


class NoticeOwnerV1(EventSchema):
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    # Empty where nobody told one.
    mailing_address = fields.String(required=True)


class NoticeRequestedV1(EventSchema):
    notice_id = fields.UUID(required=True)
    run_id = fields.UUID(required=True)
    # A stage of the jurisdiction's own, so no list of them stands here.
    stage = fields.String(required=True)
    stage_name = fields.String(required=True)
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True)
    business_date = fields.Date(required=True)
    # What was overdue when the bill was last heard of, on balance_on.
    overdue_cents = fields.Integer(
        required=True, strict=True, validate=validate.Range(1, CENTS_MAX)
    )
    balance_on = fields.Date(required=True)
    due_on = fields.Date(required=True)
    days_past_due = fields.Integer(required=True, strict=True)
    bucket = fields.String(required=True)
    # The last day to answer it.
    answer_by = fields.Date(required=True)
    # When the letter of the stage before went out, where there is such a stage.
    before_on = fields.Date(required=True, allow_none=True)
    owner = fields.Nested(NoticeOwnerV1, required=True)
    rule_id = fields.String(required=True)


NOTICE_REQUESTED = EventType(
    owner="collections",
    name="NoticeRequested",
    subject="delinquent-notice/{notice_id}",
    schema=NoticeRequestedV1,
    doc="An owner is to be written to about an overdue bill, once a stage and installment. Whoever"
    " writes names the letter by notice_id and tells what became of it.",
    example={
        "notice_id": "01937c3e-0000-7000-8000-0000000000d7",
        "run_id": "01937c3e-0000-7000-8000-0000000000d0",
        "stage": "final",
        "stage_name": "Final notice",
        "bill_id": "01937c3e-0000-7000-8000-000000000001",
        "bill_number": "2021-13264290020000",
        "parcel_number": "13264290020000",
        "tax_year": 2021,
        "business_date": "2022-05-31",
        "overdue_cents": 103000,
        "balance_on": "2022-05-02",
        "due_on": "2022-03-01",
        "days_past_due": 91,
        "bucket": "over-90",
        "answer_by": "2022-06-15",
        "before_on": "2022-04-04",
        "owner": {
            "name": "Imogen Vale",
            "email": "imogen.vale@example.org",
            "mailing_address": "PO Box 12, Chicago",
        },
        "rule_id": "us-il-cook/delinquent_notices/delinquent_notices/2018-01-01",
    },
)
PUBLISHED = (NOTICE_REQUESTED,)
