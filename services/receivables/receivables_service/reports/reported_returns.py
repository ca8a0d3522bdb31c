"""Payments that cashiering found in a bank's return file: each is taken back as one by hand is."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields, validate

from receivables_service import receipts
from receivables_service.asked import Asked
from receivables_service.changes import returns
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.errors import Refusal
from taxkit.inbox import Subscription, Work

_DONE_BEFORE = "RECEIPT_REVERSED"


class ReturnReportedSeen(ReaderSchema):
    receipt_id = fields.UUID(required=True)
    reason_code = fields.String(required=True, validate=validate.Length(1, 40))
    returned_on = fields.Date(required=True)
    source = fields.String(required=True)


def on_payment_return_reported(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Undo each receipt and charge its fee (RECV-056); one that was taken back before stands so."""
    for event in events:
        given = event.data
        found = receipts.find(work.connection, receipt_id=given["receipt_id"], number="")
        # A bank's day may lie before the county's own business date, or ahead of it.
        paid_on = found[0].business_date if found else given["returned_on"]
        returned_on = min(max(given["returned_on"], paid_on), work.clock.today())
        asked = Asked(given["source"], given["reason_code"], event.traceparent)
        try:
            returns.return_payment(app, work, given["receipt_id"], "", returned_on, asked)
        except Refusal as refusal:
            if refusal.reason != _DONE_BEFORE:
                raise


PAYMENT_RETURN_REPORTED = Subscription(
    owner="cashiering",
    event="PaymentReturnReported.v1",
    method="on_payment_return_reported",
    schema=ReturnReportedSeen(),
    handle=on_payment_return_reported,
)
