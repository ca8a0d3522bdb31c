"""What every provider of a server offers, wherever the server runs."""

from typing import Protocol


class ServerProblem(RuntimeError):
    """A server could not be found or started; the message says what to do."""


class Server(Protocol):
    """A PostgreSQL or RabbitMQ that a stack uses."""

    @property
    def kind(self) -> str:
        """`given`, `embedded` or `docker`."""

    @property
    def why(self) -> str:
        """One sentence for the person at the terminal: what was chosen and for which reason."""

    @property
    def private(self) -> bool:
        """True when the stack is alone on it, so that names need no prefix."""

    def start(self) -> None:
        """Leave it running and answering; nothing happens when it already does."""

    def stop(self) -> None:
        """End it in order, keeping its data."""

    def kill(self) -> None:
        """End it as a power cut would, keeping what had reached the disk."""

    def restart(self) -> None: ...

    def is_running(self) -> bool: ...

    def destroy(self) -> None:
        """Stop it and delete its data."""


class Postgres(Server, Protocol):
    @property
    def admin_url(self) -> str:
        """A superuser's address, ending in the database `postgres`."""


class RabbitMQ(Server, Protocol):
    @property
    def admin_url(self) -> str:
        """An administrator's AMQP address, without a virtual host."""

    @property
    def management_url(self) -> str:
        """The HTTP management address, without credentials."""
