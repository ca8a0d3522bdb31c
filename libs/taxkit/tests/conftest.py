"""The sample service on a database and a virtual host of its own, and its processes."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parent / "sample"
sys.path[:0] = [str(SAMPLE), str(Path(__file__).parent)]

from bench_of_one import Sample, Spawn  # noqa: E402
from sample_service.bootstrap import SPEC  # noqa: E402

from taxkit import testing  # noqa: E402
from taxkit.app import App  # noqa: E402


@pytest.fixture
def database_url(postgres_admin_url: str) -> Iterator[str]:
    with testing.fresh_database(postgres_admin_url, "sample") as url:
        yield url


@pytest.fixture
def app(database_url: str) -> Iterator[App]:
    with testing.application(SPEC, database_url) as built:
        yield built


@pytest.fixture
def sample(database_url: str, vhost: str) -> Iterator[Sample]:
    """Topology declared, a client of the broker at hand, no process running yet."""
    with Sample.on(database_url, vhost) as made:
        yield made


@pytest.fixture
def spawn(sample: Sample) -> Iterator[Spawn]:
    """Starts a role of the sample service; whatever is left at the end is killed."""
    spawned = Spawn(sample)
    yield spawned
    spawned.end()
