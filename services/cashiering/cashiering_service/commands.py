"""Commands on sessions and receipts: load, decide, save, emit; one transaction each."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service import events, queries, told
from cashiering_service.answers import session_answer, stored_receipt_answer
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.corrections import store as corrections_store
from cashiering_service.domain.receipt import check_own
from cashiering_service.receipts import discounts
from cashiering_service.sessions import drawers
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import ids, outbox
from taxkit.app import App
from taxkit.contracts import EventType, OutgoingEvent
from taxkit.dated import NoTermInForce
from taxkit.errors import Refusal, RefusalKind, invalid, not_found
from taxkit.telemetry import trace_id_of

_TILL_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,15}")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and in which trace."""

    user: str
    traceparent: str
    may_register_tills: bool = False
    # May close and change a drawer that is somebody else's.
    any_session: bool = False
    # May let go held money that somebody else keeps for a basket.
    any_hold: bool = False
    # Has receivables say what bills owe on a day; None where none is named.
    ask_due: Callable[[Sequence[UUID], date], bool] | None = None


def open_session(
    app: CashieringApp,
    connection: Connection,
    asked: Asked,
    *,
    till_code: str,
    business_date: date,
    effective_on: date,
) -> pb.Session:
    """Open a session on a till that has none open (CASH-001, CASH-002)."""
    _check_dates(app, business_date, effective_on)
    _check_law(app, business_date)
    _check_till(connection, till_code, may_register=asked.may_register_tills)
    session_id = ids.new_id()
    if not drawers.insert_session(
        connection, session_id, till_code, asked.user, business_date, effective_on
    ):
        raise _till_taken(connection, till_code)
    return session_state(connection, session_id)


def _check_dates(app: App, business_date: date, effective_on: date) -> None:
    if business_date > app.clock.today():
        raise invalid(
            "BUSINESS_DATE_IN_FUTURE",
            f"{business_date} is after today, {app.clock.today()}",
            "business_date",
        )
    if effective_on > business_date:
        raise invalid(
            "EFFECTIVE_DATE_IN_FUTURE",
            f"{effective_on} is after the business date {business_date}",
            "effective_on",
        )


def _till_taken(connection: Connection, till_code: str) -> Refusal:
    there = drawers.open_session_of(connection, till_code)
    if there is None:
        return Refusal(
            "TILL_BUSY",
            f"another session of till {till_code} was opened and closed just now: try again",
            kind=RefusalKind.UNAVAILABLE,
        )
    return Refusal(
        "SESSION_ALREADY_OPEN",
        f"till {till_code} has session {there.session_id} of {there.cashier} open:"
        " close or use that one",
        metadata={"session_id": str(there.session_id)},
    )


def _check_law(app: CashieringApp, business_date: date) -> None:
    """Refuse a day for which the law on file does not say what may be taken."""
    try:
        app.law.tender_kinds(business_date)
    except NoTermInForce as error:
        raise Refusal("NO_LAW_IN_FORCE", str(error)) from error


def check_till_code(till_code: str) -> None:
    if not _TILL_CODE.fullmatch(till_code):
        raise invalid(
            "TILL_CODE_INVALID", "1 to 16 of A-Z, 0-9 and -, the first no hyphen", "till_code"
        )


def _check_till(connection: Connection, till_code: str, *, may_register: bool) -> None:
    check_till_code(till_code)
    active = drawers.till_is_active(connection, till_code)
    if active is None and may_register:
        drawers.add_till(connection, till_code)
    elif active is None:
        raise not_found(
            "TILL_NOT_FOUND",
            f"no till {till_code}; someone with the right"
            " cashiering.till.manage opens its first session",
        )
    elif not active:
        raise Refusal("TILL_INACTIVE", f"till {till_code} is out of use")


def session_state(connection: Connection, session_id: UUID) -> pb.Session:
    """A session as it stands."""
    row = drawers.session(connection, session_id)
    if row is None:
        raise not_found("SESSION_NOT_FOUND", f"no session {session_id}")
    receipts, cents = drawers.standing(connection, session_id)
    expected = drawers.expected(connection, session_id)
    return session_answer(row, receipts, cents, expected, row.counts or {})


def till_session(connection: Connection, till_code: str) -> pb.Session:
    """The session that is open on a till."""
    row = drawers.open_session_of(connection, till_code)
    if row is None:
        raise not_found("NO_OPEN_SESSION", f"till {till_code} has no session open: open one")
    return session_state(connection, row.session_id)


