"""Commands on letters on paper, one transaction each."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from notifications_service.bootstrap import NotificationsApp
from notifications_service.domain.outcome import NoticeState
from notifications_service.events import NOTICE_PRINTED
from notifications_service.printing import store
from taxkit import ids
from taxkit.contracts import OutgoingEvent
from taxkit.errors import Refusal, conflict, not_found

PRINTED, DISCARDED = "printed", "discarded"


def start(
    app: NotificationsApp,
    connection: Connection,
    wanted: tuple[str, int],
    user: str,
    *,
    failed_too: bool,
) -> Any:
    """Put waiting letters into a batch of their own; what mail failed for only where asked."""
    batch_id, today = ids.new_id(), app.clock.today()
    template, limit = wanted
    states = [NoticeState.TO_PRINT.value, *([NoticeState.FAILED.value] if failed_too else [])]
    store.start(connection, batch_id, template, user, app.clock.now())
    minded = app.law.at(today).not_while_held
    if not store.take(connection, batch_id, (template, states, limit), minded, today):
        raise Refusal("NOTHING_TO_PRINT", "no letter waits for paper")
    return store.batch(connection, batch_id)


def end(
    app: NotificationsApp, connection: Connection, batch_id: UUID, outcome: str, user: str
) -> tuple[Any, list[OutgoingEvent]]:
    """Say that a batch's letters went out, or that another batch has to print them."""
    found_batch(connection, batch_id)
    today, now = app.clock.today(), app.clock.now()
    if store.end(connection, batch_id, outcome, user, (today, now)) is None:
        found = found_batch(connection, batch_id)
        raise conflict(
            "PRINT_ENDED", f"{found.ended_by or 'somebody'} ended it: {found.outcome or 'just now'}"
        )
    told: list[OutgoingEvent] = []
    if outcome == PRINTED:
        letters = store.letters(connection, batch_id)
        store.mark_printed(connection, [row.notice_id for row in letters])
        told = [_told(app, row, batch_id, today, user) for row in letters]
    return store.batch(connection, batch_id), told


def found_batch(connection: Connection, batch_id: UUID) -> Any:
    if (row := store.batch(connection, batch_id)) is None:
        raise not_found("PRINT_NOT_FOUND", f"no batch {batch_id}")
    return row


def _told(app: NotificationsApp, row: Any, batch_id: UUID, today: date, user: str) -> OutgoingEvent:
    return OutgoingEvent(
        event_id=ids.new_id(),
        type=NOTICE_PRINTED,
        subject=f"notice/{row.notice_id}",
        # After its failure by mail, where there was one.
        sequence=2,
        time=app.clock.now(),
        data={
            "notice_id": str(row.notice_id),
            "receipt_id": str(row.receipt_id) if row.receipt_id else None,
            "bill_id": str(row.bill_id) if row.bill_id else None,
            "template": row.template,
            "batch_id": str(batch_id),
            "printed_on": today.isoformat(),
            "printed_by": user,
        },
        traceparent=row.traceparent,
        partition_key=_about(row),
    )


def _about(row: Any) -> str:
    """A letter about neither a bill nor a receipt, but a plan, is by itself."""
    if row.bill_id:
        return f"bill/{row.bill_id}"
    return f"receipt/{row.receipt_id}" if row.receipt_id else f"notice/{row.notice_id}"
