"""Starts processes, waits until they are ready, starts crashed ones again, and stops them all."""

import contextlib
import http.client
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from devkit.paths import REPOSITORY, StackPaths, write_json
from devkit.processes import ProcessMark, kill_tree, until

_TICK_SECONDS = 0.05
_PROBE_SECONDS = 5.0
_FIRST_BACK_OFF = 0.2
_LONGEST_BACK_OFF = 10.0
_STEADY_AFTER = 20.0
_LAST_LINES = 25


class State(StrEnum):
    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    BACKING_OFF = "backing off"
    STOPPED = "stopped"
    FAILED = "failed"


class SupervisionProblem(RuntimeError):
    """A process did not become ready; the message ends with its last lines."""


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """What to run, and how to see that it is ready."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    is_ready: Callable[[], bool]


@dataclass(slots=True)
class _Child:
    spec: ProcessSpec
    log: Path
    state: State = State.WAITING
    process: subprocess.Popen[bytes] | None = None
    mark: ProcessMark | None = None
    started_at: float = 0.0
    ready_seconds: float | None = None
    restarts: int = 0
    back_off: float = _FIRST_BACK_OFF
    again_at: float = 0.0

    def launch(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.spec.command,
                cwd=REPOSITORY,
                env=dict(self.spec.environment),
                stdin=subprocess.DEVNULL,
                # Straight into the file: services outlive a dead supervisor and a slow terminal.
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.mark = ProcessMark.of(self.process.pid)
        self.started_at = time.monotonic()
        self.ready_seconds = None
        self.state = State.STARTING

    def last_lines(self) -> str:
        with contextlib.suppress(OSError):
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
            return "\n".join(lines[-_LAST_LINES:])
        return ""

    def as_json(self) -> dict[str, object]:
        return {
            "state": str(self.state),
            "restarts": self.restarts,
            "ready_seconds": self.ready_seconds,
            "log": str(self.log),
            **(self.mark.as_json() if self.mark else {}),
        }


def answers_ready(address: str) -> Callable[[], bool]:
    """Ready is: GET /readyz says 200."""

    def is_ready() -> bool:
        connection = http.client.HTTPConnection(address, timeout=_PROBE_SECONDS)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return is_ready


@dataclass(slots=True)
class Supervisor:
    """Looks after the processes of one stack from a thread of its own."""

    paths: StackPaths
    restart: bool = True
    at_once: int = 6
    _children: dict[str, _Child] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _published: str = ""

    def start(self, specs: Iterable[ProcessSpec]) -> None:
        """Begin launching, a few at a time; returns at once."""
        for spec in specs:
            log = self.paths.logs / f"{spec.name}.log"
            if log.exists():
                log.replace(log.with_suffix(".log.1"))
            log.touch(mode=0o600)
            self._children[spec.name] = _Child(spec, log)
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._thread.start()

    def states(self) -> dict[str, State]:
        with self._lock:
            return {name: child.state for name, child in self._children.items()}

    def wait_ready(
        self, seconds: float = 300, on_progress: Callable[[int], None] = lambda _: None
    ) -> None:
        """Block until all are ready; tell each time how many are."""

        def all_ready() -> bool:
            states = self.states()
            on_progress(sum(state is State.READY for state in states.values()))
            for name, state in states.items():
                if state is State.FAILED:
                    raise SupervisionProblem(self._complaint(name))
            return all(state is State.READY for state in states.values())

        if not until(all_ready, seconds, every=0.1):
            late = [name for name, state in self.states().items() if state is not State.READY]
            raise SupervisionProblem(
                f"not ready after {seconds:.0f} s: {', '.join(late)}\n{self._complaint(late[0])}"
            )

    def wait_answering(self, seconds: float = 300) -> None:
        """Ask every process again: after a server's restart, a ready one may be reconnecting."""
        left = dict(self._children)

        def all_answer() -> bool:
            for name in [name for name, child in left.items() if child.spec.is_ready()]:
                del left[name]
            return not left

        if not until(all_answer, seconds, every=0.2):
            raise SupervisionProblem(self._complaint(next(iter(left))))

    def kill(self, name: str) -> int:
        """SIGKILL one process, as a crash would; answers its number."""
        with self._lock:
            mark = self._children[name].mark
        assert mark is not None, f"{name} was not started yet"
        with contextlib.suppress(ProcessLookupError):
            os.kill(mark.pid, signal.SIGKILL)
        return mark.pid

    def stop_one(self, name: str, patience: float = 20) -> None:
        """Let one process drain and end, and leave it stopped."""
        with self._lock:
            child = self._children[name]
            child.state = State.STOPPED
        self._end([child], patience)

    def start_one(self, name: str) -> None:
        """Start a stopped process again."""
        with self._lock:
            child = self._children[name]
            if child.state in (State.STOPPED, State.FAILED):
                child.state = State.WAITING

    def stop(self, patience: float = 20) -> None:
        """SIGTERM all, wait for them to drain, then SIGKILL what is left."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        children = list(self._children.values())
        for child in children:
            child.state = State.STOPPED
        self._end(children, patience)
        self._publish()

    def _end(self, children: Sequence[_Child], patience: float) -> None:
        living = [child for child in children if child.process and child.process.poll() is None]
        for child in living:
            assert child.process is not None
            child.process.terminate()
        until(lambda: all(c.process and c.process.poll() is not None for c in living), patience)
        for child in living:
            if child.process and child.process.poll() is None:
                kill_tree(child.mark)
                child.process.wait()

    def _watch(self) -> None:
        with ThreadPoolExecutor(8, thread_name_prefix="probe") as pool:
            while not self._stopping.wait(_TICK_SECONDS):
                with self._lock:
                    self._notice_exits()
                    self._launch_some()
                    starting = [c for c in self._children.values() if c.state is State.STARTING]
                answers = list(pool.map(lambda child: child.spec.is_ready(), starting))
                with self._lock:
                    self._notice_ready(zip(starting, answers, strict=True))
                    self._publish()

    def _launch_some(self) -> None:
        now = time.monotonic()
        starting = sum(child.state is State.STARTING for child in self._children.values())
        for child in self._children.values():
            due = child.state is State.BACKING_OFF and child.again_at <= now
            if starting < self.at_once and (due or child.state is State.WAITING):
                child.launch()
                starting += 1

    def _notice_ready(self, answers: Iterable[tuple[_Child, bool]]) -> None:
        for child, is_ready in answers:
            if is_ready and child.state is State.STARTING:
                child.state = State.READY
                child.ready_seconds = round(time.monotonic() - child.started_at, 2)

    def _notice_exits(self) -> None:
        now = time.monotonic()
        for child in self._children.values():
            if child.state not in (State.STARTING, State.READY) or child.process is None:
                continue
            if (code := child.process.poll()) is None:
                continue
            if not self.restart:
                child.state = State.FAILED
                continue
            if now - child.started_at > _STEADY_AFTER:
                child.back_off = _FIRST_BACK_OFF
            child.again_at, child.state = now + child.back_off, State.BACKING_OFF
            child.back_off = min(child.back_off * 2, _LONGEST_BACK_OFF)
            child.restarts += 1
            with child.log.open("a", encoding="utf-8") as log:
                log.write(f"supervisor: ended with {code}; starting it again\n")

    def _complaint(self, name: str) -> str:
        child = self._children[name]
        return f"{name} is {child.state}; {child.log} ends with\n{child.last_lines()}"

    def _publish(self) -> None:
        described = {name: child.as_json() for name, child in self._children.items()}
        if (text := repr(described)) != self._published:
            write_json(self.paths.processes, described)
            self._published = text
