"""What is kept of cashiering's receipts and sessions, so that a receipt can be taken back here."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from marshmallow import fields
from sqlalchemy import Connection

from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Subscription, Work
from taxkit.jsontext import written
from taxkit.rows import Columns

_RECEIPTS = Columns(
    {
        "receipt_id": "uuid",
        "receipt_number": "text",
        "session_id": "uuid",
        "business_date": "date",
        "effective_on": "date",
        "total_cents": "bigint",
        "lines": "jsonb",
        "source": "text",
        "postmarked_on": "date",
        "payer_name": "text",
        "payer_email": "text",
        "surplus_notice_suppressed": "boolean",
    }
)


class Receipt(NamedTuple):
    receipt_id: UUID
    receipt_number: str
    session_id: UUID | None
    business_date: Any
    effective_on: Any
    total_cents: int
    # As they were told: what takes the receipt back reads them as it would read a reversal's.
    lines: list[Mapping[str, Any]]
    # counter, lockbox, web, ...; empty for one kept before it was told.
    source: str
    postmarked_on: date | None
    # Empty for one kept before its payer was.
    payer_name: str
    payer_email: str | None
    surplus_notice_suppressed: bool
    session_closed: bool


def keep(work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep each receipt as it was posted."""
    rows = {
        event.data["receipt_id"]: (
            event.data["receipt_id"],
            event.data["receipt_number"],
            event.data["session_id"],
            event.data["business_date"],
            event.data["effective_on"],
            event.data["total_cents"],
            written(event.told["lines"]),
            event.data["source"],
            event.data["postmarked_on"],
            event.data["payer"]["name"],
            event.data["payer"]["email"],
            event.data["surplus_notice_suppressed"],
        )
        for event in events
    }
    _RECEIPTS.insert(work.connection, "receipts", list(rows.values()), "on conflict do nothing")


def find(connection: Connection, *, receipt_id: UUID | None, number: str) -> list[Receipt]:
    """Find a receipt by its id, or all that bear a number; locked until the transaction ends."""
    rows = connection.exec_driver_sql(
        f"select {', '.join('r.' + name for name in _RECEIPTS.types)},"
        " exists (select from closed_sessions c where c.session_id = r.session_id)"
        " from receipts r where r.receipt_id = %(id)s::uuid"
        " or (%(id)s::uuid is null and r.receipt_number = %(number)s) for update of r",
        {"id": receipt_id, "number": number},
    )
    return [Receipt(*row) for row in rows]


def sources(connection: Connection, receipt_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Tell by which way each of some receipts came."""
    rows = connection.exec_driver_sql(
        "select receipt_id, source from receipts where receipt_id = any(%s::uuid[])",
        (sorted(receipt_ids),),
    )
    return dict(map(tuple, rows))


class SessionClosedSeen(ReaderSchema):
    session_id = fields.UUID(required=True)


def on_session_closed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """From now on the session's receipts are taken back here, not at the till (RECV-055)."""
    Columns({"session_id": "uuid"}).insert(
        work.connection,
        "closed_sessions",
        sorted({(event.data["session_id"],) for event in events}),
        "on conflict do nothing",
    )


SESSION_CLOSED = Subscription(
    owner="cashiering",
    event="SessionClosed.v1",
    method="on_session_closed",
    schema=SessionClosedSeen(),
    handle=on_session_closed,
)
