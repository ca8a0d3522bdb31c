"""nameko, hardened: batches, explicit acknowledgement, nothing acknowledged that was not handled.

    queue ──▶ channel ──▶ buffer ──▶ batch ──▶ Consumer.absorb ──ok──▶ ack the batch
                                       │
                                       └─fails─▶ one by one ──ok──▶ ack
                                                    │
                                                    └─fails─▶ back to the queue, with a pause;
                                                              at the delivery limit: parked

A message of several events (taxkit.batches) that fails is tried event by event instead, and what
still fails is parked: the rest must not wait for it. Everything nameko and eventlet stays here, in
taxkit.batch_handler, taxkit.channel and in each service's worker.py.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any

from nameko.extensions import register_entrypoint
from nameko.timer import Timer, timer

from taxkit import batches, housekeeping
from taxkit.batch_handler import Application, BatchHandler, DeadLetterHandler, Part
from taxkit.contracts import BODY_BYTES_MAX
from taxkit.errors import Refusal
from taxkit.inbox import Subscription
from taxkit.parking import ToPark

__all__ = ["Application", "consume", "keep_house", "park_dead_letters", "pulse", "tidy_inbox"]

pulse = timer


def consume(subscription: Subscription) -> Any:
    """Make the worker method of a subscription."""

    def method(self: Any, messages: Sequence[Any]) -> None:
        if isinstance(part := messages[0], Part) and part.reason:
            self.app.consumer.park(subscription.method, part.body, part.reason, part.why)
            return
        bodies = [event for message in messages for event in batches.split(message.body)]
        self.app.consumer.absorb(subscription.method, bodies)

    method.__name__ = subscription.method
    register_entrypoint(method, BatchHandler(subscription, expected_exceptions=(Refusal,)))
    return method


def park_dead_letters() -> Any:
    """Make the worker method that parks dead letters."""

    def dead_letters(self: Any, messages: Sequence[Any]) -> None:
        letters = [letter for message in messages for letter in _letters(message)]
        self.app.consumer.park_dead(letters)

    register_entrypoint(dead_letters, DeadLetterHandler())
    return dead_letters


def tidy_inbox(seconds: float = 5) -> Any:
    """Make the worker method that parks overdue events and measures the parking."""

    def tidy(self: Any) -> None:
        self.app.consumer.tidy(self.app.settings.gap_timeout_seconds)

    return timer(interval=seconds, expected_exceptions=(Exception,))(tidy)


class _House(Timer):  # type: ignore[misc]
    """A timer whose round may be long; a worker that is told to end does not wait for it."""

    def stop(self) -> None:
        for dependency in self.container.dependencies:
            if isinstance(dependency, Application):
                dependency.get_dependency(None).leaving = True
        super().stop()


def keep_house(seconds: float = 60) -> Any:
    """Make the worker method that seals what is append-only and ends the life of old events.

    It waits for a stream of events to be over, ten minutes at most: it would take a tenth of the
    processor from it.
    """

    def keep(self: Any) -> None:
        if self.app.consumer.leisure.is_there(time.monotonic()):
            housekeeping.keep(self.app)

    register_entrypoint(keep, _House(interval=seconds, expected_exceptions=(Exception,)))
    return keep


def _letters(message: Any) -> Iterator[ToPark]:
    deaths = (message.headers or {}).get("x-death") or [{}]
    death = deaths[0]
    reason = str(death.get("reason", "unknown"))
    for event in batches.split(message.body):
        yield ToPark(
            queue=str(death.get("queue", "")),
            body=event[:BODY_BYTES_MAX],
            reason="DEAD_LETTER_" + reason.upper(),
            message=f"the broker gave up on it: {reason}, {death.get('count', '?')} times",
        )
