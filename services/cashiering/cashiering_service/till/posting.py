"""Posting payments: calls that wait at the same moment share one transaction.

A call leaves its request with the poster and waits. One writer takes all that wait, reads what
they need in three statements, decides each by itself, and writes what was accepted in one. Under
load this multiplies the rate; a lone call is taken at once, and in a stream it waits a little for
others where that brings any (ADR 20). If a shared transaction fails, each of
its requests is tried alone, so that none suffers for another. Calls, writer and connection live on
the server's one event loop: no thread hands anything to another.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg
from google.protobuf.message import Message
from psycopg.errors import UniqueViolation

from cashiering_service import events, store, told
from cashiering_service.answers import receipt_answer
from cashiering_service.baskets import rulebook as counters
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.domain.receipt import Order, Receipt
from cashiering_service.rulebook import Rulebook
from cashiering_service.sources import reading as source_reading
from cashiering_service.store import StoredKey
from cashiering_service.till import stops
from cashiering_service.till.deciding import accept, gather
from cashiering_service.till.events import ALLOCATION_OVERRIDDEN
from cashiering_service.till.known import Asking, read_for_posting
from cashiering_service.till.told_terms import allocation_overridden
from taxkit import db, idempotency, ids, logs
from taxkit.contracts import OutgoingEvent
from taxkit.errors import Refusal
from taxkit.pace import Pace, Patience
from taxkit.roundtrips import RoundTrips

_log = logs.get(__name__)
METHOD = "PostPayment"
BATCH_MAX = 64
# So many share a transaction without waiting for more.
COMPANY = 4
# A payment's answer may wait so long for others of a stream, and is not made to for less.
LONGEST_SECONDS, SHORTEST_SECONDS = 0.020, 0.002


@dataclass(slots=True)
class Waiting:
    """One call that waits for its receipt."""

    key: str
    request_sha256: bytes
    order: Order
    posted_by: str
    traceparent: str
    answer: "asyncio.Future[bytes]"

    def end(self, answer: bytes | Exception) -> None:
        if self.answer.done():
            return  # the caller hung up; the receipt stands under its key
        if isinstance(answer, Exception):
            self.answer.set_exception(answer)
        else:
            self.answer.set_result(answer)


@dataclass(slots=True)
class Written:
    """What one transaction is about to store."""

    receipts: list[Receipt] = field(default_factory=list)
    keys: list[StoredKey] = field(default_factory=list)
    events: list[OutgoingEvent] = field(default_factory=list)


class Poster:
    """The writer of receipts in one process; all of it runs on the server's loop."""

    def __init__(self, app: CashieringApp, law: Rulebook) -> None:
        self._app = app
        self._law = law
        self._counters = counters.of_counters(app)
        self._queue: deque[Waiting] = deque()
        self._writer: asyncio.Task[None] | None = None
        # A pool's care for a connection costs more than the statements of a small batch.
        self._held: RoundTrips | None = None
        self._patience = Patience(Pace(LONGEST_SECONDS))

    async def post(
        self, key: str, request: Message, order: Order, posted_by: str, traceparent: str
    ) -> bytes:
        """Post one payment; gives the serialised receipt, the same for the same key."""
        loop = asyncio.get_running_loop()
        waiting = Waiting(
            idempotency.check_key(key),
            idempotency.request_hash(request),
            order,
            posted_by,
            traceparent,
            loop.create_future(),
        )
        self._patience.note(1, loop.time())
        self._queue.append(waiting)
        if self._writer is None:
            self._writer = loop.create_task(self._write_on())
        return await waiting.answer

    async def close(self) -> None:
        """Finish what waits, then let go of the connection."""
        if self._writer is not None:
            await self._writer
        if self._held is not None:
            await self._held.close()

    async def _write_on(self) -> None:
        try:
            while self._queue:
                await self._gather()
                batch = [self._queue.popleft() for _ in range(min(len(self._queue), BATCH_MAX))]
                await self._post_together(batch)
        finally:
            self._writer = None

    async def _gather(self) -> None:
        """Let calls that came in the same moment join, and in a stream those that come next."""
        await asyncio.sleep(0)
        if len(self._queue) >= COMPANY:
            return
        now = asyncio.get_running_loop().time
        wait = self._patience.wait(now())
        if wait < SHORTEST_SECONDS:
            return
        await asyncio.sleep(wait / 2)
        early = len(self._queue)
        await asyncio.sleep(wait / 2)
        self._patience.judge(now(), came_late=len(self._queue) > early)

    async def _post_together(self, batch: Sequence[Waiting], *, again: bool = True) -> None:
        try:
            answers = await self._with_retries(batch)
        except Exception as error:
            if len(batch) > 1:
                _log.warning("shared transaction failed, one by one", error=str(error)[:300])
                for waiting in batch:
                    await self._post_together([waiting])
            elif again and _key_taken(error):
                # The rival's answer stands by now: it is this call's too, if it asked the same.
                await self._post_together(batch, again=False)
            else:
                batch[0].end(error)
            return
        for waiting, answer in zip(batch, answers, strict=True):
            waiting.end(answer)

    async def _with_retries(
        self, batch: Sequence[Waiting], attempts: int = 5
    ) -> list[bytes | Refusal]:
        """Post a batch in one transaction, again where the database says that may help.

        A commit whose answer was lost is safe to repeat: the keys then have their answers.
        """
        for attempt in range(1, attempts + 1):
            trips = await self._connection()
            try:
                return await self._post(trips, batch)
            except psycopg.Error as error:
                if not (lost := trips.closed):
                    await trips.rollback()
                if attempt == attempts or not (lost or db.is_retryable(error)):
                    raise
                await asyncio.sleep(min(0.02 * 2**attempt, 0.5))
            except BaseException:
                await trips.rollback()
                raise
        raise AssertionError

    async def _connection(self) -> RoundTrips:
        """The writer's own connection, kept from batch to batch; a new one when it broke."""
        if self._held is None or self._held.closed:
            self._held = RoundTrips(await self._app.database.connect_async())
        return self._held

    async def _post(self, trips: RoundTrips, batch: Sequence[Waiting]) -> list[bytes | Refusal]:
        known = await read_for_posting(
            trips,
            METHOD,
            sorted({one.order.session_id for one in batch}),
            [one.key for one in batch],
            sorted({line.bill_id for one in batch for line in one.order.lines}),
            sorted({one.posted_by for one in batch}),
            Asking(
                self._app.parts.may_ask,
                self._counters.asks_of_parcels,
                sorted({ahead.parcel_number for one in batch for ahead in one.order.advances}),
            ),
        )
        terms_of = self._counters.remembered()
        particulars = await gather(trips, self._law, batch, known)
        codes = {entry.source_code for one in batch for entry in one.order.entries}
        sources = await source_reading.read(trips, sorted(codes))
        written = Written()
        answers: list[bytes | Refusal] = []
        for waiting in batch:
            try:
                answer = _known_answer(waiting, known.answers)
                if answer is None:
                    stops.check(waiting.order, known, terms_of)
                    receipt = accept(
                        self._app, self._law, waiting, known, particulars, sources, terms_of
                    )
                    answer = self._keep(waiting, receipt, written)
                    known.answers[waiting.key] = (waiting.request_sha256, answer)
                answers.append(answer)
            except Refusal as refusal:
                answers.append(refusal)
        if written.receipts:
            await store.write_and_commit(
                trips, self._app.settings.county, written.receipts, written.keys, written.events
            )
        else:
            await trips.rollback()
        return answers

    def _keep(self, waiting: Waiting, receipt: Receipt, written: Written) -> bytes:
        answer = receipt_answer(receipt).SerializeToString()
        written.receipts.append(receipt)
        written.keys.append(StoredKey(waiting.key, METHOD, waiting.request_sha256, answer))
        written.events.extend(events_of(receipt))
        return answer


