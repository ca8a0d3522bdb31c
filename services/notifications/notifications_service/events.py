"""The events notifications owns."""

from marshmallow import fields

from taxkit.contracts import EventSchema, EventType


class NoticeSentV1(EventSchema):
    notice_id = fields.UUID(required=True)
    receipt_id = fields.UUID(required=True)
    template = fields.String(required=True)
    recipient = fields.String(required=True)
    smtp_reply = fields.String(required=True)
    sent_at = fields.AwareDateTime(required=True)


class NoticeFailedV1(EventSchema):
    notice_id = fields.UUID(required=True)
    receipt_id = fields.UUID(required=True)
    template = fields.String(required=True)
    recipient = fields.String(required=True)
    reason = fields.String(required=True)
    attempts = fields.Integer(required=True, strict=True)


_NOTICE = {
    "notice_id": "01937c3e-0000-7000-8000-0000000000ee",
    "receipt_id": "01937c3e-0000-7000-8000-0000000000aa",
    "template": "receipt",
    "recipient": "ada@example.com",
}

NOTICE_SENT = EventType(
    owner="notifications",
    name="NoticeSent",
    subject="notice/{notice_id}",
    schema=NoticeSentV1,
    doc="A mail server took a notice.",
    mandatory=False,
    example={**_NOTICE, "smtp_reply": "250 queued", "sent_at": "2023-03-01T15:04:05+00:00"},
)

NOTICE_FAILED = EventType(
    owner="notifications",
    name="NoticeFailed",
    subject="notice/{notice_id}",
    schema=NoticeFailedV1,
    doc="A notice was given up: refused for good, or tried too often.",
    mandatory=False,
    example={**_NOTICE, "reason": "refused: 550 no such mailbox", "attempts": 1},
)


class BillNoticeSentV1(EventSchema):
    notice_id = fields.UUID(required=True)
    bill_id = fields.UUID(required=True)
    template = fields.String(required=True)
    recipient = fields.String(required=True)
    smtp_reply = fields.String(required=True)
    sent_at = fields.AwareDateTime(required=True)


class BillNoticeFailedV1(EventSchema):
    notice_id = fields.UUID(required=True)
    bill_id = fields.UUID(required=True)
    template = fields.String(required=True)
    recipient = fields.String(required=True)
    reason = fields.String(required=True)
    attempts = fields.Integer(required=True, strict=True)


_BILL_NOTICE = {
    "notice_id": "01937c3e-0000-7000-8000-0000000000ef",
    "bill_id": "01937c3e-0000-7000-8000-000000000001",
    "template": "bill_corrected",
    "recipient": "imogen.vale@example.org",
}

BILL_NOTICE_SENT = EventType(
    owner="notifications",
    name="BillNoticeSent",
    subject="notice/{notice_id}",
    schema=BillNoticeSentV1,
    doc="A mail server took a notice about a bill.",
    example={**_BILL_NOTICE, "smtp_reply": "250 queued", "sent_at": "2023-03-01T15:04:05+00:00"},
)

BILL_NOTICE_FAILED = EventType(
    owner="notifications",
    name="BillNoticeFailed",
    subject="notice/{notice_id}",
    schema=BillNoticeFailedV1,
    doc="A notice about a bill was given up: refused for good, tried too often, or its parcel is"
    " held.",
    example={**_BILL_NOTICE, "reason": "refused: 550 no such mailbox", "attempts": 1},
)


class NoticePrintedV1(EventSchema):
    notice_id = fields.UUID(required=True)
    # What it is about: one of the two.
    receipt_id = fields.UUID(required=True, allow_none=True)
    bill_id = fields.UUID(required=True, allow_none=True)
    template = fields.String(required=True)
    batch_id = fields.UUID(required=True)
    printed_on = fields.Date(required=True)
    printed_by = fields.String(required=True)


NOTICE_PRINTED = EventType(
    owner="notifications",
    name="NoticePrinted",
    subject="notice/{notice_id}",
    schema=NoticePrintedV1,
    doc="A notice went out on paper: somebody said so of the batch it was printed in.",
    example={
        "notice_id": "01937c3e-0000-7000-8000-0000000000d7",
        "receipt_id": None,
        "bill_id": "01937c3e-0000-7000-8000-000000000001",
        "template": "delinquent_final",
        "batch_id": "01937c3e-0000-7000-8000-0000000000b7",
        "printed_on": "2022-06-01",
        "printed_by": "bo",
    },
)

PUBLISHED = (NOTICE_SENT, NOTICE_FAILED, BILL_NOTICE_SENT, BILL_NOTICE_FAILED, NOTICE_PRINTED)
