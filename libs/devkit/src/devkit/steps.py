"""What a starting stack tells the person waiting: bars on a terminal, plain lines elsewhere."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)


class Step:
    """One line of progress, out of a known number of parts."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task
        self._lock = threading.Lock()

    def advance(self, _part: str = "") -> None:
        with self._lock:
            self._progress.advance(self._task)

    def reach(self, done: int) -> None:
        with self._lock:
            self._progress.update(self._task, completed=done)


class Steps:
    """A group of steps, possibly side by side."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True, highlight=False)
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description:<34}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.console,
            disable=not self.console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def say(self, text: str) -> None:
        self.console.print(text, soft_wrap=True, markup=False)

    @contextmanager
    def step(self, description: str, parts: int = 1) -> Iterator[Step]:
        """Show a step as running; complete when the block ends without an error."""
        begun = time.monotonic()
        task = self._progress.add_task(description, total=parts)
        yield Step(self._progress, task)
        self._progress.update(task, completed=parts)
        if not self.console.is_terminal:
            seconds = time.monotonic() - begun
            self.say(f"✓ {description:<34} {parts:>2} {seconds:6.1f} s")
