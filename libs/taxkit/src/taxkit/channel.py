"""One handler's connection to the broker: raw bodies in, settlements out, and a way to leave."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from amqp.exceptions import AMQPError
from nameko.messaging import QueueConsumer

from taxkit import logs

_log = logs.get(__name__)
# py-amqp asks the socket for each part of each frame, nine times a message; what it gets beyond
# it keeps. More at once would be copied too often, because each part leaves a shorter copy.
_READ_AHEAD_BYTES = 16 * 1024


class _Leaving(Exception):
    """There is no broker to wait for when the worker is to end."""


class Channel(QueueConsumer):  # type: ignore[misc]
    """One handler's own connection: raw bodies in; a failing acknowledgement kills nothing."""

    # Own channel per entrypoint, so that acknowledging a batch acknowledges nothing else.
    sharing_key = property(lambda self: (type(self), id(self)))

    def __init__(self, prefetch: int = 200) -> None:
        super().__init__()
        self.in_flight = 0
        self.prefetch = prefetch
        # Whether the broker hands messages over; False again while it is away.
        self.consuming = False
        self._current: Any = None
        self._pending_remove_providers: dict[Any, Any] = {}
        self._leaving = False

    @property
    def prefetch_count(self) -> int:
        return self.prefetch

    def run(self) -> None:
        try:
            super().run()
        except _Leaving:
            _log.info("broker away while stopping: what was not settled is delivered again")
        finally:
            self.in_flight = 0
            for removed in self._take_removals().values():
                removed.send()

    def unregister_provider(self, provider: Any) -> None:
        self._leaving = True
        super().unregister_provider(provider)

    def get_consumers(self, consumer_cls: Any, channel: Any) -> Any:
        """Consume without kombu's own decoding: a body that is no JSON is our business to park."""
        # A new channel: what the old one held comes again.
        self._current, self.in_flight = channel, 0
        for provider in self._providers:
            provider.forget()
            consumer = consumer_cls(
                queues=[provider.queue],
                on_message=partial(self._take, provider),
                auto_declare=True,
            )
            consumer.qos(prefetch_count=self.prefetch_count)
            self._consumers[provider] = consumer
        return self._consumers.values()

    def on_consume_ready(
        self, connection: Any, channel: Any, consumers: Any, **options: Any
    ) -> None:
        self.consuming = True
        super().on_consume_ready(connection, channel, consumers, **options)
        transport = connection.connection.transport
        receive = transport._quick_recv  # noqa: SLF001 - there is no public way to read ahead
        transport._quick_recv = lambda size: receive(max(size, _READ_AHEAD_BYTES))  # noqa: SLF001

    def _take(self, provider: Any, message: Any) -> None:
        self.in_flight += 1
        provider.add(message)

    def on_iteration(self) -> None:
        self._cancel_consumers_if_requested()
        # The channel stays open until the last acknowledgement is out.
        if not self._consumers and self.in_flight <= 0:
            self.should_stop = True

    def settle(self, messages: Sequence[Any], settle: Callable[[], None]) -> None:
        """Acknowledge or give back; a lost connection means the broker delivers again."""
        if messages[-1].channel is not self._current:
            return  # counted and delivered anew since
        self.in_flight -= len(messages)
        try:
            settle()
        except (OSError, AMQPError, AttributeError, RuntimeError) as error:
            _log.warning("broker gone before settling", count=len(messages), error=str(error)[:200])

    def establish_connection(self) -> Any:
        self.consuming = False
        self._leave_if_asked()
        connection = self.connection.clone()
        connection.ensure_connection(
            self.on_connection_error,
            interval_start=0.5,
            interval_step=0.5,
            interval_max=3,
            callback=self._leave_if_asked,
            reraise_as_library_errors=False,
        )
        return connection

    def _leave_if_asked(self) -> None:
        if self._leaving:
            raise _Leaving

    def _take_removals(self) -> dict[Any, Any]:
        removals, self._pending_remove_providers = self._pending_remove_providers, {}
        return removals

    def _cancel_consumers_if_requested(self) -> None:
        """Cancel, and tell whoever waits for it even when the connection breaks on it."""
        for provider, removed in self._take_removals().items():
            consumer = self._consumers.pop(provider)
            try:
                consumer.cancel()
            finally:
                removed.send()
