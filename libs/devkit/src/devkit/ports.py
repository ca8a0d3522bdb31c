"""Free TCP ports on loopback, each given to one process only.

Between choosing a port and listening on it seconds pass: whatever starts meanwhile must not choose
it, too. What was given out is noted in one file of this user's, and is free again when whoever
took it has ended.
"""

import contextlib
import os
import random
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

from filelock import FileLock

from devkit.paths import cache_root, read_json, write_json
from devkit.processes import ProcessMark, until

_LOWEST = 15_000
_USUAL_EPHEMERAL_START = 32_768


def is_free(port: int) -> bool:
    """Whether a server could listen on it now; connections in TIME_WAIT do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def accepts(port: int, host: str = "127.0.0.1") -> bool:
    """Whether something listens there."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def free_ports(count: int, avoid: Iterable[int] = ()) -> list[int]:
    """Distinct free ports below the kernel's own range.

    A port inside that range can be taken by any outgoing connection while our server restarts,
    and a client that reconnects to it in a loop may even connect to itself.
    """
    candidates = list(range(_LOWEST, _ephemeral_start()))
    random.shuffle(candidates)
    with _given_out() as given:
        taken, found = {*avoid, *given}, list[int]()
        for port in candidates:
            if len(found) == count:
                break
            if port not in taken and is_free(port):
                found.append(port)
        given.update(dict.fromkeys(found, ProcessMark.of(os.getpid())))
    if len(found) < count:
        raise RuntimeError(
            f"only {len(found)} of {count} free ports found below the kernel's range"
        )
    return found


def take(ports: Iterable[int]) -> bool:
    """Take these, all or none: nothing listens on them, and nobody else is about to."""
    wanted, me = list(ports), os.getpid()
    with _given_out() as given:
        if any(port in given and given[port].pid != me for port in wanted):
            return False
        if not all(is_free(port) for port in wanted):
            return False
        given.update(dict.fromkeys(wanted, ProcessMark.of(me)))
        return True


def take_again(ports: Iterable[int], seconds: float = 20) -> bool:
    """The same for a server's ports of last time: parts of it may end some moments after it."""
    wanted = list(ports)
    return until(lambda: all(is_free(port) for port in wanted), seconds) and take(wanted)


def prefer(wanted: int | None, avoid: Iterable[int] = ()) -> int:
    """The wanted port when it is free in a moment, another otherwise."""
    if wanted is not None and wanted not in set(avoid) and take_again([wanted]):
        return wanted
    return free_ports(1, avoid)[0]


def _ephemeral_start() -> int:
    try:
        text = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii")
    except OSError:
        return _USUAL_EPHEMERAL_START
    start = int(text.split()[0])
    return start if start > _LOWEST + 1000 else _USUAL_EPHEMERAL_START


@contextlib.contextmanager
def _given_out() -> Iterator[dict[int, ProcessMark]]:
    """Which living process took which port; what is changed in it is kept."""
    file = cache_root() / "ports.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(file.with_suffix(".lock")):
        stored = {int(port): ProcessMark.stored(mark) for port, mark in read_json(file).items()}
        living = {mark for mark in set(stored.values()) if mark is not None and mark.is_alive()}
        given = {port: mark for port, mark in stored.items() if mark in living and mark is not None}
        yield given
        write_json(file, {str(port): mark.as_json() for port, mark in given.items()})
