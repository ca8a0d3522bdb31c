"""What a worker does beside its events, a little at a time: seals rows, and prunes old events."""

from sqlalchemy import Connection

from taxkit import audit, retention
from taxkit.app import App
from taxkit.audit import Audited

_PRUNED_AT_ONCE = 5000


def keep(app: App) -> None:
    """One round of it, each table in a transaction of its own, so that nobody waits for long."""
    for table in _tables(app):
        _seal(app, table)
    app.database.run(
        lambda connection: retention.prune(
            connection, app.clock.now(), app.settings.keep_events_days, _PRUNED_AT_ONCE
        )
    )


def seal_all(app: App) -> int:
    """Seal whatever is committed by now; gives how many rows that were."""
    sealed = 0
    for table in _tables(app):
        while count := _seal(app, table):
            sealed += count
    return sealed


def _tables(app: App) -> list[Audited]:
    with app.database.begin() as connection:
        return audit.tables(connection, app.unsealed)


def _seal(app: App, table: Audited) -> int:
    def work(connection: Connection) -> int:
        return audit.seal(connection, table, app.settings.audit_batch)

    return app.database.run(work)
