"""A connection that can be pulled out: a TCP forwarder in front of a real server."""

import contextlib
import socket
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit


@dataclass
class Cable:
    """Forwards to a server; when cut, breaks what runs over it and refuses what comes."""

    target: tuple[str, int]
    listener: socket.socket = field(init=False)
    port: int = field(init=False)
    _ends: list[socket.socket] = field(init=False, default_factory=list)
    _whole: bool = field(init=False, default=True)
    # How long each piece takes on its way, and whether anything passes at all.
    delay_s: float = field(init=False, default=0)
    _flowing: threading.Event = field(init=False, default_factory=threading.Event)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self._flowing.set()
        threading.Thread(target=self._accept, daemon=True).start()

    @classmethod
    def to(cls, url: str) -> tuple["Cable", str]:
        """A cable to a server, and the server's address at this end of it."""
        parts = urlsplit(url)
        cable = cls((parts.hostname or "", parts.port or 0))
        login = parts.netloc.rpartition("@")[0]
        return cable, urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{cable.port}"))

    def cut(self) -> None:
        with self._lock:
            self._whole = False
            for end in self._ends:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            self._ends.clear()

    def mend(self) -> None:
        self._whole = True

    def hold(self) -> None:
        """Let nothing through and break nothing: a server that has stopped reading."""
        self._flowing.clear()

    def say(self, data: bytes) -> None:
        """Tell the near side something in the server's name, between two things it says itself."""
        with self._lock:
            for near in self._ends[::2]:
                near.sendall(data)

    def release(self) -> None:
        self._flowing.set()

    def _accept(self) -> None:
        while True:
            near, _ = self.listener.accept()
            with self._lock:
                if not self._whole:
                    near.close()
                    continue
                far = socket.create_connection(self.target)
                self._ends += [near, far]
            for ends in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=ends, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._flowing.wait()
                time.sleep(self.delay_s)
                sink.sendall(data)
        _end(source, sink)


def pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    _end(source, sink)


def _end(source: socket.socket, sink: socket.socket) -> None:
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
