"""Being told to stop never waits for a lock that the told thread holds itself."""

import signal
from collections.abc import Iterator

import pytest
from pika.adapters.select_connection import IOLoop

from taxkit.stopping import StopSignal


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    yield
    signal.set_wakeup_fd(-1)
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_a_signal_inside_the_loops_own_lock_still_stops_the_loop():
    """A broker's end and SIGTERM may come together: one of twenty relays hung for ever then."""
    loop, stop = IOLoop(), StopSignal()
    stop.listen()
    stop.wake(loop, loop.stop)

    with loop._poller._waking_mutex:
        signal.raise_signal(signal.SIGTERM)
    loop.start()

    assert stop.asked


def test_a_signal_between_two_loops_stops_the_second():
    """The connection is replaced after every loss; the new loop must hear what the old did not."""
    first, second, stop = IOLoop(), IOLoop(), StopSignal()
    stop.listen()
    stop.wake(first, first.stop)
    signal.raise_signal(signal.SIGTERM)

    stop.wake(second, second.stop)
    second.start()

    assert stop.asked
