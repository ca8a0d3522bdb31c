"""Real servers for every test that needs them: given by the environment, or found by the devkit."""

import os
import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from devkit.broker_api import BrokerApi, part
from devkit.paths import stack_paths
from devkit.servers import Servers
from taxkit import testing

# The same examples in every run, and no verdict on how fast they were: a machine that is busy
# proves nothing. To look for new ones: pytest --hypothesis-profile exploring
_ANY_MACHINE = settings(
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("steady", _ANY_MACHINE, derandomize=True)
settings.register_profile("exploring", _ANY_MACHINE, max_examples=1000)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def servers() -> Servers:
    """PostgreSQL and RabbitMQ for tests; embedded ones are left running for the next session."""
    paths = stack_paths(os.environ.get("MILLAGE_TEST_STACK", "test"))
    paths.make()
    with FileLock(paths.root / "tests.lock"):
        return Servers.choose(paths).start()


@pytest.fixture(scope="session")
def postgres_admin_url(servers: Servers) -> Iterator[str]:
    yield servers.postgres.admin_url
    testing.drop_databases()


@pytest.fixture
def vhost(servers: Servers) -> Iterator[str]:
    """A virtual host of one test, with the administrator's rights in it; gives its AMQP address."""
    api, name = BrokerApi.of(servers.rabbitmq), f"test-{secrets.token_hex(4)}"
    user = urlsplit(servers.rabbitmq.admin_url).username or "guest"
    api.put(f"/api/vhosts/{name}", {})
    api.put(
        f"/api/permissions/{name}/{part(user)}", {"configure": ".*", "write": ".*", "read": ".*"}
    )
    try:
        yield urlunsplit(urlsplit(servers.rabbitmq.admin_url)._replace(path=f"/{name}"))
    finally:
        api.delete(f"/api/vhosts/{name}")
