"""One pair of real servers for all tests here, below pytest's own closed folder."""

import pytest

from devkit.paths import StackPaths
from devkit.servers import Servers
from devkit.servers.postgres import EmbeddedPostgres, wheel_binaries


@pytest.fixture(scope="session")
def paths(tmp_path_factory):
    made = StackPaths("kit", tmp_path_factory.mktemp("state") / "kit")
    made.make()
    return made


@pytest.fixture(scope="session")
def servers(paths, monkeypatch_session):
    for name in ("MILLAGE_POSTGRES_ADMIN_URL", "MILLAGE_RABBITMQ_ADMIN_URL"):
        monkeypatch_session.delenv(name, raising=False)
    chosen = Servers.choose(paths)
    try:
        yield chosen.start()
    finally:
        chosen.destroy()


@pytest.fixture(scope="session")
def monkeypatch_session():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture
def postgres(tmp_path):
    """A cluster of one test's own, to be mistreated."""
    server = EmbeddedPostgres(tmp_path / "postgres", wheel_binaries())
    yield server
    server.destroy()
