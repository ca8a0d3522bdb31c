"""The relay: drains the outbox to the broker, in order, with publisher confirms.

A round is one database transaction: take the lock that makes rounds follow each other (any
number of replicas may run), read a window of unpublished rows, publish, wait for every confirm,
mark what was confirmed. What was nacked or returned stays and is tried again. A relay killed in
the middle publishes those events again; consumers absorb duplicates.
"""

import time
from collections.abc import Sequence
from typing import Any

import pika
import psycopg
from pika.adapters.select_connection import SelectConnection
from pika.spec import Basic

from taxkit import batches, broker, ids, logs, metrics, outbox, telemetry, wire
from taxkit.config import Settings
from taxkit.pace import Pace
from taxkit.rounds import Round, Shunned
from taxkit.stopping import StopSignal

_log = logs.get(__name__)
_MEASURE_SECONDS = 1
_MARK_RETRY_SECONDS_MAX = 15.0
_ROUND_LOCK = 0x6D696C6C  # one round at a time per database, whoever runs it


class Relay:
    """One relay process: a pika connection and a database connection on one event loop."""

    def __init__(self, settings: Settings, service: str) -> None:
        self._settings = settings
        self._service = service
        self._database: psycopg.Connection[Any] | None = None
        self._prepared = wire.Prepared()
        self._connection: Any = None
        self._channel: Any = None
        self._round: Round | None = None
        self._shunned = Shunned()
        self._pace = Pace(settings.relay_min_round_ms / 1000)
        self._tags: dict[int, Any] = {}
        self._next_tag = 1
        self._stop = StopSignal()
        self._wake_at: Any = None
        self._wake_due = self._looked_at = self._measured_at = 0.0
        self._retry_s = 0.25
        self._mark_retry_s = 1.0

    def run(self) -> None:
        """Run until SIGTERM; a lost broker or database is waited for."""
        self._stop.listen()
        while not self._stop.asked:
            self._connection = SelectConnection(
                broker.parameters(
                    self._settings.amqp_url,
                    ca_file=self._settings.amqp_ca_file,
                    name=f"{self._service} relay",
                ),
                on_open_callback=self._on_open,
                on_open_error_callback=lambda _c, error: self._on_lost(error),
                on_close_callback=lambda _c, error: self._on_lost(error),
            )
            loop = self._connection.ioloop
            self._stop.wake(loop, self._stop_when_settled)
            loop.start()
            if not self._stop.asked:
                time.sleep(self._retry_s)
                self._retry_s = min(self._retry_s * 2, 3)
        self._drop_database()

    @property
    def ready(self) -> bool:
        return bool(self._channel and self._channel.is_open and self._database)

    # --- the broker's side -----------------------------------------------------------------

    def _stop_when_settled(self) -> None:
        if self._round is None and self._connection.is_open:
            self._connection.close()
        elif self._round is None:
            self._connection.ioloop.stop()

    def _on_open(self, connection: Any) -> None:
        connection.channel(on_open_callback=self._on_channel)

    def _on_channel(self, channel: Any) -> None:
        self._channel = channel
        self._tags, self._next_tag = {}, 1
        channel.add_on_return_callback(self._on_return)
        channel.add_on_close_callback(lambda _ch, error: self._on_channel_closed(error))
        channel.confirm_delivery(self._on_confirm, callback=lambda _frame: self._start())

    def _start(self) -> None:
        self._retry_s = 0.25
        _log.info("relay connected", service=self._service)
        self._tick()

    def _on_channel_closed(self, error: Any) -> None:
        _log.warning("channel closed", error=str(error)[:300])
        if self._connection.is_open:
            self._connection.close()

    def _on_lost(self, error: Any) -> None:
        if not self._stop.asked:
            _log.warning("broker connection lost", error=str(error)[:300])
        self._abandon()
        self._channel = None
        self._connection.ioloop.stop()

    def _on_return(self, _channel: Any, _method: Any, properties: Any, _body: bytes) -> None:
        # The return comes before its confirm, so the round knows it in time.
        metrics.EVENTS_RETURNED.inc()
        _log.warning("no queue bound for event", event_id=properties.message_id)
        if self._round is not None:
            self._round.returned.add(properties.message_id)

    def _on_confirm(self, frame: Any) -> None:
        tag, multiple = frame.method.delivery_tag, frame.method.multiple
        confirmed = isinstance(frame.method, Basic.Ack)
        tags = [t for t in self._tags if t <= tag] if multiple else [tag]
        for one in tags:
            sent = self._tags.pop(one, None)
            if sent is None or self._round is None:
                continue
            self._round.settle(*sent, confirmed=confirmed)
        if self._round is not None and self._round.settled:
            self._finish(self._round)

    # --- the database's side ---------------------------------------------------------------

    def _open_database(self) -> psycopg.Connection[Any]:
        if self._database is None or self._database.closed:
            self._drop_database()
            self._prepared = wire.Prepared()
            self._database = psycopg.connect(
                self._settings.database_url,
                autocommit=True,
                connect_timeout=5,
                application_name=f"{self._service} relay",
                # A mark lost with the server's memory publishes once more; no need to wait for it.
                options="-c statement_timeout=30000 -c jit=off -c synchronous_commit=off",
            )
            self._database.execute("listen outbox")
            self._database.commit()
            loop = self._connection.ioloop
            self._watched = self._database.fileno()
            loop.add_handler(self._watched, self._on_notify, loop.READ)
        return self._database

    def _drop_database(self) -> None:
        if self._database is not None:
            try:
                self._connection.ioloop.remove_handler(self._watched)
            except (KeyError, OSError, ValueError, AttributeError):
                _log.debug("the loop had let go of the database already")
            self._database.close()
            self._database = None

    def _on_notify(self, _fd: int, _events: int) -> None:
        """Something was committed: look soon. A round under way looks again when it ends."""
        if self._database is None:
            return
        try:
            # Always read: the loop would call again at once, and forever.
            for _ in self._database.notifies(timeout=0):
                pass
        except psycopg.Error as error:
            self._database_lost(error)
            return
        if self._round is None:
            self._schedule_soon()

    def _schedule_soon(self) -> None:
        """At once after a rest; in a stream gather what comes close behind."""
        now = time.monotonic()
        self._schedule(max(self._pace.wait(now) - (now - self._looked_at), 0))

    def _schedule(self, delay_s: float) -> None:
        due = time.monotonic() + delay_s
        if self._wake_at is not None:
            # Never put off: a stream of commits must not hold the relay back.
            if self._wake_due <= due:
                return
            self._connection.ioloop.remove_timeout(self._wake_at)
        self._wake_due = due
        self._wake_at = self._connection.ioloop.call_later(delay_s, self._tick)

    def _tick(self) -> None:
        self._wake_at = None
        if self._round is not None or self._channel is None or not self._channel.is_open:
            return
        if self._stop.asked:
            self._stop_when_settled()
            return
        try:
            self._begin_round()
        except psycopg.Error as error:
            self._database_lost(error)

    def _begin_round(self) -> None:
        database = self._open_database()
        self._looked_at = time.monotonic()
        # One round trip; what is taken counts only under the lock, which came first.
        ((locked,),), taken = wire.run(
            database,
            self._prepared,
            [
                ("select pg_try_advisory_xact_lock(%s)", (_ROUND_LOCK,)),
                (outbox.TAKE, (self._shunned.now(), self._settings.relay_window)),
            ],
        )
        rows: Sequence[Any] = taken if locked else ()
        if not rows:
            wire.run(database, self._prepared, (), commit=True)
            self._measure(database)
            if wire.notified(database):
                self._schedule_soon()
            else:
                self._schedule(self._settings.relay_poll_ms / 1000)
            return
        self._round = Round(rows)
        self._pace.note(len(rows), self._looked_at)
        self._publish(rows)

    def _publish(self, rows: Sequence[Any]) -> None:
        for message in batches.gathered(rows, self._settings.relay_batch_events):
            message_id = message.event_id or str(ids.new_id())
            self._tags[self._next_tag] = (message, message_id)
            self._next_tag += 1
            name = f"{self._service} publish {message.routing_key}"
            with telemetry.producer_spans(name, message.traceparents):
                self._channel.basic_publish(
                    message.exchange,
                    message.routing_key,
                    message.body,
                    pika.BasicProperties(
                        # What subscribers choose a reader by; the envelopes say the rest.
                        content_type=message.media_type,
                        content_encoding="utf-8",
                        delivery_mode=2,
                        message_id=message_id,
                        headers=message.headers,
                    ),
                    mandatory=message.mandatory,
                )

    def _finish(self, done: Round) -> None:
        self._round = None
        self._shunned.add(done.unheard)
        try:
            database = self._open_database()
            marks = [(outbox.MARK, (done.confirmed,))] if done.confirmed else []
            wire.run(database, self._prepared, marks, commit=True)
        except psycopg.Error as error:
            # Longer each time: what cannot be marked, as on a full disk, is published again.
            self._database_lost(error, self._mark_retry_s)
            self._mark_retry_s = min(self._mark_retry_s * 2, _MARK_RETRY_SECONDS_MAX)
            return
        self._mark_retry_s = 1.0
        if self._stop.asked:
            self._stop_when_settled()
        elif done.nacked:
            self._schedule(self._settings.relay_poll_ms / 1000)
        elif len(done.rows) == self._settings.relay_window:
            self._schedule(0)
        else:
            self._schedule_soon()

    def _abandon(self) -> None:
        """Give up a round: nothing was marked, so all of it is published again."""
        self._round = None
        self._tags = {}
        self._wake_at = None
        self._drop_database()

    def _database_lost(self, error: Exception, pause_s: float = 1) -> None:
        _log.warning("database away, waiting", error=str(error)[:300])
        # Confirms of this round may still come, and must not be counted in the next.
        self._round, self._tags = None, {}
        self._drop_database()
        self._schedule(pause_s)

    def _measure(self, database: psycopg.Connection[Any]) -> None:
        if time.monotonic() - self._measured_at < _MEASURE_SECONDS:
            return
        self._measured_at = time.monotonic()
        counts = database.execute(outbox.MEASURE).fetchone()
        assert counts is not None
        metrics.OUTBOX_UNPUBLISHED.set(counts[0])
        metrics.OUTBOX_OLDEST_SECONDS.set(float(counts[1]))
