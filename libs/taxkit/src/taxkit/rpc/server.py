"""Building, running and stopping the server of a process."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection

from taxkit import stopping
from taxkit.auth import TokenVerifier
from taxkit.config import Settings
from taxkit.rpc.guard import Guard, Servicer

_MESSAGE_BYTES_MAX = 4 * 1024 * 1024
_GRACE_SECONDS = 20
# A connection ends after a while, when its calls are over, and its caller makes another: behind one
# address it may lead to a process that was added since.
_CONNECTION_MS = 300_000


@dataclass(slots=True)
class Server:
    """A server that answers; made and stopped on the loop it runs on."""

    port: int
    _server: grpc.aio.Server
    _checker: health_aio.HealthServicer
    _servicers: Sequence[Servicer]
    _pool: ThreadPoolExecutor

    @classmethod
    async def start(
        cls, settings: Settings, verifier: TokenVerifier, servicers: Sequence[Servicer]
    ) -> "Server":
        """Listen and answer."""
        pool = ThreadPoolExecutor(settings.grpc_threads, thread_name_prefix="rpc")
        server = grpc.aio.server(
            interceptors=[Guard(verifier, servicers, pool)],
            options=[
                ("grpc.max_receive_message_length", _MESSAGE_BYTES_MAX),
                ("grpc.max_send_message_length", _MESSAGE_BYTES_MAX),
                ("grpc.max_connection_age_ms", _CONNECTION_MS),
                ("grpc.so_reuseport", 0),
            ],
        )
        checker = health_aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(checker, server)
        for servicer in servicers:
            servicer.add_to_server(servicer.implementation, server)
            await checker.set(servicer.full_name, health_pb2.HealthCheckResponse.SERVING)
        if settings.grpc_reflection:
            names = [servicer.full_name for servicer in servicers]
            reflection.enable_server_reflection(
                [*names, health.SERVICE_NAME, reflection.SERVICE_NAME], server
            )
        port = _listen(server, settings)
        await server.start()
        return cls(port, server, checker, servicers, pool)

    async def stop(self, grace: float) -> None:
        """Refuse new calls, let the present ones end, then let go of what the methods hold."""
        await self._checker.enter_graceful_shutdown()
        await self._server.stop(grace)
        for servicer in self._servicers:
            if servicer.close is not None:
                await servicer.close()
        self._pool.shutdown(wait=False)


def serve_until_signal(
    settings: Settings,
    verifier: TokenVerifier,
    servicers: Sequence[Servicer],
    ready: Callable[[], None],
) -> None:
    """Serve until SIGTERM; then refuse new calls and let the present ones end."""

    async def serve() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in stopping.SIGNALS:
            loop.add_signal_handler(number, stop.set)
        server = await Server.start(settings, verifier, servicers)
        ready()
        await stop.wait()
        await server.stop(_GRACE_SECONDS)
        for number in stopping.SIGNALS:
            loop.remove_signal_handler(number)
        stopping.heed_no_more()

    asyncio.run(serve())


def _listen(server: grpc.aio.Server, settings: Settings) -> int:
    if not settings.grpc_tls_cert_file:
        return int(server.add_insecure_port(settings.grpc_listen))
    credentials = grpc.ssl_server_credentials(
        [
            (
                Path(settings.grpc_tls_key_file).read_bytes(),
                Path(settings.grpc_tls_cert_file).read_bytes(),
            )
        ]
    )
    return int(server.add_secure_port(settings.grpc_listen, credentials))
