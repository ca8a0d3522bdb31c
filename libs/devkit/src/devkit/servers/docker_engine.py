"""PostgreSQL and RabbitMQ in containers of a Docker engine: the last resort."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import docker
import psycopg
from docker.errors import DockerException, NotFound
from typing_extensions import override

from devkit.broker_api import BrokerApi, BrokerProblem
from devkit.paths import read_json, write_json
from devkit.ports import prefer
from devkit.processes import until
from devkit.servers.base import Postgres, RabbitMQ, Server, ServerProblem
from devkit.servers.postgres import SETTINGS

if TYPE_CHECKING:
    from docker import DockerClient

_READY_SECONDS = 300
_OWN_SETTINGS = ("listen_addresses", "unix_socket_directories")


def engine() -> "DockerClient | None":
    """A client of a reachable engine; None when there is none."""
    try:
        client = docker.from_env(timeout=20)
        client.ping()
    except DockerException:
        return None
    return client


@dataclass(slots=True)
class _Container:
    """One container with a named volume; kept when stopped, so that its data survive."""

    client: "DockerClient"
    name: str
    image: str
    state_file: Path
    inner_ports: dict[str, int]
    data_path: str
    command: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        """Where published ports are reached: this machine, unless the engine is a remote one."""
        return urlsplit(self.client.api.base_url).hostname or "127.0.0.1"

    @property
    def state(self) -> dict[str, Any]:
        return read_json(self.state_file)

    def found(self) -> Any:
        try:
            return self.client.containers.get(self.name)
        except NotFound:
            return None

    def is_running(self) -> bool:
        container = self.found()
        return container is not None and container.status == "running"

    def start(self, environment: Callable[[str], dict[str, str]]) -> None:
        if (container := self.found()) is not None:
            container.start()
            return
        state = self.state
        state.setdefault("password", secrets.token_urlsafe(24))
        ports: dict[str, int] = {}
        for name in self.inner_ports:
            ports[name] = prefer(state.get("ports", {}).get(name), ports.values())
        state["ports"] = ports
        write_json(self.state_file, state)
        address = "127.0.0.1" if self.host in ("127.0.0.1", "localhost") else "0.0.0.0"  # noqa: S104
        self.client.containers.run(
            self.image,
            self.command or None,
            name=self.name,
            hostname=self.name,
            detach=True,
            environment=environment(state["password"]),
            labels={"millage.stack": self.state_file.parent.name},
            ports={f"{self.inner_ports[name]}/tcp": (address, ports[name]) for name in ports},
            volumes={f"{self.name}-data": {"bind": self.data_path, "mode": "rw"}},
        )

    def stop(self) -> None:
        if self.is_running():
            self.found().stop(timeout=30)

    def kill(self) -> None:
        if self.is_running():
            self.found().kill()

    def destroy(self) -> None:
        if (container := self.found()) is not None:
            container.remove(force=True, v=True)
        for volume in self.client.volumes.list(filters={"name": f"{self.name}-data"}):
            volume.remove(force=True)
        self.state_file.unlink(missing_ok=True)

    def last_words(self) -> str:
        container = self.found()
        return container.logs(tail=30).decode(errors="replace") if container is not None else ""


class _DockerServer(Server):
    kind = "docker"
    private = True
    _container: _Container

    @property
    @override
    def why(self) -> str:
        return f"a container of {self._container.image}, as nothing can be embedded here"

    @override
    def start(self) -> None:
        if not self._container.is_running():
            self._container.start(self._environment)
        if not until(self._answers, _READY_SECONDS, every=0.3):
            words = self._container.last_words()
            raise ServerProblem(f"{self._container.image} took too long to start:\n{words}")

    @override
    def stop(self) -> None:
        self._container.stop()

    @override
    def kill(self) -> None:
        self._container.kill()

    @override
    def restart(self) -> None:
        self.stop()
        self.start()

    @override
    def is_running(self) -> bool:
        return self._container.is_running()

    @override
    def destroy(self) -> None:
        self._container.destroy()

    def _environment(self, password: str) -> dict[str, str]:
        raise NotImplementedError

    def _answers(self) -> bool:
        raise NotImplementedError


class DockerPostgres(_DockerServer, Postgres):
    def __init__(self, client: "DockerClient", stack: str, image: str, home: Path) -> None:
        settings = {name: SETTINGS[name] for name in SETTINGS if name not in _OWN_SETTINGS}
        self._container = _Container(
            client,
            f"millage-{stack}-postgres",
            image,
            home.with_suffix(".json"),
            {"postgres": 5432},
            "/var/lib/postgresql",
            ["postgres", *(part for item in settings.items() for part in ("-c", "=".join(item)))],
        )

    @property
    @override
    def admin_url(self) -> str:
        state, host = self._container.state, self._container.host
        port = state["ports"]["postgres"]
        return f"postgresql://postgres:{state['password']}@{host}:{port}/postgres"

    @override
    def _environment(self, password: str) -> dict[str, str]:
        # A folder below the volume: the official image moved its own default with version 18.
        return {"POSTGRES_PASSWORD": password, "PGDATA": "/var/lib/postgresql/millage"}

    @override
    def _answers(self) -> bool:
        try:
            psycopg.connect(self.admin_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


class DockerRabbitMQ(_DockerServer, RabbitMQ):
    def __init__(self, client: "DockerClient", stack: str, image: str, home: Path) -> None:
        self._container = _Container(
            client,
            f"millage-{stack}-rabbitmq",
            image,
            home.with_suffix(".json"),
            {"amqp": 5672, "management": 15672},
            "/var/lib/rabbitmq",
        )

    @property
    @override
    def admin_url(self) -> str:
        state, host = self._container.state, self._container.host
        return f"amqp://admin:{state['password']}@{host}:{state['ports']['amqp']}"

    @property
    @override
    def management_url(self) -> str:
        return f"http://{self._container.host}:{self._container.state['ports']['management']}"

    @override
    def _environment(self, password: str) -> dict[str, str]:
        return {"RABBITMQ_DEFAULT_USER": "admin", "RABBITMQ_DEFAULT_PASS": password}

    @override
    def _answers(self) -> bool:
        try:
            BrokerApi.of(self).get("/api/overview")
        except BrokerProblem:
            return False
        return True
