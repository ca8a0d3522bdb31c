"""nameko's consumer, hardened: batches, settled by hand, nothing lost on the way out."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import eventlet
from eventlet.event import Event
from kombu import Exchange, Queue
from nameko.extensions import DependencyProvider
from nameko.messaging import Consumer as NamekoConsumer

from taxkit import batches, logs, topology
from taxkit.channel import Channel
from taxkit.inbox import Subscription
from taxkit.pace import Pace

_log = logs.get(__name__)
# How long a stopping worker goes on with what it holds; the rest is for the next one.
_DRAIN_SECONDS = 10
_FAILED = "HANDLER_FAILED"


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
        # Messages that wait, each with the number of events in it.
        self.buffer: deque[tuple[Any, int]] = deque()
        self.waiting = 0
        self.wake = Event()
        self.pumping: Any = None
        self.stopping = self.hurried = False
        super().__init__(queue=None, requeue_on_error=True, **options)
        self.queue_consumer = Channel()

    def setup(self) -> None:
        config = self.container.config
        self.batch = int(config.get("batch_size", 400))
        self.pace = Pace(int(config.get("batch_linger_ms", 40)) / 1000)
        self.queue = self._make_queue()
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
        count = batches.count(message.body)
        self.buffer.append((message, count))
        self.waiting += count
        self.pace.note(count, time.monotonic())
        self.awake()

    def awake(self) -> None:
        if not self.wake.ready():
            self.wake.send(None)

    def forget(self) -> None:
        """Drop what a lost channel delivered and nobody started on: it comes again."""
        self.buffer.clear()
        self.waiting = 0

    def pump(self) -> None:
        while not self.stopping:
            self.wake.wait()
            self.wake = Event()
            if self.waiting < self.batch:
                eventlet.sleep(self.pace.wait(time.monotonic()))
            while self.buffer:
                self.deliver(self.take())

    def take(self) -> Sequence[Any]:
        """The messages of the next transaction: as many events as one takes, or one message."""
        message, events = self.buffer.popleft()
        taken = [message]
        while self.buffer and events + self.buffer[0][1] <= self.batch:
            message, count = self.buffer.popleft()
            taken.append(message)
            events += count
        self.waiting -= events
        return taken

    def deliver(self, messages: Sequence[Any]) -> None:
        error = self.run(messages)
        if error is None:
            self.queue_consumer.settle(messages, lambda: messages[-1].ack(multiple=True))
        elif self.hurried:
            self.queue_consumer.settle(messages, self.forget)
        elif len(messages) > 1:
            _log.info("batch failed, one by one", count=len(messages), error=str(error)[:200])
            for message in messages:
                self.deliver([message])
        elif len(events := batches.split(messages[0].body)) > 1:
            self.deliver_apart(messages[0], events)
        else:
            self.give_back(messages[0], error)

    def deliver_apart(self, message: Any, events: Sequence[bytes | str]) -> None:
        """Handle a message's events each by itself, and again what fails: it keeps none back."""
        failed = self.run_apart([Part(event) for event in events])
        for tries in range(1, topology.DELIVERY_LIMIT):
            if self.hurried or not failed:
                break
            self.note_failure(tries, failed[0][1])
            eventlet.sleep(_pause(tries))
            failed = self.run_apart([part for part, _ in failed])
        if self.hurried:
            self.queue_consumer.settle([message], self.forget)
        else:
            self.park(message, [Part(part.body, _FAILED, repr(why)) for part, why in failed])

    def run_apart(self, parts: Sequence["Part"]) -> list[tuple["Part", BaseException]]:
        """What failed, each with its error."""
        return [(part, why) for part in parts if (why := self.run([part])) is not None]

    def give_back(self, message: Any, error: BaseException) -> None:
        """Return a message to its queue after a pause; at the delivery limit it is parked."""
        tries = int((message.headers or {}).get("x-delivery-count", 0)) + 1
        self.note_failure(tries, error)
        if tries < topology.DELIVERY_LIMIT:
            eventlet.sleep(_pause(tries))
            self.queue_consumer.settle([message], message.requeue)
            return
        # The dead-letter route would lose the error's words, so park it here with them.
        self.park(message, [Part(message.body, _FAILED, repr(error))])

    def park(self, message: Any, parts: Sequence["Part"]) -> None:
        """Park parts of a message, and be done with it."""
        if not self.run_apart(parts):
            self.queue_consumer.settle([message], message.ack)
        else:
            self.queue_consumer.settle([message], lambda: message.reject(requeue=False))

    def note_failure(self, tries: int, error: BaseException) -> None:
        words = repr(error)[:500]
        _log.warning("handler failed", handler=self.method_name, tries=tries, error=words)

    def run(self, messages: Sequence[Any]) -> BaseException | None:
        """Run the method in a nameko worker of its own; gives the error, if any."""
        done = Event()

        def settle(_ctx: Any, result: Any = None, exc_info: Any = None) -> tuple[Any, Any]:
            done.send(exc_info[1] if exc_info else None)
            return result, None  # settled here: nameko need not log it again

        self.container.spawn_worker(self, (messages,), {}, context_data={}, handle_result=settle)
        error: BaseException | None = done.wait()
        return error


@dataclass(frozen=True, slots=True)
class Part:
    """An event of a message, to be handled by itself; with a reason: to be parked instead."""

    body: bytes | str
    reason: str = ""
    why: str = ""


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

    def deliver_apart(self, message: Any, events: Sequence[bytes | str]) -> None:
        self.give_back(message, RuntimeError(f"{len(events)} events could not be parked"))

    def give_back(self, message: Any, error: BaseException) -> None:
        _log.warning("parking failed", error=repr(error)[:500])
        eventlet.sleep(1)
        self.queue_consumer.settle([message], message.requeue)


def _pause(tries: int) -> float:
    """Seconds before another try."""
    return float(min(0.1 * 2**tries, 5))
