"""Liveness, readiness and metrics over HTTP, in every process."""

import contextlib
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Check = Callable[[], None]


def serve(listen: str, checks: Mapping[str, Check]) -> ThreadingHTTPServer:
    """Answer /livez, /readyz (every check passes) and /metrics, from a thread of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/livez":
                self._answer(200, "text/plain", b"alive\n")
            elif self.path == "/readyz":
                self._readiness()
            elif self.path == "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, generate_latest())
            else:
                self._answer(404, "text/plain", b"try /livez, /readyz or /metrics\n")

        def _readiness(self) -> None:
            troubles = _troubles(checks)
            text = "\n".join(troubles) or "ready"
            self._answer(503 if troubles else 200, "text/plain", (text + "\n").encode())

        def _answer(self, status: int, content_type: str, body: bytes) -> None:
            # A prober that lost its patience is not there to hear the answer.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Probes would fill the log."""

    host, _, port = listen.rpartition(":")
    server = ThreadingHTTPServer((host, int(port)), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True, name="health").start()
    return server


def _troubles(checks: Mapping[str, Check]) -> list[str]:
    """What stands in the way of being ready, a line each."""
    found = []
    for name, check in checks.items():
        try:
            check()
        except Exception as error:
            found.append(f"{name}: {str(error)[:200]}")
    return found
