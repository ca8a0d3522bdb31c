"""The services, their roles and their usual ports on a workstation."""

from dataclasses import dataclass

from typing_extensions import override

SERVICES = (
    "cashiering",
    "receivables",
    "levy",
    "collections",
    "taxsale",
    "distribution",
    "notifications",
)
ROLES = ("api", "worker", "relay")
SUBSCRIBER = "subscriber"
VHOST = "millage"
SMTP_PORT = 1025

_FIRST_GRPC_PORT = 7101
_FIRST_HTTP_PORT = {"api": 8101, "worker": 8201, "relay": 8301}


@dataclass(frozen=True, slots=True, order=True)
class Role:
    """One long-running process of one service."""

    service: str
    role: str

    @override
    def __str__(self) -> str:
        return f"{self.service} {self.role}"

    @property
    def key(self) -> str:
        return f"{self.service}.{self.role}"


ALL_ROLES = tuple(Role(service, role) for role in ROLES for service in SERVICES)


def usual_ports() -> dict[str, int]:
    """Every listener by name: `<service>.grpc`, `<service>.<role>` for HTTP, and `smtp`."""
    ports = {f"{service}.grpc": _FIRST_GRPC_PORT + i for i, service in enumerate(SERVICES)}
    for role, first in _FIRST_HTTP_PORT.items():
        ports |= {f"{service}.{role}": first + i for i, service in enumerate(SERVICES)}
    return ports | {"smtp": SMTP_PORT}
