"""Runs held changes once nothing holds their bills: in order, each once, across restarts."""

from uuid import UUID

from sqlalchemy import Connection

from levy_service.bootstrap import LevyApp
from levy_service.guard import kinds, store
from taxkit import logs
from taxkit.errors import Refusal, RefusalKind, not_found
from taxkit.telemetry import trace_id_of

_log = logs.get(__name__)
_BY_ITSELF = "import guard"


def run_ready(app: LevyApp) -> int:
    """Do every change whose turn it is, each in a transaction of its own; gives how many."""
    tried: list[UUID] = []
    while True:
        begun = len(tried)
        try:
            if not app.database.run(lambda connection: _run_next(app, connection, tried)):
                return len(tried)
        except Exception:
            if len(tried) == begun:
                raise
            # The others need not wait for it; it is tried again with the next round.
            _log.exception("a held change failed", change_id=str(tried[-1]))


def _run_next(app: LevyApp, connection: Connection, tried: list[UUID]) -> bool:
    store.one_at_a_time(connection)
    held = store.next_ready(connection, tried)
    if held is None:
        return False
    tried.append(held.change_id)
    given: dict[str, object] = {"change_id": held.change_id, "outcome": "done"}
    try:
        with connection.begin_nested():
            kinds.apply(app, connection, held)
    except Refusal as refusal:
        if refusal.kind is RefusalKind.UNAVAILABLE:
            raise
        given |= {"outcome": "refused", "reason": refusal.reason, "message": refusal.message}
    _settle(app, connection, given, _BY_ITSELF)
    return True


def force(
    app: LevyApp, connection: Connection, change_id: UUID, why: str, user: str, traceparent: str
) -> None:
    """Do a held change although a run is open; import lines of the version before then stop."""
    held = _waiting(connection, change_id)
    first = store.ahead_of(connection, change_id)
    if first is not None:
        raise Refusal(
            "HELD_BEHIND_ANOTHER",
            f"change {first} of the same bill was asked for before and waits, too: settle it first",
            metadata={"change_id": str(first)},
        )
    kinds.apply(app, connection, held)
    store.insert_forced(
        connection,
        {
            "change_id": change_id,
            "run_ids": store.runs_holding(connection, held.bill_ids),
            "forced_by": user,
            "reason": why,
            "trace_id": trace_id_of(traceparent),
            "recorded_at": app.clock.now(),
        },
    )
    given = {"change_id": change_id, "outcome": "done", "reason": "FORCED", "message": why}
    _settle(app, connection, given, user)


def withdraw(app: LevyApp, connection: Connection, change_id: UUID, why: str, user: str) -> None:
    """Let a change that still waits not happen."""
    _waiting(connection, change_id)
    given = {"change_id": change_id, "outcome": "withdrawn", "message": why}
    _settle(app, connection, given, user)


def _waiting(connection: Connection, change_id: UUID) -> store.HeldChange:
    store.one_at_a_time(connection)
    held = store.change(connection, change_id)
    if held is None:
        raise not_found("HELD_CHANGE_NOT_FOUND", f"no change {change_id} was held")
    if held.outcome is not None:
        raise Refusal("HELD_CHANGE_SETTLED", f"change {change_id} is {held.outcome} already")
    found: store.HeldChange = held
    return found


def _settle(app: LevyApp, connection: Connection, given: dict[str, object], by: str) -> None:
    store.settle(connection, {**given, "settled_by": by, "recorded_at": app.clock.now()})
