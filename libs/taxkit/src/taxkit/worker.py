"""nameko, hardened: batches, explicit acknowledgement, nothing acknowledged that was not handled.

    queue ──▶ channel ──▶ buffer ──▶ batch ──▶ Consumer.absorb ──ok──▶ ack the batch
                                       │
                                       └─fails─▶ one by one ──ok──▶ ack
                                                    │
                                                    └─fails─▶ back to the queue, with a pause;
                                                              at the delivery limit: parked

Everything nameko and eventlet stays here, in taxkit.channel and in each service's worker.py.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import eventlet
from eventlet.event import Event
from kombu import Exchange, Queue
from nameko.extensions import DependencyProvider, register_entrypoint
from nameko.messaging import Consumer as NamekoConsumer
from nameko.timer import timer

from taxkit import housekeeping, logs, topology
from taxkit.channel import Channel
from taxkit.contracts import BODY_BYTES_MAX
from taxkit.errors import Refusal
from taxkit.inbox import Subscription
from taxkit.pace import Pace
from taxkit.parking import ToPark

_log = logs.get(__name__)
pulse = timer
# How long a stopping worker goes on with what it holds; the rest is for the next one.
_DRAIN_SECONDS = 10


class Application(DependencyProvider):  # type: ignore[misc]
    """Gives the service instance its application, built once per process."""

    def __init__(self, build: Callable[[], Any]) -> None:
        self._build = build
        self._app: Any = None

    def setup(self) -> None:
        self._app = self._build()

    def stop(self) -> None:
        if self._app is not None:
            self._app.close()

    def lose_patience(self) -> None:
        """Stop waiting for a database that is away."""
        if self._app is not None:
            self._app.consumer.stopping = True

    def get_dependency(self, _worker_ctx: Any) -> Any:
        return self._app


class BatchHandler(NamekoConsumer):  # type: ignore[misc]
    """Hands its method lists of messages, in order, one list at a time."""

    def __init__(self, subscription: Subscription | None, **options: Any) -> None:
        self.subscription = subscription
        self.buffer: list[Any] = []
        self.wake = Event()
        self.pumping: Any = None
        self.stopping = self.hurried = False
        super().__init__(queue=None, requeue_on_error=True, **options)
        self.queue_consumer = Channel()

    def setup(self) -> None:
        config = self.container.config
        self.batch = int(config.get("batch_size", 100))
        self.pace = Pace(int(config.get("batch_linger_ms", 40)) / 1000)
        self.queue = self._make_queue()
        self.queue_consumer.prefetch = 2 * self.batch
        super().setup()

    def _make_queue(self) -> Queue:
        subscription, service = self.subscription, self.container.service_name
        assert subscription is not None
        assert subscription.method == self.method_name, self.method_name
        name = topology.queue_of(
            subscription.owner, subscription.event, service, subscription.method
        )
        # Declared when deployed: a worker may not touch another service's exchange.
        return Queue(
            name,
            exchange=Exchange(topology.exchange_of(subscription.owner), "topic", no_declare=True),
            routing_key=subscription.event,
            durable=True,
            queue_arguments=topology.queue_arguments(service, name),
            no_declare=True,
        )

    def start(self) -> None:
        super().start()
        self.pumping = self.container.spawn_managed_thread(self.pump)

    def stop(self) -> None:
        """Drain before nameko stops the dependencies the last batches need."""
        super().stop()
        with eventlet.Timeout(_DRAIN_SECONDS, False):
            while self.queue_consumer.in_flight > 0:
                eventlet.sleep(0.02)
        self.stopping = True
        self.awake()
        with eventlet.Timeout(0.5, False):
            self.pumping.wait()
        if self.pumping:
            self.hurry()

    def hurry(self) -> None:
        """End without handling the rest: it is delivered again to the next worker."""
        _log.warning("stopping with messages unhandled", count=self.queue_consumer.in_flight)
        self.hurried = True
        for dependency in self.container.dependencies:
            if isinstance(dependency, Application):
                dependency.lose_patience()
        self.pumping.wait()
        self.queue_consumer.in_flight = 0

    def add(self, message: Any) -> None:
        self.buffer.append(message)
        self.pace.note(1, time.monotonic())
        self.awake()

    def awake(self) -> None:
        if not self.wake.ready():
            self.wake.send(None)

    def forget(self) -> None:
        """Drop what a lost channel delivered and nobody started on: it comes again."""
        self.buffer.clear()

    def pump(self) -> None:
        while not self.stopping:
            self.wake.wait()
            self.wake = Event()
            if len(self.buffer) < self.batch:
                eventlet.sleep(self.pace.wait(time.monotonic()))
            while self.buffer:
                taken, self.buffer[: self.batch] = self.buffer[: self.batch], []
                self.deliver(taken)

    def deliver(self, messages: Sequence[Any]) -> None:
        error = self.run(messages)
        if error is None:
            self.queue_consumer.settle(messages, lambda: messages[-1].ack(multiple=True))
        elif self.hurried:
            self.queue_consumer.settle(messages, self.forget)
        elif len(messages) == 1:
            self.give_back(messages[0], error)
        else:
            _log.info("batch failed, one by one", count=len(messages), error=str(error)[:200])
            for message in messages:
                self.deliver([message])

    def give_back(self, message: Any, error: BaseException) -> None:
        """Return a message to its queue after a pause; at the delivery limit it is parked."""
        tries = int((message.headers or {}).get("x-delivery-count", 0)) + 1
        _log.warning(
            "handler failed", handler=self.method_name, tries=tries, error=repr(error)[:500]
        )
        if tries < topology.DELIVERY_LIMIT:
            eventlet.sleep(min(0.1 * 2**tries, 5))
            self.queue_consumer.settle([message], message.requeue)
            return
        # The dead-letter route would lose the error's words, so park it here with them.
        park = Park(message.body, "HANDLER_FAILED", repr(error))
        if self.run([park]) is None:
            self.queue_consumer.settle([message], message.ack)
        else:
            self.queue_consumer.settle([message], lambda: message.reject(requeue=False))

    def run(self, messages: Sequence[Any]) -> BaseException | None:
        """Run the method in a nameko worker of its own; gives the error, if any."""
        done = Event()

        def settle(_ctx: Any, result: Any = None, exc_info: Any = None) -> tuple[Any, Any]:
            done.send(exc_info[1] if exc_info else None)
            return result, None  # settled here: nameko need not log it again

        self.container.spawn_worker(self, (messages,), {}, context_data={}, handle_result=settle)
        error: BaseException | None = done.wait()
        return error


class Park:
    """A message to park instead of handling it."""

    def __init__(self, body: bytes | str, reason: str, why: str) -> None:
        self.body, self.reason, self.why = body, reason, why


class DeadLetterHandler(BatchHandler):
    """Takes what the broker gave up delivering (a process that died on it, say) into the table."""

    def __init__(self, **options: Any) -> None:
        super().__init__(None, **options)

    def _make_queue(self) -> Queue:
        return Queue(
            topology.dead_letter_queue_of(self.container.service_name),
            durable=True,
            queue_arguments=topology.dead_letter_arguments(),
            no_declare=True,
        )

    def give_back(self, message: Any, error: BaseException) -> None:
        _log.warning("parking failed", error=repr(error)[:500])
        eventlet.sleep(1)
        self.queue_consumer.settle([message], message.requeue)


def consume(subscription: Subscription) -> Any:
    """Make the worker method of a subscription."""

    def method(self: Any, messages: Sequence[Any]) -> None:
        if len(messages) == 1 and isinstance(messages[0], Park):
            parked = messages[0]
            self.app.consumer.park(subscription.method, parked.body, parked.reason, parked.why)
            return
        self.app.consumer.absorb(subscription.method, [message.body for message in messages])

    method.__name__ = subscription.method
    register_entrypoint(method, BatchHandler(subscription, expected_exceptions=(Refusal,)))
    return method


def park_dead_letters() -> Any:
    """Make the worker method that parks dead letters."""

    def dead_letters(self: Any, messages: Sequence[Any]) -> None:
        self.app.consumer.park_dead([_letter(message) for message in messages])

    register_entrypoint(dead_letters, DeadLetterHandler())
    return dead_letters


def tidy_inbox(seconds: float = 5) -> Any:
    """Make the worker method that parks overdue events and measures the parking."""

    def tidy(self: Any) -> None:
        self.app.consumer.tidy(self.app.settings.gap_timeout_seconds)

    return timer(interval=seconds, expected_exceptions=(Exception,))(tidy)


def keep_house(seconds: float = 60) -> Any:
    """Make the worker method that seals what is append-only and ends the life of old events."""

    def keep(self: Any) -> None:
        housekeeping.keep(self.app)

    return timer(interval=seconds, expected_exceptions=(Exception,))(keep)


def _letter(message: Any) -> ToPark:
    deaths = (message.headers or {}).get("x-death") or [{}]
    death = deaths[0]
    reason = str(death.get("reason", "unknown"))
    return ToPark(
        queue=str(death.get("queue", "")),
        body=message.body[:BODY_BYTES_MAX],
        reason="DEAD_LETTER_" + reason.upper(),
        message=f"the broker gave up on it: {reason}, {death.get('count', '?')} times",
    )
