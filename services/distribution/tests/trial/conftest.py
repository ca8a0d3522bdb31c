"""The service's server, with every table watched."""

from collections.abc import Iterator

import pytest

from distribution_service.bootstrap import SPEC
from taxkit import trial as trials


@pytest.fixture
def trial(app, channel, keys) -> Iterator[trials.Trial]:
    with trials.Trial.of(SPEC, app, channel, keys) as made:
        yield made
