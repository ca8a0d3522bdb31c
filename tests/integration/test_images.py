"""A service's image, built from this checkout, in all its roles against servers in containers."""

import secrets
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import grpc
import pika
import psycopg
import pytest
from containers import ContainerServers, container_servers, run_once, running_service
from county import eventually
from pika.adapters.blocking_connection import BlockingChannel

from devkit.broker_api import BrokerApi
from millage.ops.v1 import ops_pb2, ops_pb2_grpc
from millage.taxsale.v1 import taxsale_pb2, taxsale_pb2_grpc
from taxkit import ids, testing, topology
from taxkit.testing import Keys
from taxsale_service.bootstrap import SPEC

REPOSITORY = Path(__file__).resolve().parents[2]
SERVICE = "taxsale"
pytestmark = pytest.mark.containers


@pytest.fixture(scope="module")
def servers() -> Iterator[ContainerServers]:
    with container_servers() as started:
        yield started


@pytest.fixture(scope="module")
def keys() -> Keys:
    return testing.make_keys()


@pytest.fixture(scope="module")
def environment(servers: ContainerServers, keys: Keys) -> Mapping[str, str]:
    """The image, a database and a virtual host; addresses as a container sees them."""
    build = [str(REPOSITORY / "tools/images/service.sh"), SERVICE]
    done = subprocess.run(build, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    with psycopg.connect(servers.postgres.admin_url, autocommit=True) as admin:
        admin.execute(f"create database {SERVICE}_image")
    api, vhost = BrokerApi.of(servers.rabbitmq), f"image-{secrets.token_hex(3)}"
    api.put(f"/api/vhosts/{vhost}", {})
    api.put(f"/api/permissions/{vhost}/admin", {"configure": ".*", "write": ".*", "read": ".*"})
    database = servers.postgres.admin_url.removesuffix("/postgres") + f"/{SERVICE}_image"
    return {
        "MILLAGE_DATABASE_URL": servers.inside(database),
        "MILLAGE_AMQP_URL": servers.inside(f"{servers.rabbitmq.admin_url}/{vhost}"),
        "MILLAGE_TOKEN_PUBLIC_KEY": keys.public_pem,
        "AMQP_FROM_HERE": f"{servers.rabbitmq.admin_url}/{vhost}",
    }


def balance(bill_id: str) -> str:
    data = {
        "bill_id": bill_id, "bill_number": "2020-1", "bill_version": 1, "parcel_number": "1",
        "tax_year": 2020, "cause": "issue", "receipt_id": None, "as_of": "2022-12-28",
        "open_cents": 500, "surplus_cents": 0, "paid_in_full": False,
        "owner": {"name": "O", "email": None},
        "installments": [
            {
                "installment": number, "due_on": due_on, "tax_charged_cents": 250,
                "tax_open_cents": 250, "interest_charged_cents": 0, "interest_open_cents": 0,
                "paid_cents": 0,
            }
            for number, due_on in ((1, "2021-03-02"), (2, "2021-08-02"))
        ],
    }  # fmt: skip
    return testing.foreign_event(
        "org.millage.receivables.BalanceChanged.v1", f"bill/{bill_id}", data
    )


def declare_other_services(channel: BlockingChannel) -> None:
    """The exchanges that the services it listens to would have declared."""
    for owner in {one.owner for one in SPEC.subscriptions}:
        channel.exchange_declare(topology.exchange_of(owner), "topic", durable=True)


def test_one_image_runs_every_role(
    servers: ContainerServers, environment: Mapping[str, str], keys: Keys
):
    """Migrated and declared, then api, worker and relay side by side: an event goes through."""
    network, given = servers.network, dict(environment)
    amqp = given.pop("AMQP_FROM_HERE")
    with pika.BlockingConnection(pika.URLParameters(amqp)) as broker:
        channel = broker.channel()
        declare_other_services(channel)
        run_once(SERVICE, "migrate", given, network)
        run_once(SERVICE, "topology", given, network)
        with (
            running_service(SERVICE, "api", given, network) as api,
            running_service(SERVICE, "worker", given, network) as worker,
            running_service(SERVICE, "relay", given, network) as relay,
            grpc.insecure_channel(api.address()) as calls,
        ):
            channel.queue_declare("heard")
            channel.queue_bind("heard", "taxsale.events", "#")
            bill_id, token = str(ids.new_id()), testing.bearer(keys.token("*"))
            channel.basic_publish("receivables.events", "BalanceChanged.v1", balance(bill_id))
            stub = taxsale_pb2_grpc.TaxsaleServiceStub(calls)

            def standing() -> str:
                request = taxsale_pb2.GetSaleStandingRequest(bill_id=bill_id, as_of="2022-12-28")
                try:
                    return stub.GetSaleStanding(request, metadata=token, timeout=30).standing
                except grpc.RpcError as error:
                    return testing.reason_of(error)

            eventually(standing, lambda found: found in ("delinquent", "sale_eligible"))
            eventually(
                lambda: channel.queue_declare("heard", passive=True).method.message_count,
                lambda count: count >= 1,
            )
            lag = ops_pb2_grpc.OpsServiceStub(calls).GetLag(
                ops_pb2.GetLagRequest(), metadata=token, timeout=30
            )
            assert (lag.parked, lag.waiting) == (0, 0)
            assert [one.stop_in_order() for one in (worker, relay, api)] == [0, 0, 0]
