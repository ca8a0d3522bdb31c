"""Levy's moves of bills: the ledger follows them to another parcel or owner; no money moves."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from marshmallow import fields, validate

from receivables_service.bills_seen import OwnerSeen
from receivables_service.books import Books
from receivables_service.changes import moved_heads
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.rows import Columns

_WORD = "move"


class BillMovedSeen(ReaderSchema):
    bill_id = fields.UUID(required=True)
    bill_version = fields.Integer(
        required=True, strict=True, validate=validate.Range(min=2, max=2**31 - 1)
    )
    parcel_number = fields.String(required=True)
    owner = fields.Nested(OwnerSeen, required=True)
    moved_on = fields.Date(required=True)


_MOVES = Columns(
    {
        "bill_id": "uuid",
        "bill_version": "integer",
        "parcel_number": "text",
        "owner_name": "text",
        "owner_email": "text",
        "moved_on": "date",
        "recorded_at": "timestamptz",
    }
)


def on_bill_moved(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Re-key each bill, and tell what it owes where it is now: others hear of it from there."""
    books = Books(work, app.terms)
    books.open({event.data["bill_id"] for event in events})
    rows = [_row(event, work) for event in events]
    _MOVES.insert(work.connection, "bill_moves", rows, "on conflict do nothing")
    for event in events:
        given = event.data
        head = books.head(given["bill_id"])
        if given["bill_version"] <= head.moved_version:
            continue
        moved = head._replace(moved_version=given["bill_version"])
        if head.bill_number is None:
            # Its issue is still on the way; `moved_heads.follow` finds the move then.
            books.rename(moved)
            continue
        books.rename(moved_heads.as_moved(moved, given))
        books.restate(head.bill_id, _WORD, event)
    books.close()


def _row(event: IncomingEvent, work: Work) -> tuple[object, ...]:
    given = event.data
    bill_id: UUID = given["bill_id"]
    return (
        bill_id,
        given["bill_version"],
        given["parcel_number"],
        given["owner"]["name"],
        given["owner"]["email"],
        given["moved_on"],
        work.clock.now(),
    )


BILL_MOVED = Subscription(
    owner="levy",
    event="BillMoved.v1",
    method="on_bill_moved",
    schema=BillMovedSeen(),
    handle=on_bill_moved,
    ordering=Ordering.ANY,
)
