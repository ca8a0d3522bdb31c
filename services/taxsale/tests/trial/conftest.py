"""The service's server, with every table watched."""

from collections.abc import Iterator

import pytest

from taxkit import testing
from taxkit import trial as trials
from taxsale_service.bootstrap import SPEC


@pytest.fixture
def trial(app) -> Iterator[trials.Trial]:
    keys = testing.make_keys()
    with (
        testing.server(SPEC, app, keys) as channel,
        trials.Trial.of(SPEC, app, channel, keys) as made,
    ):
        yield made
