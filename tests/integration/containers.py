"""PostgreSQL, RabbitMQ and the services' own images in containers, for the container variant.

The two servers have the shape of `devkit.servers`, so a suite does not notice which it runs on.
Images: MILLAGE_POSTGRES_IMAGE and MILLAGE_RABBITMQ_IMAGE, else those of tools/images when they
are there, else the official ones.
"""

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self
from urllib.error import URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import urlopen

import docker
import psycopg
import pytest
from docker.errors import DockerException, ImageNotFound, NotFound
from testcontainers.community.postgres import PostgresContainer
from testcontainers.community.rabbitmq import RabbitMqContainer
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network
from typing_extensions import override

from devkit.broker_api import BrokerApi, BrokerProblem
from devkit.ports import accepts, free_ports
from devkit.processes import until
from devkit.servers.base import Postgres, RabbitMQ, Server, ServerProblem
from devkit.servers.postgres import SETTINGS

_READY_SECONDS = 300
_STOP_SECONDS = 30
_HTTP, _GRPC = 9090, 50051
# The image has its own idea of where to listen, and containers must reach each other.
_NOT_IN_CONTAINERS = ("listen_addresses", "unix_socket_directories")


def engine() -> docker.DockerClient | None:
    """A client of a Docker engine that answers, or None."""
    try:
        client = docker.from_env(timeout=60)
        client.ping()
    except DockerException:
        return None
    return client


def image(variable: str, local: str, official: str) -> str:
    """The image to use: named by the environment, built here, or the official one."""
    return os.environ.get(variable) or (local if _is_here(local) else official)


def _is_here(name: str) -> bool:
    client = engine()
    if client is None:
        return False
    with contextlib.closing(client), contextlib.suppress(ImageNotFound):
        client.images.get(name)
        return True
    return False


def _without_absent_reaper() -> None:
    """Ryuk, which removes leftovers, is used when asked for or at hand; never fetched for it."""
    if "TESTCONTAINERS_RYUK_DISABLED" not in os.environ:
        testcontainers_config.ryuk_disabled = not _is_here(testcontainers_config.ryuk_image)


def _host(container: DockerContainer, port: int) -> str:
    """Where a published port is reached from here; loopback unless the engine is elsewhere."""
    return "127.0.0.1" if accepts(port) else container.get_container_host_ip()


class _ContainerServer(Server):
    """A server in a container; its published ports are chosen once, so they survive a restart."""

    kind = "docker"
    private = True
    alias: str
    ports: dict[int, int]
    container: DockerContainer

    @property
    @override
    def why(self) -> str:
        return f"testcontainers, image {self.container.image}"

    @override
    def start(self) -> None:
        if (engine_side := self._engine_side()) is None:
            self._create()
        elif engine_side.status != "running":
            engine_side.start()
        if not until(self._answers, _READY_SECONDS, every=0.2):
            raise ServerProblem(f"{self.container.image} is not ready:\n{self.last_words()}")

    def _create(self) -> None:
        try:
            self.container.start()
        except TimeoutError as over:
            raise ServerProblem(f"{self.why} is not ready:\n{self.last_words()}") from over

    @override
    def stop(self) -> None:
        if self.is_running():
            self._there().stop(timeout=_STOP_SECONDS)

    @override
    def kill(self) -> None:
        if self.is_running():
            self._there().kill()

    @override
    def restart(self) -> None:
        self.stop()
        self.start()

    @override
    def is_running(self) -> bool:
        engine_side = self._engine_side()
        return engine_side is not None and engine_side.status == "running"

    @override
    def destroy(self) -> None:
        if self._engine_side() is not None:
            self.container.stop()

    def last_words(self) -> str:
        engine_side = self._engine_side()
        if engine_side is None:
            return ""
        return str(engine_side.logs(tail=30).decode(errors="replace"))

    def _host(self, inner_port: int) -> str:
        return f"{_host(self.container, self.ports[inner_port])}:{self.ports[inner_port]}"

    def _there(self) -> Any:
        engine_side = self._engine_side()
        if engine_side is None:
            raise ServerProblem(f"{self.container.image} was not started")
        return engine_side

    def _engine_side(self) -> Any:
        """The engine's own record of it, as of now; None before the start and after the end."""
        wrapped = self.container._container
        if wrapped is None:
            return None
        try:
            wrapped.reload()
        except NotFound:
            return None
        return wrapped

    def _answers(self) -> bool:
        raise NotImplementedError