def posted_event(receipt: Receipt) -> OutgoingEvent:
    """The event that tells of a receipt, first in the receipt's own stream."""
    return OutgoingEvent(
        event_id=ids.new_id(),
        type=events.PAYMENT_POSTED,
        subject=f"receipt/{receipt.receipt_id}",
        sequence=1,
        time=receipt.recorded_at,
        data=told.payment_posted(receipt),
        traceparent=receipt.traceparent,
    )


def events_of(receipt: Receipt) -> list[OutgoingEvent]:
    """All that is told of a receipt."""
    posted = posted_event(receipt)
    if not any(line.allotment and line.allotment.is_overridden for line in receipt.lines):
        return [posted]
    overridden = OutgoingEvent(
        event_id=ids.new_id(),
        type=ALLOCATION_OVERRIDDEN,
        subject=f"allocation/{receipt.receipt_id}",
        sequence=1,
        time=receipt.recorded_at,
        data=allocation_overridden(receipt),
        traceparent=receipt.traceparent,
    )
    return [posted, overridden]


def _known_answer(waiting: Waiting, known: dict[str, tuple[bytes, bytes]]) -> bytes | None:
    found = known.get(waiting.key)
    if found is None:
        return None
    if found[0] != waiting.request_sha256:
        raise idempotency.conflicting(waiting.key)
    return found[1]


def _key_taken(error: Exception) -> bool:
    """Whether another process stored the same key since it was looked for."""
    cause = getattr(error, "orig", error)
    return isinstance(cause, UniqueViolation) and "idempotency_keys" in str(cause)
