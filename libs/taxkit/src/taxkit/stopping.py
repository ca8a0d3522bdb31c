"""SIGTERM and SIGINT: told once, heard by whichever loop runs next, and not again."""

import signal
import socket
from collections.abc import Callable
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def heed_no_more() -> None:
    """Ignore being told again; the main thread's to call, once told.

    At its end the interpreter gives up its handlers, and the signals' own default would then end
    a process that is ending in order as one that failed.
    """
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


class StopSignal:
    """Whether SIGTERM or SIGINT came, and a descriptor that wakes a loop when it does.

    The handler only sets a flag; the interpreter itself writes a byte to the socket. A handler
    runs between any two instructions of the main thread, also between those that hold the
    loop's own lock, so calling the loop from it (``add_callback_threadsafe`` too) can wait for
    itself for ever. A byte not read yet wakes the next loop, so a signal that comes while a
    connection is being replaced is not lost either.
    """

    def __init__(self) -> None:
        self.asked = False
        self._told, self._tell = socket.socketpair()
        for end in (self._told, self._tell):
            end.setblocking(False)

    def listen(self) -> None:
        """Take over the signals of this process; the main thread's to call."""
        signal.set_wakeup_fd(self._tell.fileno(), warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, self._on_signal)

    def wake(self, loop: Any, stop: Callable[[], None]) -> None:
        """Have this loop of pika's call ``stop`` when a signal came."""

        def on_told(_fd: int, _events: int) -> None:
            self._told.recv(64)
            if self.asked:
                stop()

        loop.add_handler(self._told.fileno(), on_told, loop.READ)

    def _on_signal(self, *_: Any) -> None:
        self.asked = True
        heed_no_more()
