"""Waits until a batch that queued notices has committed, whichever process it was in."""

import time

import psycopg

from taxkit import logs

_log = logs.get(__name__)


class Wake:
    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._connection: psycopg.Connection | None = None

    def listen(self) -> None:
        """Begin to listen; without a database the waiting below is plain polling."""
        if self._connection is None:
            try:
                self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=5)
                self._connection.execute("listen notices")
            except psycopg.Error as error:
                _log.warning("not listening for notices", error=str(error)[:200])
                self.close()

    def wait(self, seconds: float) -> None:
        """Return at the next notification, or after that time."""
        if self._connection is None:
            time.sleep(seconds)
            return
        try:
            for _ in self._connection.notifies(timeout=seconds, stop_after=1):
                pass
        except psycopg.Error as error:
            _log.warning("stopped listening for notices", error=str(error)[:200])
            self.close()

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
