"""deploy/compose as its README starts it where no registry is at hand: all images, one workstation.

The demo's scenes are played against it, so that what runs in the images is what runs from the
checkout; and Prometheus, with the rules and the queries of every panel, reads the real thing.
Two minutes on a quiet machine of two cores: `make test-compose`.
"""

import io
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from rich.console import Console

from devkit.demo import Demo
from devkit.ports import free_ports
from devkit.processes import until
from devkit.roster import SERVICES
from millage_cli.addresses import Addresses
from millage_cli.client import Client, Credentials
from millage_cli.tokens import make_token

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
ROLES = ("api", "worker", "relay")
PORTS = ("POSTGRES", "AMQP", "MANAGEMENT", "PROMETHEUS", *(name.upper() for name in SERVICES))
PATIENCE_SECONDS = 240.0
T = TypeVar("T")
pytestmark = [pytest.mark.containers, pytest.mark.timeout(1200)]


def eventually(ask: Callable[[], T], wanted: T) -> None:
    """Ask until the answer is what is wanted."""
    until(lambda: ask() == wanted, PATIENCE_SECONDS, every=0.5)
    assert ask() == wanted


@dataclass(frozen=True)
class Workstation:
    """A copy of deploy/ with passwords of its own, and what compose is told."""

    folder: Path
    project: str
    environment: Mapping[str, str]

    def compose(self, *words: str) -> str:
        files = [self.folder / "compose.yaml", self.folder / "without-registry.yaml"]
        chosen = [word for file in files for word in ("--file", str(file))]
        done = subprocess.run(
            [*COMPOSE, "--project-name", self.project, *chosen, *words],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, **self.environment},
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        return done.stdout

    def states(self) -> dict[str, str]:
        """What the engine says of each container."""
        label = f"label=com.docker.compose.project={self.project}"
        words = ["docker", "ps", "--all", "--filter", label, "--format", "{{.Names}}\t{{.Status}}"]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
        return dict(line.split("\t") for line in done.stdout.splitlines())

    def unready(self) -> set[str]:
        """Who is neither done nor in good health."""
        good = ("Exited (0)", "(healthy)")
        return {
            name
            for name, state in self.states().items()
            if not any(word in state for word in good) and "mail" not in name
        }

    def port(self, name: str) -> str:
        return f"127.0.0.1:{self.environment[f'{name.upper()}_PORT']}"

    def client(self, user: str, *roles: str) -> Client:
        key = self.folder / "secrets/token-private.pem"
        addresses = Addresses({name: self.port(name) for name in SERVICES}, key)
        token = make_token(key, user, roles)
        return Client(addresses, Credentials(lambda: token))

    def prometheus(self, path: str, **query: str) -> Any:
        address = f"http://{self.port('prometheus')}/api/v1/{path}?{urlencode(query)}"
        with urlopen(address, timeout=30) as answer:
            return json.load(answer)["data"]


@pytest.fixture(scope="module")
def workstation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workstation]:
    """Images of this checkout, everything up; taken down with its data at the end."""
    for words in (["build.sh"], ["service.sh", "--all"]):
        subprocess.run([ROOT / "tools/images" / words[0], *words[1:]], check=True)
    copy = tmp_path_factory.mktemp("workstation") / "deploy"
    shutil.copytree(ROOT / "deploy", copy, ignore=shutil.ignore_patterns(".env", "secrets"))
    subprocess.run([sys.executable, copy / "compose/configure.py"], check=True)
    ports = zip(PORTS, free_ports(len(PORTS)), strict=True)
    told = {"OTLP_ENDPOINT": ""} | {f"{name}_PORT": str(port) for name, port in ports}
    made = Workstation(copy / "compose", f"millage-{secrets.token_hex(3)}", told)
    try:
        made.compose("up", "--detach")
        eventually(made.unready, set())
        yield made
    finally:
        made.compose("down", "--volumes", "--timeout", "5")


def test_the_demo_plays_on_the_images(workstation: Workstation):
    """Real bills, money three ways, letters by SMTP, a reversal; and it ties out."""
    said = Console(file=io.StringIO(), width=160)
    with ExitStack() as clean_up:
        clerk = clean_up.enter_context(workstation.client("casey", "supervisor"))
        office = clean_up.enter_context(workstation.client("olive", "operator", "auditor"))
        Demo(said, clerk, office).play()

    printed = said.file.getvalue()
    assert printed.count("It holds, to the cent") == 2
    assert "receipt sent to closings@example.org, answered 250" in printed
    letters = workstation.compose("logs", "--no-color", "mail")
    assert letters.count("closings@example.org") >= 2


def test_every_process_is_scraped(workstation: Workstation):
    """And the broker, both ways; only the collector is left out."""

    def down() -> set[str]:
        targets = workstation.prometheus("targets")["activeTargets"]
        return {one["labels"]["instance"] for one in targets if one["health"] != "up"}

    eventually(down, {"otel-collector:8888"})
    up = workstation.prometheus("query", query='sum by (service, role) (up{job="millage"})')
    found = {(one["metric"]["service"], one["metric"]["role"]) for one in up["result"]}
    assert found == {(service, role) for service in SERVICES for role in ROLES}


def panels() -> Iterator[tuple[str, str]]:
    """Every query of every dashboard as Grafana would send it for receivables."""
    chosen = {"$__rate_interval": "1m", "$service": "receivables", "$role": ".*"}
    for path in sorted((ROOT / "deploy/observability/grafana/dashboards").glob("*.json")):
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            for target in panel["targets"]:
                query = target["expr"]
                for name, value in chosen.items():
                    query = query.replace(name, value)
                yield panel["title"], query


def test_every_panel_shows_something(workstation: Workstation):
    """After money has moved no query is empty: its metric is there, with the labels it names."""

    def empty() -> set[str]:
        return {
            title
            for title, query in panels()
            if not workstation.prometheus("query", query=query)["result"]
        }

    assert len(list(panels())) > 20
    eventually(empty, set())


def test_every_alert_is_evaluated_and_none_cries_wolf(workstation: Workstation):
    groups = workstation.prometheus("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]

    assert len(rules) > 15
    assert [rule["name"] for rule in rules if rule["health"] == "err"] == []
    assert [rule["name"] for rule in rules if rule["state"] == "firing"] == []


def test_every_process_ends_in_order(workstation: Workstation):
    """SIGTERM reaches it as process 1 of its container, and it ends by itself, with 0."""
    workstation.compose("stop")
    states = workstation.states()

    assert len(states) > len(SERVICES) * (len(ROLES) + 2)
    assert {name: state for name, state in states.items() if "Exited (0)" not in state} == {}
