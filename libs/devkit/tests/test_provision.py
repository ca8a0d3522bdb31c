"""Each service reaches its own database and its own part of the broker, and nothing else."""

import pika
import psycopg
import pytest
from pika.exceptions import ChannelClosedByBroker, ProbableAccessDeniedError

from devkit import provision
from devkit.paths import StackPaths
from devkit.roster import SERVICES
from devkit.servers.given import GivenPostgres, GivenRabbitMQ


@pytest.fixture(scope="module")
def databases(servers, paths):
    return provision.provision_postgres(servers.postgres, paths)


@pytest.fixture(scope="module")
def brokers(servers, paths):
    """Addresses, after two services declared an exchange and a queue each."""
    addresses = provision.provision_rabbitmq(servers.rabbitmq, paths)
    for owner, queue in (
        ("cashiering", "evt-levy-BillIssued.v1--cashiering.on_bill_issued"),
        ("receivables", "evt-cashiering-PaymentPosted.v1--receivables.on_payment_posted"),
    ):
        with channel(addresses[owner]) as opened:
            opened.exchange_declare(f"{owner}.events", "topic", durable=True)
            opened.exchange_declare(f"{owner}.dlx", "topic", durable=True)
            arguments = {"x-queue-type": "quorum", "x-dead-letter-exchange": f"{owner}.dlx"}
            opened.queue_declare(queue, durable=True, arguments=arguments)
            opened.queue_declare(f"{queue}.dlq", durable=True, arguments={})
            opened.queue_bind(f"{queue}.dlq", f"{owner}.dlx", queue)
    return addresses


class channel:  # noqa: N801
    """A channel on a connection of its own."""

    def __init__(self, address):
        self._connection = pika.BlockingConnection(pika.URLParameters(address))

    def __enter__(self):
        return self._connection.channel()

    def __exit__(self, *_):
        if self._connection.is_open:
            self._connection.close()


def refused(address, attempt):
    """The code of a refusal; a refused publish is only reported by what follows it."""

    def attempt_and_wait(opened):
        attempt(opened)
        opened.queue_declare("", exclusive=True)

    with channel(address) as opened, pytest.raises(ChannelClosedByBroker) as refusal:
        attempt_and_wait(opened)
    return refusal.value.reply_code


