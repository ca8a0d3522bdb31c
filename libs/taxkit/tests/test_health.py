"""Liveness, readiness and metrics over HTTP."""

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from taxkit import health


@pytest.fixture
def troubles() -> list[str]:
    return []


@pytest.fixture
def address(troubles: list[str]) -> Iterator[str]:
    def check() -> None:
        if troubles:
            raise RuntimeError(troubles[0])

    server = health.serve("127.0.0.1:0", {"database": check})
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def get(address: str, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def test_a_process_is_ready_while_every_check_passes(address: str, troubles: list[str]):
    """It is alive all the same, and ready again by itself; the answer says what fails."""
    assert get(address, "/readyz") == (200, "ready\n")
    troubles.append("connection refused")
    assert get(address, "/readyz") == (503, "database: connection refused\n")
    assert get(address, "/livez")[0] == 200
    troubles.clear()
    assert get(address, "/readyz")[0] == 200


def test_metrics_are_there_and_nothing_else(address: str):
    assert "millage_outbox_unpublished" in get(address, "/metrics")[1]
    assert get(address, "/secrets")[0] == 404


def test_a_prober_that_leaves_early_leaves_no_trace(
    address: str, capfd: pytest.CaptureFixture[str]
):
    host, port = address.split(":")
    for _ in range(20):
        with socket.create_connection((host, int(port))) as prober:
            prober.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            prober.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
    assert get(address, "/livez")[0] == 200
    assert "Traceback" not in capfd.readouterr().err
