"""The counter's settings: kept for good, and at hand in every process without a round trip.

A process reads them again once a second at most, by one caller, while the others go on with what
they have: what is set anywhere counts everywhere a second later. Who sets one sees it at once.
"""

import asyncio
import threading
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from cashiering_service.domain.counter_settings import SettingSet
from taxkit.db import Database
from taxkit.rows import Columns

_FRESH_S = 1.0
_ROWS = Columns(
    {
        "setting_id": "uuid",
        "name": "text",
        "value": "text",
        "effective_from": "date",
        "set_by": "text",
        "trace_id": "uuid",
        "recorded_at": "timestamptz",
    }
)


class CounterSettings:
    """What was set, as this process knows it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reading = threading.Lock()
        self._known: tuple[SettingSet, ...] = ()
        self._stale_at = 0.0

    def all(self) -> tuple[SettingSet, ...]:
        """In the order they were set."""
        if time.monotonic() >= self._stale_at:
            if (loop := _loop()) is None:
                self._read()
            else:
                # The server's loop waits for nothing: it has them a moment later.
                loop.run_in_executor(None, self._read)
        return self._known

    def _read(self) -> None:
        if self._reading.acquire(blocking=False):
            try:
                self._take_in()
            finally:
                self._reading.release()

    def read_now(self) -> None:
        """Know what was committed just now."""
        with self._reading:
            self._take_in()

    def _take_in(self) -> None:
        with self._database.begin() as connection:
            self._known = tuple(map(_setting, history(connection)))
        self._stale_at = time.monotonic() + _FRESH_S


def _loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def history(connection: Connection) -> Sequence[Any]:
    """Everything that was ever set, oldest first: ids are in the order of their making."""
    return connection.exec_driver_sql("select * from counter_settings order by setting_id").all()


def known(connection: Connection) -> tuple[SettingSet, ...]:
    return tuple(map(_setting, history(connection)))


def add(connection: Connection, row: Sequence[object]) -> None:
    _ROWS.insert(connection, "counter_settings", [row])


def _setting(row: Any) -> SettingSet:
    return SettingSet(row.name, row.value, row.effective_from)
