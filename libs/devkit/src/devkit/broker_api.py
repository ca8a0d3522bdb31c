"""The broker's HTTP management interface, as far as a workstation needs it."""

import base64
import http.client
import json
from dataclasses import dataclass
from typing import Any, Protocol, Self
from urllib.error import HTTPError, URLError
from urllib.parse import quote, unquote, urlsplit
from urllib.request import Request, urlopen


class BrokerProblem(RuntimeError):
    """The management interface refused or could not be reached."""


class _Administered(Protocol):
    @property
    def admin_url(self) -> str: ...

    @property
    def management_url(self) -> str: ...


def part(name: str) -> str:
    """A name as one part of a management path: `/` is a virtual host's name, too."""
    return quote(name, safe="")


@dataclass(frozen=True, slots=True)
class BrokerApi:
    base_url: str
    user: str
    password: str

    @classmethod
    def of(cls, server: _Administered) -> Self:
        """Credentials in the management address win over those of the AMQP address."""
        admin, management = urlsplit(server.admin_url), urlsplit(server.management_url)
        place = management.hostname or ""
        if management.port:
            place += f":{management.port}"
        chosen = management if management.username else admin
        return cls(
            f"{management.scheme}://{place}{management.path.rstrip('/')}",
            unquote(chosen.username or "guest"),
            unquote(chosen.password or "guest"),
        )

    def get(self, path: str) -> Any:
        return self._call("GET", path, None)

    def put(self, path: str, body: object) -> None:
        self._call("PUT", path, body)

    def delete(self, path: str) -> None:
        self._call("DELETE", path, None)

    def queues(self, vhost: str) -> list[dict[str, Any]]:
        """Name, depth and state of every queue; depths are as old as the broker's statistics."""
        found: list[dict[str, Any]] = self.get(f"/api/queues/{part(vhost)}")
        return found

    def _call(self, method: str, path: str, body: object) -> Any:
        token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        request = Request(  # noqa: S310  the administrator's own address
            self.base_url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Basic {token}", "Content-Type": "application/json"},
        )
        try:
            with urlopen(request, timeout=10) as response:  # noqa: S310
                answer = response.read()
        except HTTPError as refusal:
            said = refusal.read().decode(errors="replace")
            raise BrokerProblem(f"{method} {path}: {refusal.code} {said}") from refusal
        except (URLError, OSError, http.client.HTTPException) as trouble:
            raise BrokerProblem(f"{method} {self.base_url}{path}: {trouble}") from trouble
        return json.loads(answer) if answer else None
