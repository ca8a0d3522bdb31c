"""What a worker does beside its events, a little at a time: seals rows, and prunes old events."""

import time

from sqlalchemy import Connection

from taxkit import audit, retention
from taxkit.app import App
from taxkit.audit import Audited

_PRUNED_AT_ONCE = 5000
# A few milliseconds of the worker's and the database's time.
_SEALED_AT_ONCE = 500
_PAUSE_SECONDS = 0.05


def keep(app: App) -> None:
    """One round of it, in small transactions with pauses, so that no event waits for long."""
    for table in _tables(app):
        left = app.settings.audit_batch
        while left > 0 and _seal(app, table, min(left, _SEALED_AT_ONCE)) == _SEALED_AT_ONCE:
            left -= _SEALED_AT_ONCE
            time.sleep(_PAUSE_SECONDS)
    app.database.run(
        lambda connection: retention.prune(
            connection, app.clock.now(), app.settings.keep_events_days, _PRUNED_AT_ONCE
        )
    )


def seal_all(app: App) -> int:
    """Seal whatever is committed by now; gives how many rows that were."""
    sealed = 0
    for table in _tables(app):
        while count := _seal(app, table, app.settings.audit_batch):
            sealed += count
    return sealed


def _tables(app: App) -> list[Audited]:
    with app.database.begin() as connection:
        return audit.tables(connection, app.unsealed)


def _seal(app: App, table: Audited, limit: int) -> int:
    def work(connection: Connection) -> int:
        return audit.seal(connection, table, limit)

    return app.database.run(work)
