"""Receipts taken back by receivables after they were posted: their money leaves again."""

from collections.abc import Sequence
from typing import Any

from distribution_service import copies, fund_entries
from distribution_service.copies import ReversalRow
from distribution_service.seen import PaymentReversedSeen
from taxkit.contracts import IncomingEvent
from taxkit.inbox import Subscription, Work


def on_payment_taken_back(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Take a receipt out of what was received, on the business date it was taken back."""
    rows = {
        event.data["receipt_id"]: ReversalRow(
            event.data["receipt_id"], event.data["business_date"], event.data["total_cents"], True
        )
        for event in events
    }
    copies.keep_reversals(work.connection, list(rows.values()))
    fund_entries.take_back(work.connection, events)


PAYMENT_RETURNED = Subscription(
    owner="receivables",
    event="PaymentReturned.v1",
    method="on_payment_returned",
    schema=PaymentReversedSeen(),
    handle=on_payment_taken_back,
)
PAYMENT_CANCELLED = Subscription(
    owner="receivables",
    event="PaymentCancelled.v1",
    method="on_payment_cancelled",
    schema=PaymentReversedSeen(),
    handle=on_payment_taken_back,
)
