"""One county for the whole suite: local servers, or containers with MILLAGE_TEST_CONTAINERS=1."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from collector import Collector, collecting
from containers import container_servers
from county import County, choose_own_ports

from devkit.stack import Stack
from millage.cashiering.v1.cashiering_pb2 import Session

IN_CONTAINERS = os.environ.get("MILLAGE_TEST_CONTAINERS") == "1"
# Images can only be tried where there is an engine: make test-containers. The demo finds its
# servers by itself, and is tried for that.
collect_ignore = ["test_demo.py"] if IN_CONTAINERS else ["test_images.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Starting a county takes its time: minutes on a small machine that is busy."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(1200))


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    with collecting() as made:
        yield made


@pytest.fixture(scope="session")
def county(collector: Collector) -> Iterator[County]:
    """All seven services as real processes, the roll of 24 real bills loaded."""
    with ExitStack() as clean_up:
        if IN_CONTAINERS:
            servers = clean_up.enter_context(container_servers())
            given = pytest.MonkeyPatch()
            clean_up.callback(given.undo)
            for name, value in servers.environment().items():
                given.setenv(name, value)
        tracing = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": "300",
            # A busy machine is no reason to quote from the copy.
            "MILLAGE_QUOTE_TIMEOUT_MS": "30000",
        }
        name = "integration-containers" if IN_CONTAINERS else "integration"
        choose_own_ports(name)
        stack = Stack(name, fresh=True, variables=tracing)
        made = County(clean_up.enter_context(stack))
        clean_up.callback(made.close)
        made.loaded = made.load_roll()
        yield made


@pytest.fixture(scope="session")
def session(county: County) -> Session:
    """A till that stays open for the whole suite."""
    return county.open_session("WINDOW-1")
