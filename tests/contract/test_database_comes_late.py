"""An api whose database is away starts, says that it is not ready, and recovers by itself."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import grpc
import psycopg
import pytest

from devkit.ports import free_ports
from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import cashiering_pb2_grpc as stubs
from taxkit import ids, migrate, testing

ROOT = Path(__file__).parents[2]
SERVICES = (
    "cashiering", "receivables", "levy", "collections", "taxsale", "distribution", "notifications",
)  # fmt: skip
PATIENCE_S = 60


class Api:
    """A service's api as a process of its own, on a database that is made later."""

    def __init__(self, service: str, admin_url: str, keys: testing.Keys, log: Path) -> None:
        self.service, self.admin_url, self.log = service, admin_url, log
        self.database = f"test_late_{service}_{os.getpid()}"
        self.url = urlunsplit(urlsplit(admin_url)._replace(path=f"/{self.database}"))
        http, port = free_ports(2)
        self.http, self.grpc = f"127.0.0.1:{http}", f"127.0.0.1:{port}"
        environment = {
            **os.environ,
            "MILLAGE_DATABASE_URL": self.url,
            "MILLAGE_HTTP_LISTEN": self.http,
            "MILLAGE_GRPC_LISTEN": self.grpc,
            "MILLAGE_TOKEN_PUBLIC_KEY": keys.public_pem,
            "MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions"),
        }
        with log.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "taxkit.run", service, "api"],
                env=environment, stdout=said, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def ready(self) -> int:
        """The status of /readyz; none as long as nobody answers."""
        try:
            with urllib.request.urlopen(f"http://{self.http}/readyz", timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def wait_for(self, status: int) -> None:
        until = time.monotonic() + PATIENCE_S
        while (found := self.ready()) != status:
            said = self.log.read_text(errors="replace")[-2000:]
            assert self.process.poll() is None, said
            assert time.monotonic() < until, f"{found}, not {status}: {said}"
            time.sleep(0.1)

    def make_database(self) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            admin.execute(f'create database "{self.database}"')
        package = __import__(f"{self.service}_service")
        migrate.upgrade(migrate.migrations_of(self.service, package.__file__ or ""), self.url)

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            admin.execute(f'drop database if exists "{self.database}" with (force)')


@pytest.fixture
def started(postgres_admin_url: str, tmp_path: Path) -> Callable[..., object]:
    @contextmanager
    def start(service: str, keys: testing.Keys) -> Iterator[Api]:
        api = Api(service, postgres_admin_url, keys, tmp_path / f"{service}.log")
        try:
            yield api
        finally:
            api.end()

    return start


@pytest.mark.parametrize("service", SERVICES)
def test_an_api_waits_for_its_database(started, service: str) -> None:
    """Kubernetes sends it nothing until then, and has no reason to start it again and again."""
    with started(service, testing.make_keys()) as api:
        api.wait_for(503)
        api.make_database()
        api.wait_for(200)


def test_cash_012_a_counter_takes_nothing_before_it_knows_its_settings(started) -> None:
    """DATABASE_AWAY until then; the same key is taken afterwards, without a new start."""
    keys = testing.make_keys()
    metadata = testing.bearer(keys.token("cashiering.*", user="cashier"))
    order = pb.PostPaymentRequest(idempotency_key="late", session_id=str(ids.new_id()))
    with started("cashiering", keys) as api, grpc.insecure_channel(api.grpc) as channel:
        stub = stubs.CashieringServiceStub(channel)
        api.wait_for(503)
        with pytest.raises(grpc.RpcError) as away:
            stub.PostPayment(order, metadata=metadata, timeout=20)
        api.make_database()
        api.wait_for(200)
        reason = "DATABASE_AWAY"
        until = time.monotonic() + PATIENCE_S
        while reason == "DATABASE_AWAY" and time.monotonic() < until:
            with pytest.raises(grpc.RpcError) as found:
                stub.PostPayment(order, metadata=metadata, timeout=20)
            reason = testing.reason_of(found.value)

    assert testing.reason_of(away.value) == "DATABASE_AWAY"
    assert reason == "NO_OPEN_SESSION"
