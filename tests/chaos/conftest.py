"""A county of its own, on servers of its own that may be killed."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "integration")]

from county import County, choose_own_ports  # noqa: E402

from devkit.stack import Stack  # noqa: E402


@pytest.fixture(scope="module")
def county() -> Iterator[County]:
    """Addresses in the environment are not ours to kill: these servers are started for this."""
    with pytest.MonkeyPatch.context() as given:
        for name in ("POSTGRES_ADMIN", "RABBITMQ_ADMIN", "RABBITMQ_MANAGEMENT"):
            given.delenv(f"MILLAGE_{name}_URL", raising=False)
        choose_own_ports("chaos")
        with Stack("chaos", fresh=True) as stack:
            made = County(stack)
            yield made
            made.close()
