"""Servers whose address stands in the environment: somebody else starts and stops them."""

from dataclasses import dataclass

from typing_extensions import override

from devkit.servers.base import Postgres, RabbitMQ, Server, ServerProblem


class _Given(Server):
    kind = "given"
    private = False

    @override
    def start(self) -> None:
        """It runs already, or the first use will say so."""

    @override
    def stop(self) -> None:
        """It is not ours to stop."""

    @override
    def kill(self) -> None:
        raise ServerProblem("a server given by the environment is not ours to kill")

    @override
    def restart(self) -> None:
        raise ServerProblem("a server given by the environment is not ours to restart")

    @override
    def is_running(self) -> bool:
        return True

    @override
    def destroy(self) -> None:
        """Its data are not ours to delete."""


@dataclass(frozen=True)
class GivenPostgres(_Given, Postgres):
    address: str

    @property
    @override
    def why(self) -> str:
        return "MILLAGE_POSTGRES_ADMIN_URL names it"

    @property
    @override
    def admin_url(self) -> str:
        return self.address


@dataclass(frozen=True)
class GivenRabbitMQ(_Given, RabbitMQ):
    address: str
    management: str

    @property
    @override
    def why(self) -> str:
        return "MILLAGE_RABBITMQ_ADMIN_URL names it"

    @property
    @override
    def admin_url(self) -> str:
        return self.address

    @property
    @override
    def management_url(self) -> str:
        return self.management
