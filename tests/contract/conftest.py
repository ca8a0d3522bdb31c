"""The whole contract, from the owners and from the files; and everybody's subscriptions."""

import importlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
# tools/ is not an installed package; its modules are run with -m from the root.
sys.path.insert(0, str(ROOT))

SERVICES = sorted(
    path.parent.parent.name for path in ROOT.glob("services/*/*_service/bootstrap.py")
)
SPECS = {name: importlib.import_module(f"{name}_service.bootstrap").SPEC for name in SERVICES}
PUBLISHED = {event.type_name: event for spec in SPECS.values() for event in spec.publishes}
SUBSCRIPTIONS = [
    pytest.param(service, one, id=f"{service}.{one.method}")
    for service, spec in SPECS.items()
    for one in spec.subscriptions
]


@dataclass(frozen=True)
class Files:
    """The committed files of one event."""

    schema: dict[str, Any]
    example: dict[str, Any]


def files_of(event) -> Files:
    stem = ROOT / "events" / event.owner / event.routing_key
    return Files(
        json.loads(Path(f"{stem}.schema.json").read_text(encoding="utf-8")),
        json.loads(Path(f"{stem}.example.json").read_text(encoding="utf-8")),
    )


def pytest_generate_tests(metafunc):
    """A test that asks for an event runs for each; one for a subscription, for each of those."""
    if "event" in metafunc.fixturenames:
        metafunc.parametrize(
            "event", [pytest.param(event, id=name) for name, event in sorted(PUBLISHED.items())]
        )
    if "subscription" in metafunc.fixturenames:
        metafunc.parametrize(("consumer", "subscription"), SUBSCRIPTIONS)


@pytest.fixture(scope="session")
def specs():
    return SPECS


@pytest.fixture(scope="session")
def published():
    return PUBLISHED


@pytest.fixture
def files(event):
    return files_of(event)


@pytest.fixture
def files_by():
    """The committed files, by event."""
    return files_of


@pytest.fixture
def golden_of():
    """A golden example as it comes off the bus, by its owner and event."""

    def read(owner: str, event: str) -> bytes:
        return (ROOT / "events" / owner / f"{event}.example.json").read_bytes()

    return read