class ContainerPostgres(_ContainerServer, Postgres):
    alias = "postgres"

    def __init__(self, name: str, network: Network) -> None:
        settings = [
            f"{key}={value}" for key, value in SETTINGS.items() if key not in _NOT_IN_CONTAINERS
        ]
        command = ["postgres", *(word for setting in settings for word in ("-c", setting))]
        self._password = secrets.token_urlsafe(18)
        self.ports = dict(zip((5432,), free_ports(1), strict=True))
        self.container = (
            PostgresContainer(name, username="postgres", password=self._password, dbname="postgres")
            .with_command(command)
            .with_bind_ports(5432, self.ports[5432])
            .with_network(network)
            .with_network_aliases(self.alias)
        )

    @property
    @override
    def admin_url(self) -> str:
        return f"postgresql://postgres:{self._password}@{self._host(5432)}/postgres"

    @override
    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(self.admin_url, connect_timeout=10).close()
            return True
        return False


class ContainerRabbitMQ(_ContainerServer, RabbitMQ):
    alias = "rabbitmq"

    def __init__(self, name: str, network: Network) -> None:
        self._password = secrets.token_urlsafe(18)
        self.ports = dict(zip((5672, 15672), free_ports(2), strict=True))
        self.container = (
            RabbitMqContainer(name, username="admin", password=self._password)
            .with_bind_ports(5672, self.ports[5672])
            .with_bind_ports(15672, self.ports[15672])
            .with_network(network)
            .with_network_aliases(self.alias)
            # The node's name is the host's: a fixed one lets its data survive a restart.
            .with_kwargs(hostname=self.alias)
        )

    @property
    @override
    def admin_url(self) -> str:
        return f"amqp://admin:{self._password}@{self._host(5672)}"

    @property
    @override
    def management_url(self) -> str:
        return f"http://{self._host(15672)}"

    @override
    def _answers(self) -> bool:
        with contextlib.suppress(BrokerProblem):
            BrokerApi.of(self).get("/api/overview")
            return True
        return False


@dataclass(frozen=True)
class ContainerServers:
    """Both servers on one network, where they are known as `postgres` and `rabbitmq`."""

    network: Network

    @cached_property
    def postgres(self) -> ContainerPostgres:
        name = image("MILLAGE_POSTGRES_IMAGE", "millage/postgres:local", "postgres:18")
        return ContainerPostgres(name, self.network)

    @cached_property
    def rabbitmq(self) -> ContainerRabbitMQ:
        name = image("MILLAGE_RABBITMQ_IMAGE", "millage/rabbitmq:local", "rabbitmq:4-management")
        return ContainerRabbitMQ(name, self.network)

    def start(self) -> Self:
        with ThreadPoolExecutor(2) as pool:
            for started in [pool.submit(server.start) for server in (self.postgres, self.rabbitmq)]:
                started.result()
        return self

    def destroy(self) -> None:
        for server in (self.rabbitmq, self.postgres):
            server.destroy()

    def environment(self) -> dict[str, str]:
        """The variables that make another stack, or a test, use these servers."""
        return {
            "MILLAGE_POSTGRES_ADMIN_URL": self.postgres.admin_url,
            "MILLAGE_RABBITMQ_ADMIN_URL": self.rabbitmq.admin_url,
            "MILLAGE_RABBITMQ_MANAGEMENT_URL": self.rabbitmq.management_url,
        }

    def inside(self, url: str) -> str:
        """The same server's address as another container on the network sees it."""
        parts = urlsplit(url)
        for server in (self.postgres, self.rabbitmq):
            for inner, published in server.ports.items():
                if parts.port == published:
                    credentials, at, _ = parts.netloc.rpartition("@")
                    place = f"{credentials}{at}{server.alias}:{inner}"
                    return urlunsplit(parts._replace(netloc=place))
        raise ServerProblem(f"{parts.hostname}:{parts.port} is none of these containers")


