"""A service's consumer: takes batches of messages and gives each its effect, or parks it."""

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, DBAPIError

from taxkit import (
    contracts,
    db,
    inbox,
    logs,
    metrics,
    outbox,
    parking,
    telemetry,
    together,
    topology,
)
from taxkit.clock import Clock
from taxkit.contracts import IncomingEvent
from taxkit.errors import Permanent, Refusal
from taxkit.inbox import Ordering, Sorted, Subscription, Work
from taxkit.pace import Leisure
from taxkit.parking import ToPark

T = TypeVar("T")
_log = logs.get(__name__)
# So many events of a batch have their age measured, from its first to its last.
_MEASURED = 20


class Consumer:
    """The subscriptions of one service on one database. Knows neither nameko nor AMQP."""

    def __init__(
        self,
        service: str,
        app: Any,
        *,
        database: db.Database,
        clock: Clock,
        county: str,
        subscriptions: Sequence[Subscription],
    ) -> None:
        self.service = service
        self.stopping = False
        self.leisure = Leisure()
        self._app = app
        self._database = database
        self._clock = clock
        self._county = county
        self._subscriptions = {one.method: one for one in subscriptions}

    def absorb(self, method: str, bodies: Sequence[bytes | str]) -> None:
        """Handle a batch in one transaction. Raises when the batch as a whole cannot be handled.

        A refusal of a batch of one parks its message; of more it is raised, for the caller to
        hand the messages over one by one.
        """
        subscription = self._subscriptions[method]
        queue = self.queue_of(subscription)
        events, bad = self._decode(subscription, queue, bodies)
        started = time.perf_counter()
        parents = [event.traceparent for event in events]
        with telemetry.consumer_spans(f"{self.service}.{method}", parents) as spans:
            events = [_in_span(event, span) for event, span in zip(events, spans, strict=True)]
            try:
                counts = self._with_patience(
                    lambda connection: self._apply(connection, subscription, events, bad)
                )
            except (Refusal, DataError) as error:
                if len(bodies) > 1:
                    raise
                counts = self._park([ToPark(queue, bodies[0], *_why(error))])
        self.leisure.note(len(events), time.monotonic())
        self._measure(method, events, counts, time.perf_counter() - started)

    def park(self, method: str, body: bytes | str, reason: str, message: str) -> None:
        """Park one message of a subscription's queue."""
        queue = self.queue_of(self._subscriptions[method])
        self._park([ToPark(queue, body, reason, message)])

    def park_dead(self, letters: Sequence[ToPark]) -> None:
        """Park what the broker gave up delivering."""
        self._park(list(letters))

    def tidy(self, gap_timeout_seconds: int) -> None:
        """Park what has waited too long, and measure what is parked."""

        def work(connection: Connection) -> int:
            parking.park_overdue(connection, gap_timeout_seconds)
            return int(
                connection.exec_driver_sql(
                    "select count(*) from parked_messages where state = 'parked'"
                ).scalar_one()
            )

        metrics.PARKED_MESSAGES.set(self._with_patience(work))

    def queue_of(self, subscription: Subscription) -> str:
        return topology.queue_of(
            subscription.owner, subscription.event, self.service, subscription.method
        )

    def _decode(
        self, subscription: Subscription, queue: str, bodies: Sequence[bytes | str]
    ) -> tuple[list[IncomingEvent], list[ToPark]]:
        events, bad = [], []
        for body in bodies:
            try:
                events.append(contracts.decode(body, subscription.type_name, subscription.schema))
            except Permanent as error:
                bad.append(ToPark(queue, body, error.reason, error.message))
        return events, bad

    def _apply(
        self,
        connection: Connection,
        subscription: Subscription,
        events: Sequence[IncomingEvent],
        bad: Sequence[ToPark],
    ) -> dict[str, int]:
        parking.park(connection, bad)
        if not events:
            return {"parked": len(bad)}
        taken = inbox.take(connection, subscription, events)
        order = self._order(connection, subscription, taken)
        work = Work(connection, self._clock)
        applied = 0
        for method, ready in order.ready:
            self._subscriptions[method].handle(self._app, work, ready)
            applied += len(ready)
        outbox.store(connection, self._county, work.emitted)
        return {
            "applied": applied,
            "duplicate": len(events) - len(taken.fresh),
            "stale": order.stale,
            "waiting": order.waiting,
            "parked": len(bad),
        }

    def _order(
        self, connection: Connection, subscription: Subscription, taken: inbox.Taken
    ) -> Sorted:
        if not taken.fresh:
            return Sorted(ready=())
        if subscription.ordering is Ordering.ANY:
            return Sorted(ready=((subscription.method, taken.fresh),))
        if subscription.ordering is Ordering.NEWEST:
            return inbox.newest(connection, subscription, taken)
        queue = self.queue_of(subscription)
        return inbox.in_sequence(connection, subscription, queue, taken, self._read_waiting)

    def _read_waiting(self, method: str, body: str) -> IncomingEvent:
        subscription = self._subscriptions[method]
        return contracts.decode(body, subscription.type_name, subscription.schema)

    def _park(self, messages: list[ToPark]) -> dict[str, int]:
        for message in messages:
            _log.warning("parked", queue=message.queue, reason=message.reason, why=message.message)
        self._with_patience(lambda connection: parking.park(connection, messages))
        return {"parked": len(messages)}

    def _with_patience(self, work: Callable[[Connection], T]) -> T:
        """Run a transaction; wait for a database that is away, which is no message's fault."""
        delay, races = 0.1, 0
        while True:
            try:
                with self._database.begin() as connection, together.gathering(connection):
                    return work(connection)
            except Exception as error:
                if isinstance(error, DBAPIError) and db.is_retryable(error) and races < 10:
                    races += 1
                elif not db.is_away(error) or self.stopping:
                    raise
                else:
                    _log.warning("database away, waiting", delay_s=delay, error=str(error)[:200])
            time.sleep(delay)
            delay = min(delay * 2, 5)

    def _measure(
        self, method: str, events: Sequence[IncomingEvent], counts: dict[str, int], seconds: float
    ) -> None:
        now = self._clock.now()
        metrics.HANDLER_SECONDS.labels(method).observe(seconds)
        metrics.HANDLER_BATCH_SIZE.labels(method).observe(len(events))
        age = metrics.INBOX_AGE_SECONDS.labels(method)
        # A measurement costs more than it tells when hundreds of events came together.
        for event in events[:: len(events) // _MEASURED + 1]:
            age.observe(max((now - event.time).total_seconds(), 0))
        for outcome, count in counts.items():
            if count:
                metrics.INBOX_EVENTS.labels(method, outcome).inc(count)


def _why(error: Refusal | DataError) -> tuple[str, str]:
    if isinstance(error, Refusal):
        return error.reason, error.message
    # No column will ever hold the value, so another try would be no better.
    return "DATA_NOT_STORABLE", str(error.orig)


def _in_span(event: IncomingEvent, traceparent: str) -> IncomingEvent:
    """The event as its consumer span passes it on, so that what it causes hangs below."""
    if traceparent == event.traceparent:
        return event
    return IncomingEvent(
        event.event_id,
        event.type_name,
        event.source,
        event.subject,
        event.sequence,
        event.time,
        traceparent,
        event.data,
        event.body,
        event.told,
    )
