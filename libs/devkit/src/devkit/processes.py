"""Processes known by number and start time, so that a reused number is never killed."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

import psutil


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """A process that stays the same one: its number and the moment it started."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> Self:
        return cls(pid, psutil.Process(pid).create_time())

    @classmethod
    def stored(cls, value: object) -> Self | None:
        """Read back what `as_json` wrote; None when nothing usable is there."""
        match value:
            case {"pid": int(pid), "started": int() | float() as started}:
                return cls(pid, started)
            case _:
                return None

    def as_json(self) -> dict[str, float]:
        return {"pid": self.pid, "started": self.started}

    def process(self) -> psutil.Process | None:
        """The living process, or None when it has ended or its number was reused."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < 1
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None

    def is_alive(self) -> bool:
        return self.process() is not None


def end(mark: ProcessMark | None, *, patience: float = 15) -> None:
    """SIGTERM, wait, then SIGKILL what is left; quiet when it has already ended."""
    if mark is None or (process := mark.process()) is None:
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        process.terminate()
    if not until(lambda: not mark.is_alive(), patience):
        kill_tree(mark)


def kill_tree(mark: ProcessMark | None) -> None:
    """SIGKILL a process and all its descendants, and wait until all have ended.

    An ended one may stay listed until its parent asks for it: that is not waited for.
    """
    if mark is None or (process := mark.process()) is None:
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        family = [process, *process.children(recursive=True)]
        marks = [ProcessMark(member.pid, member.create_time()) for member in family]
        _kill_all(family)
        until(lambda: not any(member.is_alive() for member in marks), 30, every=0.01)


def _kill_all(family: Iterable[psutil.Process]) -> None:
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


def until(happened: Callable[[], bool], seconds: float, *, every: float = 0.05) -> bool:
    """Poll a condition; False when the time is over."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True
