"""The service's server, with every table watched."""

from collections.abc import Iterator

import pytest

from collections_service.bootstrap import SPEC
from taxkit import testing
from taxkit import trial as trials


@pytest.fixture
def trial(app) -> Iterator[trials.Trial]:
    keys = testing.make_keys()
    with (
        testing.server(SPEC, app, keys) as channel,
        trials.Trial.of(SPEC, app, channel, keys) as made,
    ):
        yield made
