"""Deposits: the money of closed sessions goes to the bank, and may then be released."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service import commands, events
from cashiering_service.answers import tender_type_number
from cashiering_service.commands import Asked
from cashiering_service.domain.deposits import (
    SESSIONS_MAX,
    ClosedDrawer,
    by_tender,
    check_drawers,
    deposit_number,
)
from cashiering_service.sessions import deposits_store
from millage.cashiering.v1 import reconciliation_pb2 as pb
from taxkit import ids
from taxkit.app import App
from taxkit.errors import invalid, not_found
from taxkit.telemetry import trace_id_of

_NUMBER = re.compile(r"D-(?P<day>[0-9]{8})-(?P<place>[1-9][0-9]{0,8})")


def make_deposit(
    app: App,
    connection: Connection,
    asked: Asked,
    session_ids: Sequence[UUID],
    deposited_on: date,
    bank_reference: str,
) -> pb.Deposit:
    """Take closed sessions to the bank, each once, and tell of it (CASH-061)."""
    drawers = _drawers(connection, session_ids)
    if deposited_on > app.clock.today():
        raise invalid("DEPOSIT_IN_FUTURE", f"{deposited_on} is after today", "deposited_on")
    check_drawers(drawers, deposited_on)
    tenders = by_tender(drawers)
    row: dict[str, Any] = {
        "deposit_id": ids.new_id(),
        "deposited_on": deposited_on,
        "place": deposits_store.next_place(connection, deposited_on),
        "bank_reference": bank_reference,
        "total_cents": sum(tenders.values()),
        "made_by": asked.user,
        "trace_id": trace_id_of(asked.traceparent),
        "recorded_at": app.clock.now(),
    }
    deposits_store.insert(connection, row, drawers, tenders)
    commands.tell(
        app,
        connection,
        asked,
        events.DEPOSIT_MADE,
        f"deposit/{row['deposit_id']}",
        1,
        _told(row, drawers, tenders),
    )
    return _answer(deposits_store.deposit(connection, row["deposit_id"]))


def _drawers(connection: Connection, session_ids: Sequence[UUID]) -> list[ClosedDrawer]:
    if not 0 < len(session_ids) <= SESSIONS_MAX:
        raise invalid(
            "SESSIONS_COUNT", f"a deposit has 1 to {SESSIONS_MAX} sessions", "session_ids"
        )
    if len(set(session_ids)) < len(session_ids):
        raise invalid("SESSION_TWICE", "a session is there twice", "session_ids")
    drawers = deposits_store.lock_drawers(connection, session_ids)
    if missing := set(session_ids) - {one.session_id for one in drawers}:
        raise not_found("SESSION_NOT_FOUND", f"no session {min(missing)}")
    return drawers


def _told(
    row: dict[str, Any], drawers: Sequence[ClosedDrawer], tenders: dict[str, int]
) -> dict[str, Any]:
    return {
        "deposit_id": str(row["deposit_id"]),
        "deposit_number": deposit_number(row["deposited_on"], row["place"]),
        "deposited_on": row["deposited_on"].isoformat(),
        "bank_reference": row["bank_reference"],
        "total_cents": row["total_cents"],
        "made_by": row["made_by"],
        "recorded_at": row["recorded_at"].isoformat(),
        "tenders": [
            {"tender_type": kind, "amount_cents": cents} for kind, cents in tenders.items()
        ],
        "sessions": [
            {
                "session_id": str(one.session_id),
                "business_date": one.business_date.isoformat(),
                "total_cents": one.total_cents,
            }
            for one in drawers
        ],
    }


def deposit(connection: Connection, named: str) -> pb.Deposit:
    """A deposit by id or number."""
    row = None
    if (deposit_id := ids.parse_id(named)) is not None:
        row = deposits_store.deposit(connection, deposit_id)
    elif found := _NUMBER.fullmatch(named):
        try:
            day = date.fromisoformat(found["day"])
        except ValueError:
            day = date.min
        row = deposits_store.numbered(connection, day, int(found["place"]))
    if row is None:
        raise not_found("DEPOSIT_NOT_FOUND", f"no deposit {named!r}: give its id or number")
    return _answer(row)


def deposits(connection: Connection, first: date, last: date) -> pb.ListDepositsResponse:
    return pb.ListDepositsResponse(
        deposits=map(_answer, deposits_store.deposits(connection, first, last))
    )


def _answer(row: Any) -> pb.Deposit:
    return pb.Deposit(
        deposit_id=str(row.deposit_id),
        deposit_number=deposit_number(row.deposited_on, row.place),
        deposited_on=row.deposited_on.isoformat(),
        bank_reference=row.bank_reference,
        total_cents=row.total_cents,
        tenders=tender_answers(row.tenders or {}),
        session_ids=[str(one) for one in row.session_ids or ()],
        made_by=row.made_by,
        recorded_at=row.recorded_at.isoformat(),
    )


def tender_answers(tenders: dict[str, int]) -> list[pb.DepositTender]:
    return [
        pb.DepositTender(tender_type=tender_type_number(kind), amount_cents=cents)
        for kind, cents in sorted(tenders.items())
    ]
