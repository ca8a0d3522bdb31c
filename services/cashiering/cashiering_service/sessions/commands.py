"""Commands on tills, cashiers and their own sessions."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service import commands
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.commands import Asked
from cashiering_service.domain.permits import Permit
from cashiering_service.domain.receipt import SessionHead, check_own, number_of
from cashiering_service.sessions import drawers, tills
from cashiering_service.sessions import store as sessions_store
from millage.cashiering.v1 import sessions_pb2 as pb
from taxkit import ids
from taxkit.app import App
from taxkit.errors import Refusal, forbidden, invalid, not_found


def set_till(
    app: App,
    connection: Connection,
    asked: Asked,
    till_code: str,
    name: str,
    permit: Permit,
    *,
    is_active: bool,
) -> pb.Till:
    """Add a till or change it; its open session goes on under the new lists."""
    commands.check_till_code(till_code)
    before = tills.till(connection, till_code, lock=True)
    tills.set_till(connection, till_code, name, permit, is_active=is_active)
    after = {"name": name, "is_active": is_active, **_lists(permit)}
    _keep(app, connection, asked, f"till/{till_code}", _told(before, "till_code"), after)
    return till_answer(tills.till(connection, till_code))


def set_cashier(
    app: App, connection: Connection, asked: Asked, cashier: str, permit: Permit
) -> pb.Cashier:
    if not cashier.strip():
        raise invalid("CASHIER_MISSING", "name the cashier", "cashier")
    before = tills.cashier(connection, cashier, lock=True)
    tills.set_cashier(connection, cashier, permit)
    subject = f"cashier/{cashier}"
    _keep(app, connection, asked, subject, _told(before, "cashier"), _lists(permit))
    return cashier_answer(connection, cashier)


def cashier_answer(connection: Connection, cashier: str) -> pb.Cashier:
    permit = tills.permit_of(tills.cashier(connection, cashier))
    return pb.Cashier(cashier=cashier, **_codes(permit))


def till_answer(row: Any, session_id: UUID | None = None) -> pb.Till:
    return pb.Till(
        till_code=row.till_code,
        name=row.name,
        inactive=not row.is_active,
        session_id=str(session_id or ""),
        **_codes(tills.permit_of(row)),
    )


def resume(
    app: CashieringApp, connection: Connection, cashier: str, session_id: UUID | None
) -> pb.SessionHeader:
    """The header of a session to go on with: the one named, else the default (CASH-002)."""
    if session_id is None:
        own = sessions_store.own_open(connection, cashier)
        if not own or not (own[0].is_default or len(own) == 1):
            raise no_open_session(
                connection, cashier, "no session is named and none is the default"
            )
        return header(app, connection, own[0].session_id)
    _own_open(connection, cashier, session_id)
    return header(app, connection, session_id)


def set_default(
    app: CashieringApp, connection: Connection, asked: Asked, session_id: UUID
) -> pb.SessionHeader:
    _own_open(connection, asked.user, session_id, lock=True)
    sessions_store.make_default(connection, asked.user, session_id)
    return header(app, connection, session_id)


def change_effective_date(
    app: CashieringApp, connection: Connection, asked: Asked, session_id: UUID, effective_on: date
) -> pb.SessionHeader:
    """Move a session to another effective date, with or without receipts in it (CASH-005)."""
    row = _session(connection, session_id, lock=True)
    check_own(row, asked.user, any_session=asked.any_session)
    _check_open(row)
    if effective_on > row.business_date:
        raise invalid(
            "EFFECTIVE_DATE_IN_FUTURE",
            f"{effective_on} is after the business date {row.business_date}",
            "effective_on",
        )
    if drawers.is_importing(connection, session_id):
        raise Refusal("SESSION_IMPORTING", f"a remittance file posts into session {session_id}")
    if effective_on != row.effective_on:
        stands = sessions_store.change_series(
            connection, session_id, row.effective_on, row.receipt_count, effective_on
        )
        before = {"effective_on": row.effective_on.isoformat(), "receipts": row.receipt_count}
        after = {"effective_on": effective_on.isoformat(), "receipts": stands}
        _keep(app, connection, asked, f"session/{session_id}", before, after)
    return header(app, connection, session_id)


def header(app: CashieringApp, connection: Connection, session_id: UUID) -> pb.SessionHeader:
    """What stands at the head of a session, counted anew (CASH-003)."""
    row = _session(connection, session_id)
    head = SessionHead(
        row.session_id, row.till_code, row.session_number, row.business_date, row.effective_on,
        row.is_open,
    )  # fmt: skip
    return pb.SessionHeader(
        session=commands.session_state(connection, session_id),
        allocation_rule=app.law.allocation_rules(row.business_date)[0].code,
        payment_source=sessions_store.payment_source(connection, session_id),
        bill_count=sessions_store.bill_count(connection, session_id),
        totals=[
            pb.TypeTotal(
                payment_type=one.payment_type,
                tax_year=one.tax_year,
                bill_count=one.bills,
                amount_cents=one.cents,
            )
            for one in sessions_store.totals(connection, session_id)
        ],
        misc_totals=[
            pb.MiscTotal(source_code=one.source_code, line_count=one.lines, amount_cents=one.cents)
            for one in sessions_store.source_totals(connection, session_id)
        ],
        is_default=row.is_default and row.is_open,
        next_receipt_number=number_of(head, row.receipt_count + 1) if row.is_open else "",
    )


def own_sessions(connection: Connection, cashier: str) -> pb.ListOwnSessionsResponse:
    return pb.ListOwnSessionsResponse(
        sessions=[
            pb.OwnSession(
                session_id=str(row.session_id),
                till_code=row.till_code,
                business_date=row.business_date.isoformat(),
                effective_on=row.effective_on.isoformat(),
                is_default=row.is_default,
            )
            for row in sessions_store.own_open(connection, cashier)
        ]
    )


def no_open_session(connection: Connection, cashier: str, why: str) -> Refusal:
    """Refuse for want of a session, and offer those the cashier has open."""
    own = sessions_store.own_open(connection, cashier)[: sessions_store.OFFERED_MAX]
    offered = ", ".join(f"{row.session_id} on till {row.till_code}" for row in own)
    refusal = not_found(
        "NO_OPEN_SESSION",
        f"{why}: {f'go on with {offered}' if own else 'open one before taking money'}",
    )
    refusal.metadata = {"open_sessions": ",".join(str(row.session_id) for row in own)}
    return refusal


def with_offer(app: App, refusal: Refusal, cashier: str) -> Refusal:
    """A refused payment's reason; for want of an open session with those there are (CASH-002)."""
    if refusal.reason not in {"NO_OPEN_SESSION", "SESSION_CLOSED"}:
        return refusal
    with app.database.begin() as connection:
        offer = no_open_session(connection, cashier, refusal.message)
    return Refusal(refusal.reason, offer.message, kind=refusal.kind, metadata=offer.metadata)


