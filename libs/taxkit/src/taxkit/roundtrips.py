"""A database connection on an event loop, for the few statements whose time counts.

psycopg's cursors and pipelines cost more processor time than the small statements of a till's
payment do. This sends prepared statements straight through psycopg's libpq: those that are given
together travel together, answers come back in their order, and one callback for the connection's
whole life does the reading. Everything else uses `taxkit.db`.
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

from taxkit.arrays import Packed
from taxkit.wire import Prepared, Rows, Statement, translated

# A statement, the types of its parameters, and their values with the form each has.
_Dumped = tuple[bytes, tuple[int, ...], Sequence[Any], list[int]]
_FAILED = (ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED, ExecStatus.BAD_RESPONSE)
_BEGIN: Statement = ("begin", ())
_COMMIT: Statement = ("commit", ())
_ROLLBACK: Statement = ("rollback", ())


class RoundTrips:
    """One connection, one transaction at a time, one caller at a time."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection  # kept alive, and closed, with this
        self._pgconn = connection.pgconn
        self._loop = asyncio.get_running_loop()
        self._context = Transformer(connection)
        self._prepared = Prepared()
        self._begun = False
        self._answers: list[pq.abc.PGresult] = []
        self._waiting: asyncio.Future[None] | None = None
        self._socket = self._pgconn.socket
        self._pgconn.nonblocking = 1
        self._pgconn.enter_pipeline_mode()
        self._loop.add_reader(self._socket, self._read)

    @property
    def closed(self) -> bool:
        return self._pgconn.status != pq.ConnStatus.OK

    async def fetch(self, *queries: Statement) -> list[Rows]:
        """Send statements in one round trip, in a transaction that begins with the first.

        Gives each one's rows. After an error the transaction is to be rolled back.
        """
        if self._begun:
            return await self._send(queries)
        self._begun = True
        _, *found = await self._send((_BEGIN, *queries))
        return found

    async def commit(self, *queries: Statement) -> None:
        """Send statements and the commit in one round trip; an error leaves nothing committed."""
        before = () if self._begun else (_BEGIN,)
        self._begun = True
        await self._send((*before, *queries, _COMMIT))
        self._begun = False

    async def rollback(self) -> None:
        if self._begun and not self.closed:
            await self._send((_ROLLBACK,))
        self._begun = False

    async def close(self) -> None:
        self._let_go()
        await self._connection.close()

    async def _send(self, queries: Sequence[Statement]) -> list[Rows]:
        assert self._waiting is None, "one caller at a time"
        if self.closed:
            raise psycopg.OperationalError("the connection is closed")
        # All is written out before anything is sent: what cannot be is no half of a round trip.
        is_new = [self._queue(*each) for each in [self._dumped(*query) for query in queries]]
        self._pgconn.pipeline_sync()
        self._waiting = self._loop.create_future()
        self._flush()
        try:
            await self._waiting
        except BaseException:
            # Answers may still be on their way: nobody else shall take them for his own.
            self._break_off()
            raise
        answers = iter(self._answers)
        self._answers = []
        return [self._rows(new, answers) for new in is_new]

    def _dumped(self, text: str, parameters: Any) -> _Dumped:
        query, names, formats = translated(text)
        values = [parameters[name] for name in names] if names else parameters
        if all(type(value) is Packed for value in values):
            # Nothing to adapt: the statement's own casts say of what type they are.
            return query, (), values, [pq.Format.BINARY] * len(values)
        context = self._context
        buffers = context.dump_sequence(values, formats)
        return query, tuple(context.types or ()), buffers, list(context.formats or ())

    def _queue(
        self, query: bytes, types: tuple[int, ...], values: Sequence[Any], formats: list[int]
    ) -> bool:
        """Send a statement; gives whether it had to be prepared first."""
        name = self._prepared.names.get((query, types))
        is_new = name is None
        if name is None:
            name = self._prepared.names[query, types] = self._prepared.new_name()
            self._pgconn.send_prepare(name, query, types)
        self._pgconn.send_query_prepared(name, values, formats, pq.Format.BINARY)
        return is_new

    def _rows(self, is_new: bool, answers: Iterator[pq.abc.PGresult]) -> Rows:
        if is_new:
            self._checked(next(answers))
        result = self._checked(next(answers))
        if result.status != ExecStatus.TUPLES_OK:
            return []
        self._context.set_pgresult(result, format=pq.Format.BINARY)
        return self._context.load_rows(0, result.ntuples, tuple)

    def _checked(self, result: pq.abc.PGresult) -> pq.abc.PGresult:
        if result.status in _FAILED:
            # Which were prepared before it is not known: each gets a new name next time.
            self._prepared.forget()
            raise error_from_result(result)
        return result

    def _flush(self) -> None:
        try:
            if self._pgconn.flush():
                self._loop.add_writer(self._socket, self._flush)
            else:
                self._loop.remove_writer(self._socket)
        except psycopg.Error as error:
            self._broken(error)

    def _read(self) -> None:
        try:
            self._pgconn.consume_input()
            done = self._collect()
        except psycopg.Error as error:
            self._broken(error)
            return
        if done and self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            if not waiting.done():
                waiting.set_result(None)

    def _collect(self) -> bool:
        """Take what has come; gives whether the round trip's end was among it."""
        pgconn, is_between = self._pgconn, False
        while not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None:
                if is_between:
                    return False
                is_between = True
                continue
            is_between = False
            if result.status == ExecStatus.PIPELINE_SYNC:
                return True
            self._answers.append(result)
        return False

    def _broken(self, error: psycopg.Error) -> None:
        self._let_go()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)

    def _break_off(self) -> None:
        self._let_go()
        self._waiting = None
        self._answers = []
        self._pgconn.finish()

    def _let_go(self) -> None:
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
