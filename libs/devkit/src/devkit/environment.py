"""What each process is told, and at which address it listens."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from devkit.paths import StackPaths, read_json, write_json
from devkit.place import PACKS, Place
from devkit.ports import free_ports, take
from devkit.roster import ROLES, SERVICES, Role, usual_ports

_PASSED_ON = (
    "PATH",
    "PYTHONPATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "SSL_CERT_FILE",
    "VIRTUAL_ENV",
)
_PASSED_ON_PREFIXES = ("OTEL_", "MILLAGE_", "COVERAGE_")
# Administrators' addresses are for this kit alone, and one process's own are not for another.
_KEPT_BACK = (
    "MILLAGE_POSTGRES_",
    "MILLAGE_RABBITMQ_",
    "MILLAGE_TOKEN_",
    "MILLAGE_DATABASE_URL",
    "MILLAGE_AMQP_URL",
    "MILLAGE_GRPC_LISTEN",
    "MILLAGE_HTTP_LISTEN",
)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Ports of one stack, by listener."""

    ports: Mapping[str, int]

    @classmethod
    def choose(cls, known: Mapping[str, int]) -> Self:
        """Last time's ports where they are free, else the usual ones, else any free ones."""
        chosen: dict[str, int] = {}
        for name, usual in usual_ports().items():
            for port in (known.get(name), usual):
                if port and port not in chosen.values() and take([port]):
                    chosen[name] = port
                    break
        missing = [name for name in usual_ports() if name not in chosen]
        spare = free_ports(len(missing), avoid=chosen.values())
        return cls(chosen | dict(zip(missing, spare, strict=True)))

    def grpc(self, service: str) -> str:
        return f"127.0.0.1:{self.ports[f'{service}.grpc']}"

    def http(self, role: Role) -> str:
        return f"127.0.0.1:{self.ports[role.key]}"

    @property
    def smtp(self) -> str:
        return f"127.0.0.1:{self.ports['smtp']}"


@dataclass(frozen=True, slots=True)
class Environment:
    """Builds the variables of every process of a stack."""

    paths: StackPaths
    addresses: Addresses
    database_urls: Mapping[str, str]
    amqp_urls: Mapping[str, str]
    place: Place
    extra: Mapping[str, str] = field(default_factory=dict)

    def shared(self) -> dict[str, str]:
        """What all processes of the stack have in common."""
        return {
            **dict(_inherited()),
            "PYTHONUNBUFFERED": "1",
            **self.place.variables(),
            "MILLAGE_JURISDICTIONS_DIR": str(PACKS),
            "MILLAGE_TOKEN_PUBLIC_KEY_FILE": str(self.paths.token_public_key),
            "MILLAGE_LOG_FORMAT": os.environ.get("MILLAGE_LOG_FORMAT", "console"),
            "MILLAGE_LOG_LEVEL": os.environ.get("MILLAGE_LOG_LEVEL", "info"),
            "MILLAGE_GRPC_REFLECTION": "1",
            **self.extra,
        }

    def of_service(self, service: str) -> dict[str, str]:
        """For the service's short tasks (migrate, topology) and its command line."""
        return {
            **self.shared(),
            "MILLAGE_DATABASE_URL": self.database_urls[service],
            **({"MILLAGE_AMQP_URL": self.amqp_urls[service]} if self.amqp_urls else {}),
        }

    def of_role(self, role: Role) -> dict[str, str]:
        """For one long-running process."""
        variables = self.of_service(role.service) | {
            "MILLAGE_HTTP_LISTEN": self.addresses.http(role)
        }
        if role.role == "api":
            variables["MILLAGE_GRPC_LISTEN"] = self.addresses.grpc(role.service)
        if role == Role("cashiering", "api"):
            variables["MILLAGE_RECEIVABLES_ADDR"] = self.addresses.grpc("receivables")
        if role == Role("notifications", "worker"):
            variables["MILLAGE_SMTP_URL"] = f"smtp://{self.addresses.smtp}"
        return variables

    def description(self) -> dict[str, Any]:
        """What stack.json tells the command line and tests; no secret is in it."""
        return {
            "stack": self.paths.name,
            **self.place.described(),
            "ports": dict(self.addresses.ports),
            "services": {
                service: {
                    "grpc": self.addresses.grpc(service),
                    "http": {role: self.addresses.http(Role(service, role)) for role in ROLES},
                }
                for service in SERVICES
            },
            "smtp": self.addresses.smtp,
            "mail": str(self.paths.mail),
            "logs": str(self.paths.logs),
            "token_private_key_file": str(self.paths.token_private_key),
            "token_public_key_file": str(self.paths.token_public_key),
        }

    def publish(self) -> None:
        """Write stack.json."""
        write_json(self.paths.addresses, self.description())


def known_ports(paths: StackPaths) -> dict[str, int]:
    """The ports of this stack's last run."""
    return dict(read_json(paths.addresses).get("ports", {}))


def _inherited() -> Iterator[tuple[str, str]]:
    for name, value in os.environ.items():
        if name.startswith(_KEPT_BACK):
            continue
        if name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES):
            yield name, value
