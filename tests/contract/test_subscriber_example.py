"""The example subscriber runs: a real broker, the rights it is told to ask for, our own relay."""

import os
import re
import secrets
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pika
import pytest

from devkit.broker_api import BrokerApi, part
from devkit.processes import until
from devkit.provision import SUBSCRIBER_RIGHTS
from taxkit import ids, outbox, testing, topology
from taxkit.contracts import OutgoingEvent
from taxkit.db import Database

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "examples/subscriber/subscriber.py"
NOON = datetime(2022, 12, 15, 18, tzinfo=UTC)


@pytest.fixture
def subscriber_url(servers, vhost):
    """A user of the broker with a subscriber's rights and no more."""
    api, user = BrokerApi.of(servers.rabbitmq), f"treasury-{secrets.token_hex(4)}"
    password, name = secrets.token_urlsafe(12), urlsplit(vhost).path.lstrip("/")
    api.put(f"/api/users/{part(user)}", {"password": password, "tags": ""})
    api.put(f"/api/permissions/{part(name)}/{part(user)}", SUBSCRIBER_RIGHTS.as_json())
    try:
        host = urlsplit(vhost).netloc.rpartition("@")[2]
        yield urlunsplit(urlsplit(vhost)._replace(netloc=f"{user}:{password}@{host}"))
    finally:
        api.delete(f"/api/users/{part(user)}")


@pytest.fixture
def database_url(postgres_admin_url):
    with testing.fresh_database(postgres_admin_url, "cashiering") as url:
        yield url


@pytest.fixture
def exchanges(vhost):
    """What the owners declare when they are deployed."""
    for owner in ("cashiering", "receivables"):
        topology.declare(vhost, owner, [])


@pytest.fixture
def relay(vhost, exchanges, database_url):
    """cashiering's relay as it is deployed, on the test's broker and database."""
    environment = os.environ | {
        "MILLAGE_DATABASE_URL": database_url,
        "MILLAGE_AMQP_URL": vhost,
        "MILLAGE_HTTP_LISTEN": "127.0.0.1:0",
    }
    command = [sys.executable, "-m", "taxkit.run", "cashiering", "relay"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        assert process.wait(timeout=120) == 0


def start(url, store, *, count):
    return subprocess.Popen(
        [sys.executable, PROGRAM, "--count", str(count), "--store", store],
        env=os.environ | {"SUBSCRIBER_AMQP_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def declared(url, store):
    """Run it once for nothing: its queue is there afterwards, so nothing sent later is missed."""
    process = start(url, store, count=-1)
    assert process.stdout.readline().startswith("listening")
    process.terminate()
    assert process.wait(timeout=120) == 0
    process.communicate()


def outgoing(published, name, sequence, **data):
    event = next(one for one in published.values() if one.name == name)
    filled = {**event.example, **data}
    return OutgoingEvent(
        event_id=ids.new_id(),
        type=event,
        subject=event.subject.format_map(filled),
        sequence=sequence,
        time=NOON,
        data=filled,
        traceparent=testing.TRACEPARENT,
    )


def test_the_example_keeps_a_true_total(published, subscriber_url, database_url, relay, tmp_path):
    """Payments and a reversal add up; an overtaken balance and a repeated id change nothing."""
    store = str(tmp_path / "treasury.sqlite3")
    declared(subscriber_url, store)
    twice = outgoing(
        published, "PaymentPosted", 1, receipt_id=str(ids.new_id()), total_cents=50_000
    )
    wrong = str(ids.new_id())
    events = [
        twice,
        twice,
        outgoing(published, "PaymentPosted", 1, receipt_id=wrong, total_cents=7_77),
        outgoing(published, "PaymentReversed", 2, receipt_id=wrong, total_cents=7_77),
        outgoing(published, "BalanceChanged", 4, open_cents=80_000),
        outgoing(published, "BalanceChanged", 2, open_cents=180_000),
    ]
    database = Database(database_url)
    with database.begin() as connection:
        outbox.store(connection, "cook", events)
    database.close()

    process = start(subscriber_url, store, count=len(events))
    out, err = process.communicate(timeout=120)

    assert process.returncode == 0, err
    assert out.splitlines()[-1] == "received $500.00, open $800.00"
    assert out.count("(seen before)") == 1
    assert err == ""


def test_what_was_published_can_be_sent_again(
    published, subscriber_url, database_url, relay, tmp_path
):
    """The statement that operations gives for a restore republishes, and no total changes by it."""
    store = str(tmp_path / "treasury.sqlite3")
    declared(subscriber_url, store)
    event = outgoing(published, "PaymentPosted", 1, receipt_id=str(ids.new_id()), total_cents=100)
    database = Database(database_url)
    with database.begin() as connection:
        outbox.store(connection, "cook", [event])
    first = start(subscriber_url, store, count=1).communicate(timeout=120)[0]

    manual = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    (statement,) = re.findall(
        r"^ *(update outbox set published_at = null.*?;)", manual, re.MULTILINE | re.DOTALL
    )
    with database.begin() as connection:
        done = connection.exec_driver_sql(statement.replace("'T'", "'2022-01-01T00:00:00Z'"))
        assert done.rowcount == 1
    database.close()
    second = start(subscriber_url, store, count=1).communicate(timeout=120)[0]

    assert first.splitlines()[-1] == second.splitlines()[-1] == "received $1.00, open $0.00"
    assert "(seen before)" in second
    assert "(seen before)" not in first


def test_what_breaks_the_contract_is_set_aside(
    subscriber_url, vhost, exchanges, tmp_path, golden_of
):
    """What is no event of ours has no effect and ends in a queue of the subscriber's own."""
    store = str(tmp_path / "treasury.sqlite3")
    declared(subscriber_url, store)
    good = golden_of("cashiering", "PaymentPosted.v1")
    bad = [b"no json", b"[[]]", good.replace(b"Posted.v1", b"Posted.v9")]
    bad += [good.replace(b"/county/cook/cashiering", b"/county/cook/levy")]
    with pika.BlockingConnection(pika.URLParameters(vhost)) as connection:
        channel = connection.channel()
        for body in [*bad, good]:
            channel.basic_publish("cashiering.events", "PaymentPosted.v1", body)

    process = start(subscriber_url, store, count=1)
    out, err = process.communicate(timeout=120)

    assert process.returncode == 0, err
    assert out.splitlines()[-1] == "received $12,602.22, open $0.00"
    assert err.count("rejected:") == len(bad)
    with pika.BlockingConnection(pika.URLParameters(vhost)) as connection:
        channel = connection.channel()

        def set_aside():
            state = channel.queue_declare("sub-treasury-rejected", passive=True)
            return state.method.message_count == len(bad)

        assert until(set_aside, 60)


def test_a_subscriber_may_not_write_where_others_read(subscriber_url, exchanges):
    """Its rights let it read events and own its queues, not publish as somebody else."""
    with pika.BlockingConnection(pika.URLParameters(subscriber_url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        with pytest.raises(pika.exceptions.ChannelClosedByBroker) as refused:
            channel.basic_publish("cashiering.events", "PaymentPosted.v1", b"{}")
        assert refused.value.reply_code == 403