@contextlib.contextmanager
def container_servers() -> Iterator[ContainerServers]:
    """Both servers, started; removed with their data at the end, whatever happens between."""
    _without_absent_reaper()
    with Network() as network:
        servers = ContainerServers(network)
        try:
            yield servers.start()
        finally:
            servers.destroy()


@dataclass(slots=True)
class ServiceContainer:
    """One role of one service's image."""

    container: DockerContainer
    ports: dict[int, int] = field(default_factory=dict)

    def address(self, inner_port: int = _GRPC) -> str:
        """host:port of its gRPC (or another exposed) port, from here."""
        published = self.ports[inner_port]
        return f"{_host(self.container, published)}:{published}"

    def is_ready(self) -> bool:
        try:
            with urlopen(f"http://{self.address(_HTTP)}/readyz", timeout=10) as response:
                return bool(response.status == 200)
        except (URLError, OSError):
            return False

    def logs(self) -> str:
        return "".join(part.decode(errors="replace") for part in self.container.get_logs())

    def stop_in_order(self) -> int:
        """SIGTERM, as an orchestrator sends it; the exit code."""
        wrapped = self.container.get_wrapped_container()
        wrapped.stop(timeout=_STOP_SECONDS)
        return int(wrapped.wait()["StatusCode"])


def _service(
    name: str, role: str, environment: Mapping[str, str], network: Network
) -> DockerContainer:
    """Hardened as in production: nothing is writable but /tmp, and nothing may be gained."""
    container = DockerContainer(service_image(name)).with_command([role]).with_envs(**environment)
    container.with_network(network).with_network_aliases(f"{name}-{role}")
    container.with_tmpfs_mount("/tmp", "size=64m")
    return container.with_kwargs(
        read_only=True,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
    )


def service_image(name: str) -> str:
    """The image of a service; MILLAGE_SERVICE_IMAGE is a pattern with {service} in it."""
    return os.environ.get("MILLAGE_SERVICE_IMAGE", "millage/{service}:local").format(service=name)


@contextlib.contextmanager
def running_service(
    name: str, role: str, environment: Mapping[str, str], network: Network
) -> Iterator[ServiceContainer]:
    """A long-running role (api, worker, relay), ready; its log is in the error if it is not."""
    container = _service(name, role, environment, network)
    ports = dict(zip((_GRPC, _HTTP), free_ports(2), strict=True))
    for inner, published in ports.items():
        container.with_bind_ports(inner, published)
    service = ServiceContainer(container, ports)
    try:
        container.start()
        _wait_until_ready(service, f"{name} {role}")
        yield service
    finally:
        container.stop()


def _wait_until_ready(service: ServiceContainer, title: str) -> None:
    def ready_or_over() -> bool:
        return service.is_ready() or _is_over(service.container)

    if not until(ready_or_over, _READY_SECONDS, every=0.2) or not service.is_ready():
        raise ServerProblem(f"{title} is not ready:\n{service.logs()}")


def _is_over(container: DockerContainer) -> bool:
    wrapped = container.get_wrapped_container()
    wrapped.reload()
    return bool(wrapped.status == "exited")


def run_once(name: str, role: str, environment: Mapping[str, str], network: Network) -> str:
    """Run a one-shot role (migrate, topology) to its end; its log, or an error holding it."""
    container = _service(name, role, environment, network)
    try:
        container.start()
        code = container.get_wrapped_container().wait(timeout=_READY_SECONDS)["StatusCode"]
        log = "".join(part.decode(errors="replace") for part in container.get_logs())
        if code:
            raise ServerProblem(f"{name} {role} ended with {code}:\n{log}")
        return log
    finally:
        container.stop()


@pytest.fixture(scope="session")
def servers_in_containers() -> Iterator[ContainerServers]:
    """Real servers in containers; a test that asks for them fails where no engine answers."""
    if engine() is None:
        pytest.fail("no Docker engine answers; tools/docker_engine.sh starts one")
    with container_servers() as servers:
        yield servers
