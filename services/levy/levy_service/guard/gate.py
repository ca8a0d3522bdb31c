"""The way every change of bills goes: done at once, or held while a run may pay one of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from levy_service.bootstrap import LevyApp
from levy_service.guard import store
from levy_service.settings import ImportGuard
from taxkit import ids
from taxkit.errors import Refusal

IMPORT_ACTIVE = "IMPORT_ACTIVE"


@dataclass(frozen=True, slots=True)
class Change:
    """A change as it can be done later: which bills, what is asked of its kind, and by whom."""

    # One of guard.kinds.
    kind: str
    bill_ids: Sequence[UUID]
    body: Mapping[str, Any]
    user: str
    traceparent: str


def hold(
    app: LevyApp, connection: Connection, change: Change, attempt: Callable[[], object]
) -> Any:
    """Keep a change until no run holds its bills; None when it may be done now (LEVY-015).

    It is attempted and undone first, so that what would refuse it today is said today.
    """
    runs = store.runs_holding(connection, change.bill_ids)
    if not runs:
        return None
    if app.settings.import_guard is ImportGuard.REFUSE:
        raise _active(runs)
    with connection.begin_nested() as trial:
        attempt()
        trial.rollback()
    held = store.HeldChange(
        change_id=ids.new_id(),
        kind=change.kind,
        bill_ids=sorted(change.bill_ids),
        body=Jsonb(dict(change.body)),
        run_ids=runs,
        asked_by=change.user,
        traceparent=change.traceparent,
        recorded_at=app.clock.now(),
    )
    store.insert_change(connection, held)
    return store.change(connection, held.change_id)


def refuse_while_held(connection: Connection, bill_ids: Sequence[UUID]) -> None:
    """Refuse to change bills that an open run may pay, where nothing can be kept for later."""
    if runs := store.runs_holding(connection, bill_ids):
        raise _active(runs)


def refuse_issuing(connection: Connection, parcels: str, params: Mapping[str, object]) -> None:
    """Refuse to bill parcels whose bills an open run may pay: it was prepared without the new."""
    if runs := store.runs_holding_parcels(connection, parcels, params):
        named = ", ".join(map(str, runs))
        raise Refusal(
            IMPORT_ACTIVE,
            f"import run {named} may pay bills of these parcels: issue theirs once it is over",
            metadata={"run_ids": named},
        )


def _active(runs: Sequence[UUID]) -> Refusal:
    named = ", ".join(map(str, runs))
    return Refusal(
        "IMPORT_ACTIVE",
        f"import run {named} may pay the bill: send the change again once it is over",
        metadata={"run_ids": named},
    )