def close_session(
    app: App, connection: Connection, asked: Asked, session_id: UUID, counts: Mapping[str, int]
) -> pb.Session:
    """Count a drawer and close its session: what is over or short is kept, never smoothed."""
    row = drawers.session(connection, session_id, lock=True)
    if row is None:
        raise not_found("SESSION_NOT_FOUND", f"no session {session_id}")
    check_own(row, asked.user, any_session=asked.any_session)
    if not row.is_open:
        raise Refusal("SESSION_CLOSED", f"session {session_id} is closed already")
    if drawers.is_importing(connection, session_id):
        raise Refusal(
            "SESSION_IMPORTING",
            f"a remittance file posts into session {session_id}: send the file again to finish it",
        )
    expected = {one.tender_type: one.cents for one in drawers.expected(connection, session_id)}
    over_short = sum(counts.values()) - sum(expected.values())
    drawers.close(connection, session_id, over_short, dict(counts))
    data = told.session_closed(row, *drawers.standing(connection, session_id), expected, counts)
    tell(app, connection, asked, events.SESSION_CLOSED, f"session/{session_id}", 1, data)
    return session_state(connection, session_id)


def reverse_payment(
    app: App, connection: Connection, asked: Asked, receipt: str, reason: str
) -> pb.Receipt:
    """Reverse a receipt of an open session, whole, by a posting of its own (CASH-060)."""
    if not reason.strip():
        raise invalid("REASON_MISSING", "say why the receipt is reversed", "reason")
    row, session = lock_reversible(connection, receipt)
    check_own(session, asked.user, any_session=asked.any_session)
    reversal_id, now = ids.new_id(), app.clock.now()
    corrections_store.insert_reversal(
        connection,
        {
            "reversal_id": reversal_id,
            "receipt_id": row.receipt_id,
            "business_date": session.business_date,
            "total_cents": row.total_cents,
            "reason": reason,
            "reversed_by": asked.user,
            "trace_id": trace_id_of(asked.traceparent),
            "recorded_at": now,
        },
    )
    data = told.payment_reversed(
        row,
        queries.lines_of(connection, [row.receipt_id])[row.receipt_id],
        reversal_id=reversal_id,
        reason=reason,
        by=asked.user,
        business_date=session.business_date,
        at=now,
    )
    tell(app, connection, asked, events.PAYMENT_REVERSED, f"receipt/{row.receipt_id}", 2, data)
    return receipt_state(connection, receipt)


def lock_reversible(connection: Connection, receipt: str) -> tuple[Any, Any]:
    """A receipt that may be reversed, and its session, whose lock orders this against its end."""
    row = find_receipt(connection, receipt)
    session = drawers.session(connection, row.session_id, lock=True)
    row = find_receipt(connection, receipt)
    if row.reversal_id is not None:
        raise Refusal("RECEIPT_REVERSED", f"receipt {row.receipt_number} was reversed already")
    if not session.is_open:
        raise Refusal(
            "RECEIPT_OF_CLOSED_SESSION",
            f"the session of receipt {row.receipt_number} is closed: cancel the payment instead,"
            " with receivables",
        )
    return row, session


def tell(
    app: App,
    connection: Connection,
    asked: Asked,
    event_type: EventType,
    subject: str,
    sequence: int,
    data: dict[str, Any],
) -> None:
    """Store an event with the command's transaction, in the caller's trace."""
    event = OutgoingEvent(
        event_id=ids.new_id(),
        type=event_type,
        subject=subject,
        sequence=sequence,
        time=app.clock.now(),
        data=data,
        traceparent=asked.traceparent,
    )
    outbox.store(connection, app.settings.county, [event])


def find_receipt(connection: Connection, receipt: str) -> Any:
    """A receipt by id or number."""
    row = queries.receipt_by(connection, receipt, ids.parse_id(receipt))
    if row is None:
        raise not_found("RECEIPT_NOT_FOUND", f"no receipt {receipt!r}: give its id or number")
    return row


def receipt_state(connection: Connection, receipt: str) -> pb.Receipt:
    """A receipt as it is stored."""
    row = find_receipt(connection, receipt)
    found = stored_receipt_answer(
        row,
        queries.lines_of(connection, [row.receipt_id])[row.receipt_id],
        queries.tenders_of(connection, [row.receipt_id])[row.receipt_id],
    )
    found.discounts.extend(discounts.of_receipt(connection, row.receipt_id))
    return found
