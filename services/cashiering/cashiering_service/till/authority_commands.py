"""Commands of authority: limits are set, a limit is overridden once."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service.bootstrap import CashieringApp
from cashiering_service.commands import Asked
from cashiering_service.domain.limits import Limits, LimitsSet, limits_of
from cashiering_service.domain.override import Action, check_authorisation, limit_of
from cashiering_service.domain.receipt import check_session
from cashiering_service.sessions import drawers
from cashiering_service.till import limits_store
from millage.cashiering.v1 import authority_pb2 as pb
from taxkit import ids
from taxkit.auth import Caller
from taxkit.errors import invalid, not_found
from taxkit.telemetry import trace_id_of


@dataclass(frozen=True, slots=True)
class OverrideAsked:
    """What a second person is asked to allow."""

    session_id: UUID
    order_key: str
    action: Action
    amount_cents: int
    reason: str


def set_limits(
    app: CashieringApp, connection: Connection, asked: Asked, wanted: LimitsSet
) -> pb.Limits:
    """Add what is set to what was set before (CASH-007)."""
    limits_store.add_limits(
        connection,
        (
            ids.new_id(),
            wanted.cashier,
            wanted.effective_from,
            wanted.max_interest_waiver_cents,
            wanted.max_penalty_waiver_cents,
            wanted.tolerance_cents,
            wanted.overrides_allowed,
            wanted.may_take,
            asked.user,
            trace_id_of(asked.traceparent),
            app.clock.now(),
        ),
    )
    return limits_state(app, connection, wanted.cashier, wanted.effective_from)


def limits_state(app: CashieringApp, connection: Connection, cashier: str, on: date) -> pb.Limits:
    """What a cashier may do on a day, with what was set."""
    found = _limits(app, connection, cashier, on)
    return pb.Limits(
        cashier=cashier,
        on=on.isoformat(),
        max_interest_waiver_cents=found.max_interest_waiver_cents,
        max_penalty_waiver_cents=found.max_penalty_waiver_cents,
        tolerance_short_cents=found.tolerance_short_cents,
        tolerance_over_cents=found.tolerance_over_cents,
        overrides_allowed=found.overrides_allowed,
        may_take=found.may_take,
        history=[_set_answer(row) for row in limits_store.history_of(connection, cashier)],
    )


def _limits(app: CashieringApp, connection: Connection, cashier: str, on: date) -> Limits:
    settings = limits_store.settings_of(connection, cashier)
    return limits_of(cashier, on, settings, app.law.limits(on))


def _set_answer(row: Any) -> pb.LimitsSet:
    return pb.LimitsSet(
        limits_id=str(row.limits_id),
        cashier=row.cashier,
        effective_from=row.effective_from.isoformat(),
        max_interest_waiver_cents=row.max_interest_waiver_cents,
        max_penalty_waiver_cents=row.max_penalty_waiver_cents,
        tolerance_cents=row.tolerance_cents,
        overrides_allowed=row.overrides_allowed,
        may_take=row.may_take or "",
        set_by=row.set_by,
        recorded_at=row.recorded_at.isoformat(),
    )


def authorise(
    app: CashieringApp,
    connection: Connection,
    asked: Asked,
    wanted: OverrideAsked,
    approver: Caller,
) -> pb.Override:
    """Let a second person lift a limit for one order, and write down who and how far (CASH-008)."""
    if not wanted.reason.strip():
        raise invalid("REASON_MISSING", "say why the limit is passed", "reason")
    row = drawers.session(connection, wanted.session_id)
    if row is None:
        raise not_found("SESSION_NOT_FOUND", f"no session {wanted.session_id}")
    check_session(row, wanted.session_id)
    limits = _limits(app, connection, asked.user, row.business_date)
    check_authorisation(asked.user, approver.user, wanted.action, wanted.amount_cents, limits)
    grant_id = ids.new_id()
    limits_store.add_grant(
        connection,
        (
            grant_id,
            wanted.order_key,
            wanted.action,
            asked.user,
            approver.user,
            limit_of(wanted.action, limits),
            wanted.amount_cents,
            wanted.reason,
            trace_id_of(asked.traceparent),
            app.clock.now(),
        ),
    )
    return override_answer(limits_store.grant(connection, grant_id))


def override_answer(row: Any) -> pb.Override:
    """A grant, and what used it up."""
    return pb.Override(
        grant_id=str(row.grant_id),
        order_key=row.order_key,
        action=row.action,
        cashier=row.cashier,
        approver=row.approver,
        limit_cents=row.limit_cents,
        amount_cents=row.amount_cents,
        reason=row.reason,
        granted_at=row.recorded_at.isoformat(),
        used_by_receipt_id=str(row.receipt_id) if row.receipt_id else "",
        used_at=row.used_at.isoformat() if row.used_at else "",
    )
