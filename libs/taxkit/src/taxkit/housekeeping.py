"""What a worker does beside its events, a little at a time: seals rows, prunes what is old."""

import time
from functools import partial

from sqlalchemy import Connection

from taxkit import audit, retention
from taxkit.app import App
from taxkit.audit import Audited

_PRUNED_AT_ONCE = 5000
# Two megabytes: some thousand rows.
_PAGES_AT_ONCE = 256
# A few milliseconds of the worker's and the database's time.
_SEALED_AT_ONCE = 500
_PAUSE_SECONDS = 0.05
# After a bulk run a round goes on, a quarter of its time at work and the rest for events.
_PAUSE_TO_WORK = 3
_SEALING_SECONDS = 40.0


def keep(app: App) -> None:
    """One round of it, in small transactions with pauses, so that no event waits for long."""
    _seal_for_a_while(app)
    for prune in (_prune_outbox, _prune_inbox, _prune_keys):
        if not app.leaving:
            app.database.run(partial(prune, app))


def _prune_outbox(app: App, connection: Connection) -> None:
    days = app.settings.keep_events_days
    retention.prune_outbox(connection, app.clock.now(), days, _PRUNED_AT_ONCE)


def _prune_inbox(app: App, connection: Connection) -> None:
    now, days, first = app.clock.now(), app.settings.keep_events_days, app.pruned_to.inbox
    app.pruned_to.inbox = retention.prune_inbox(connection, now, days, first, _PAGES_AT_ONCE)


def _prune_keys(app: App, connection: Connection) -> None:
    now, days, first = app.clock.now(), app.settings.keep_keys_days, app.pruned_to.keys
    app.pruned_to.keys = retention.prune_keys(
        connection, now, days, app.lasting_keys, first, _PAGES_AT_ONCE
    )


def _seal_for_a_while(app: App) -> None:
    """Seal table by table in turn, until all are done or it has been long enough."""
    until = time.monotonic() + _SEALING_SECONDS
    left = {table.name: (table, app.settings.audit_batch) for table in _tables(app)}
    while left:
        for name, (table, rest) in list(left.items()):
            if app.leaving or time.monotonic() > until:
                return
            wanted, began = min(rest, _SEALED_AT_ONCE), time.monotonic()
            if wanted <= 0 or _seal(app, table, wanted) < wanted:
                del left[name]
                continue
            left[name] = (table, rest - wanted)
            time.sleep(max(_PAUSE_SECONDS, _PAUSE_TO_WORK * (time.monotonic() - began)))


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
