"""The counter's settings: kept for good, and at hand in every process without a round trip.

A process reads them again once a second at most, by one caller, while the others go on with what
they have: what is set anywhere counts everywhere a second later. Who sets one sees it at once.
A process whose database is away starts all the same, and takes nothing until it knows them.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Sequence
from typing import Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cashiering_service.domain.counter_settings import SettingSet
from taxkit import logs
from taxkit.db import Database
from taxkit.errors import Refusal, RefusalKind
from taxkit.rows import Columns

_log = logs.get(__name__)
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
        # None until they were read for the first time.
        self._known: tuple[SettingSet, ...] | None = None
        self._stale_at = 0.0

    def begin(self) -> None:
        """Know them before the first call, or as soon as the database is there."""
        try:
            self.read_now()
        except (DBAPIError, psycopg.Error) as error:
            _log.warning("starting without the database", error=str(error)[:300])
            threading.Thread(target=self._read_soon, daemon=True, name="settings").start()

    def _read_soon(self) -> None:
        while self._known is None:
            time.sleep(_FRESH_S)
            with contextlib.suppress(DBAPIError, psycopg.Error):
                self.read_now()

    def all(self) -> tuple[SettingSet, ...]:
        """In the order they were set."""
        if time.monotonic() >= self._stale_at:
            if (loop := _loop()) is not None:
                # The server's loop waits for nothing: it has them a moment later.
                loop.run_in_executor(None, self._read)
            elif self._known is None:
                self.read_now()
            else:
                self._read()
        if self._known is None:
            raise Refusal(
                "DATABASE_AWAY", "try again with the same key", kind=RefusalKind.UNAVAILABLE
            )
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