def test_a_service_owns_its_database(databases):
    """It may create what it likes there, and is no superuser."""
    with psycopg.connect(databases["levy"]) as connection:
        connection.execute("CREATE TABLE bills (bill_id bigint)")
        row = connection.execute(
            "SELECT current_user, rolsuper OR rolcreatedb OR rolcreaterole"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()

    assert row == ("levy", False)


def test_a_service_cannot_connect_to_anothers_database(databases):
    """Not even to look."""
    for other in set(SERVICES) - {"levy"}:
        address = databases["levy"].removesuffix("/levy") + f"/{other}"
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(address)


def test_a_service_cannot_log_in_with_a_wrong_password(databases):
    """Passwords are asked for, on loopback too."""
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(databases["levy"].replace("levy:", "levy:x"))


def test_provisioning_again_changes_nothing(servers, paths, databases):
    """The same addresses, and what was stored is still there."""
    with psycopg.connect(databases["taxsale"]) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS one")

    assert databases == provision.provision_postgres(servers.postgres, paths)
    with psycopg.connect(databases["taxsale"]) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_secrets_are_readable_by_their_owner_only(paths, databases):
    """Passwords and the private key alike; the file of addresses holds no password."""
    provision.make_keys(paths)

    for secret in (paths.secrets, paths.token_private_key, paths.root / "rabbitmq.json"):
        if secret.exists():
            assert secret.stat().st_mode & 0o777 == 0o600, secret


def test_a_service_binds_to_anothers_events_and_reads_its_own_queue(brokers):
    """What every consumer does."""
    queue = "evt-cashiering-PaymentPosted.v1--receivables.on_payment_posted"
    with channel(brokers["receivables"]) as opened:
        opened.queue_bind(queue, "cashiering.events", "PaymentPosted.v1")
    with channel(brokers["cashiering"]) as opened:
        opened.confirm_delivery()
        opened.basic_publish("cashiering.events", "PaymentPosted.v1", b"{}", mandatory=True)
    with channel(brokers["receivables"]) as opened:
        _, _, body = opened.basic_get(queue, auto_ack=True)

    assert body == b"{}"


def test_a_service_cannot_read_anothers_queue(brokers):
    """Neither the queue nor what was parked from it."""
    queue = "evt-cashiering-PaymentPosted.v1--receivables.on_payment_posted"

    assert refused(brokers["levy"], lambda opened: opened.basic_get(queue)) == 403
    assert refused(brokers["levy"], lambda opened: opened.basic_get(f"{queue}.dlq")) == 403


def test_a_service_cannot_publish_on_anothers_exchange(brokers):
    """Each fact has one writer."""
    code = refused(
        brokers["levy"],
        lambda opened: opened.basic_publish("cashiering.events", "PaymentPosted.v1", b"{}"),
    )

    assert code == 403


def test_a_service_cannot_declare_what_is_not_its_own(brokers):
    """Nor delete it."""
    levy = brokers["levy"]
    queue = "evt-cashiering-PaymentPosted.v1--receivables.on_payment_posted"

    assert refused(levy, lambda opened: opened.exchange_declare("taxsale.events", "topic")) == 403
    assert refused(levy, lambda opened: opened.queue_declare("evt-x--taxsale.on_x")) == 403
    assert refused(levy, lambda opened: opened.queue_delete(queue)) == 403


def test_a_subscriber_reads_events_and_publishes_none(brokers):
    """Another county system gets queues of its own and may bind them to any events."""
    subscriber = brokers["subscriber"]
    with channel(subscriber) as opened:
        opened.queue_declare("sub-gis", durable=True, arguments={"x-queue-type": "quorum"})
        opened.queue_bind("sub-gis", "cashiering.events", "#")
    with channel(brokers["cashiering"]) as opened:
        opened.confirm_delivery()
        opened.basic_publish("cashiering.events", "SessionClosed.v1", b"[]", mandatory=True)
    with channel(subscriber) as opened:
        _, _, body = opened.basic_get("sub-gis", auto_ack=True)

    assert body == b"[]"
    queue = "evt-levy-BillIssued.v1--cashiering.on_bill_issued"
    assert refused(subscriber, lambda opened: opened.basic_get(queue)) == 403
    publish = lambda opened: opened.basic_publish("cashiering.events", "X.v1", b"")  # noqa: E731
    assert refused(subscriber, publish) == 403


def test_a_service_sees_no_other_virtual_host(brokers):
    """The broker's default one included."""
    with pytest.raises(ProbableAccessDeniedError):
        channel(brokers["levy"].removesuffix("/millage") + "/%2F")


def test_stacks_on_one_given_server_do_not_meet(servers, paths, tmp_path):
    """Their names carry the stack's, and forgetting one leaves the other."""
    postgres = GivenPostgres(servers.postgres.admin_url)
    rabbitmq = GivenRabbitMQ(servers.rabbitmq.admin_url, servers.rabbitmq.management_url)
    two = StackPaths("county-two", tmp_path / "county-two")
    databases = provision.provision_postgres(postgres, two)
    brokers = provision.provision_rabbitmq(rabbitmq, two)
    with psycopg.connect(databases["levy"]) as connection:
        row = connection.execute("SELECT current_database(), current_user").fetchone()
    with channel(brokers["levy"]) as opened:
        opened.exchange_declare("levy.events", "topic", durable=True)

    assert row == ("county_two_levy", "county_two_levy")
    assert brokers["levy"].endswith("/county-two-millage")
    provision.forget_databases(postgres, two)
    provision.forget_queues(rabbitmq, two)
    provision.forget_queues(rabbitmq, two)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(databases["levy"])
    first = provision.provision_rabbitmq(servers.rabbitmq, paths)
    with channel(first["levy"]) as opened:
        assert opened.is_open
