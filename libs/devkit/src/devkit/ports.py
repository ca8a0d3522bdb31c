"""Free TCP ports on loopback."""

import contextlib
import random
import socket
from collections.abc import Iterable
from pathlib import Path

from devkit.processes import until

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
    taken, found = set(avoid), list[int]()
    for port in candidates:
        if len(found) == count:
            break
        if port not in taken and is_free(port):
            found.append(port)
    if len(found) < count:
        raise RuntimeError(
            f"only {len(found)} of {count} free ports found below the kernel's range"
        )
    return found


def become_free(ports: Iterable[int], seconds: float = 5) -> bool:
    """Whether all are free within a moment: threads of a killed server may end after it."""
    wanted = list(ports)
    return until(lambda: all(is_free(port) for port in wanted), seconds)


def prefer(wanted: int | None, avoid: Iterable[int] = ()) -> int:
    """The wanted port when it is free in a moment, another otherwise."""
    if wanted is not None and wanted not in set(avoid) and become_free([wanted]):
        return wanted
    return free_ports(1, avoid)[0]


def _ephemeral_start() -> int:
    try:
        text = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii")
    except OSError:
        return _USUAL_EPHEMERAL_START
    start = int(text.split()[0])
    return start if start > _LOWEST + 1000 else _USUAL_EPHEMERAL_START
