"""The log files of a stack as one readable stream: a coloured name before every line."""

import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

_COLOURS = (
    "cyan", "green", "yellow", "magenta", "blue", "bright_cyan", "bright_green",
    "bright_yellow", "bright_magenta", "bright_blue",
)  # fmt: skip
_WIDTH = 20
_POLL_SECONDS = 0.1


class LogFollower:
    """Reads what is appended to logs/*.log, also to files that appear later."""

    def __init__(self, folder: Path, show: Callable[[str, str], None], *, from_end: bool) -> None:
        self._folder = folder
        self._show = show
        self._read_to: dict[Path, tuple[int, int]] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        if from_end:
            for path in folder.glob("*.log"):
                facts = path.stat()
                self._read_to[path] = (facts.st_ino, facts.st_size)

    def start(self) -> None:
        """Follow in the background until `stop`."""
        self._thread = threading.Thread(target=self.run, name="logs", daemon=True)
        self._thread.start()

    def run(self) -> None:
        while not self._stopping.wait(_POLL_SECONDS):
            self.show_new()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        self.show_new()

    def show_new(self) -> None:
        """Show every complete line that was not shown before."""
        for path in sorted(self._folder.glob("*.log")):
            for line in self._new_lines(path):
                self._show(path.stem, line)

    def _new_lines(self, path: Path) -> Iterator[str]:
        try:
            facts = path.stat()
            inode, position = self._read_to.get(path, (facts.st_ino, 0))
            if inode != facts.st_ino or facts.st_size < position:
                position = 0  # a new run began a new file
            if facts.st_size == position:
                return
            with path.open("rb") as file:
                file.seek(position)
                chunk = file.read()
        except FileNotFoundError:
            return
        complete = chunk.rfind(b"\n") + 1
        self._read_to[path] = (facts.st_ino, position + complete)
        yield from chunk[:complete].decode(errors="replace").splitlines()


def prefixed(console: Console) -> Callable[[str, str], None]:
    """Print lines with the process's name, always in the same colour for the same service."""

    def show(name: str, line: str) -> None:
        colour = _COLOURS[zlib.crc32(name.partition(".")[0].encode()) % len(_COLOURS)]
        text = Text(f"{name.replace('.', ' '):<{_WIDTH}} ", style=colour)
        text.append_text(Text("│ ", style="dim")).append_text(Text.from_ansi(line))
        console.print(text, soft_wrap=True)

    return show