def _session(connection: Connection, session_id: UUID, *, lock: bool = False) -> Any:
    row = drawers.session(connection, session_id, lock=lock)
    if row is None:
        raise not_found("SESSION_NOT_FOUND", f"no session {session_id}")
    return row


def _check_open(row: Any) -> None:
    if not row.is_open:
        raise Refusal(
            "SESSION_CLOSED", f"session {row.session_id} of till {row.till_code} is closed"
        )


def _own_open(
    connection: Connection, cashier: str, session_id: UUID, *, lock: bool = False
) -> None:
    row = _session(connection, session_id, lock=lock)
    if row.cashier != cashier:
        raise forbidden("SESSION_OF_ANOTHER", f"session {session_id} is {row.cashier}'s")
    _check_open(row)


def _keep(
    app: App,
    connection: Connection,
    asked: Asked,
    subject: str,
    before: dict[str, Any] | None,
    after: dict[str, Any],
) -> None:
    tills.keep_change(connection, ids.new_id(), subject, before, after, asked.user, app.clock.now())


def _told(row: Any, key: str) -> dict[str, Any] | None:
    return None if row is None else {k: v for k, v in row._asdict().items() if k != key}


def _lists(permit: Permit) -> dict[str, Any]:
    return {
        "payment_types": None if permit.payment_types is None else sorted(permit.payment_types),
        "misc_sources": None if permit.misc_sources is None else sorted(permit.misc_sources),
    }


def _codes(permit: Permit) -> dict[str, Any]:
    return {
        name: None if codes is None else pb.Codes(codes=codes)
        for name, codes in _lists(permit).items()
    }
