"""The service's own PostgreSQL: one engine, short transactions, time limits on everything."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from taxkit import (
    arrays,  # noqa: F401 - before an engine copies what psycopg knows
    logs,
    metrics,
    together,
)

T = TypeVar("T")
_log = logs.get(__name__)
# Serialization failure, deadlock, lock not available; and a prepared statement that is gone.
_RETRIED = {"40001", "40P01", "55P03", "26000"}
_TRUSTED_SECONDS = 1.0
# Shutting down, connection trouble, out of resources (a full disk), trouble beneath the server.
_AWAY = ("57P", "08", "53", "58")
# It takes no writes: a primary that is one no more, or was told so. Somebody else does, soon.
_READ_ONLY = "25006"


class Database:
    """Transactions on one database; each `begin` is one transaction, rolled back on any error."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        application: str = "millage",
        statement_timeout_ms: int = 30_000,
    ) -> None:
        self.url = url
        self._connect_args: dict[str, Any] = {
            "connect_timeout": 5,
            "application_name": application,
            "options": (
                f"-c statement_timeout={statement_timeout_ms} -c lock_timeout=5000"
                " -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
                # Our statements are short and many: compiling them costs more than it saves.
                " -c jit=off"
            ),
        }
        self.engine: Engine = create_engine(
            driver_url(url),
            pool_size=pool_size,
            max_overflow=4,
            pool_timeout=10,
            pool_use_lifo=True,
            connect_args=self._connect_args,
            # An error is logged; what was to be stored may be a person's name and address.
            hide_parameters=True,
        )
        _ping_what_rested(self.engine)
        _leave_what_is_read_only(self.engine)
        together.heed_order(self.engine)
        metrics.DB_POOL_IN_USE.set_function(self.in_use)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        with self.engine.begin() as connection:
            yield connection

    def run(self, work: Callable[[Connection], T], *, attempts: int = 5) -> T:
        """Run one transaction, again when the database says that trying again may help."""
        for attempt in range(1, attempts + 1):
            try:
                with self.engine.begin() as connection:
                    return work(connection)
            except (DBAPIError, psycopg.Error) as error:
                lost = isinstance(error, DBAPIError) and error.connection_invalidated
                if attempt == attempts or not (is_retryable(error) or lost):
                    raise
                time.sleep(min(0.02 * 2**attempt, 0.5))
        raise AssertionError

    async def connect_async(self) -> psycopg.AsyncConnection[Any]:
        """A connection of the caller's own, for code that lives on an event loop."""
        return await psycopg.AsyncConnection.connect(self.url, **self._connect_args)

    def in_use(self) -> int:
        return int(self.engine.pool.checkedout())  # type: ignore[attr-defined]

    def close(self) -> None:
        self.engine.dispose()


def _ping_what_rested(engine: Engine) -> None:
    """A database that was restarted must not cost a caller its first request.

    What was in use a moment ago is trusted: under load a ping would be a round trip each time.
    """

    @event.listens_for(engine, "checkin")
    def used(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["used_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def rested(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        used_at = record.info.get("used_at")
        if used_at is None or time.monotonic() - used_at < _TRUSTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error as error:
            raise DisconnectionError from error


def _leave_what_is_read_only(engine: Engine) -> None:
    """Do not go on with a connection that takes no writes: the address may lead elsewhere now."""

    @event.listens_for(engine, "handle_error")
    def refused(context: ExceptionContext) -> None:
        if getattr(context.original_exception, "sqlstate", None) == _READ_ONLY:
            context.is_disconnect = True


def read_one_moment(connection: Connection) -> None:
    """Let every statement of a new transaction see the same moment; it writes nothing."""
    connection.exec_driver_sql("set transaction isolation level repeatable read, read only")


def driver_url(url: str) -> str:
    """Name the driver in a plain postgresql:// address."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def is_retryable(error: DBAPIError | psycopg.Error) -> bool:
    """Whether the transaction lost a race and may simply be run again."""
    return _sqlstate(error) in _RETRIED


def is_away(error: BaseException) -> bool:
    """Whether the database is out of reach or going down: wait, do not blame the message."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError | psycopg.Error):
        return False
    state = _sqlstate(error)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if state is None:
        return isinstance(error, OperationalError | psycopg.OperationalError)
    return state.startswith(_AWAY) or state == _READ_ONLY


def _sqlstate(error: DBAPIError | psycopg.Error) -> str | None:
    # What runs past SQLAlchemy (COPY, pipelines) raises the driver's own errors.
    state: str | None = getattr(getattr(error, "orig", error), "sqlstate", None)
    return state
