"""The worker as it runs: nameko on green threads, RabbitMQ, and SMTP, in a process of its own."""

import os
import signal
import subprocess
import sys
import time

import pika
import pytest

from notifications_service.bootstrap import SPEC
from taxkit.ids import new_id

DEADLINE_SECONDS = 120


@pytest.fixture
def environment(app, vhost, database_url, smtp_url):
    """A worker's environment on the test's database, broker and mail server."""
    return {
        **os.environ,
        "MILLAGE_DATABASE_URL": database_url,
        "MILLAGE_AMQP_URL": vhost,
        "MILLAGE_SMTP_URL": smtp_url,
        "MILLAGE_JURISDICTIONS_DIR": app.settings.jurisdictions_dir,
        "MILLAGE_HTTP_LISTEN": "127.0.0.1:0",
        "MILLAGE_LOG_FORMAT": "console",
    }


@pytest.fixture
def broker(vhost, environment):
    """A channel to the broker, where the neighbours' exchanges and our queues are."""
    with pika.BlockingConnection(pika.URLParameters(vhost)) as connection:
        channel = connection.channel()
        for owner in {each.owner for each in SPEC.subscriptions}:
            channel.exchange_declare(f"{owner}.events", "topic", durable=True)
        command = [sys.executable, "-m", "taxkit.run", "notifications", "topology"]
        subprocess.run(command, env=environment, check=True, timeout=DEADLINE_SECONDS)
        yield channel


def wait_for(condition, what: str) -> None:
    end = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


@pytest.mark.slow
def test_a_payment_on_the_bus_becomes_a_mail_and_sigterm_ends_the_worker(
    broker, environment, sink, posted, reversed_
):
    """Receipt and void notice go out, the earlier first although it came last; exit code 0."""
    command = [sys.executable, "-m", "taxkit.run", "notifications", "worker"]
    worker = subprocess.Popen(command, env=environment)
    try:
        warm, receipt = new_id(), new_id()
        broker.basic_publish("cashiering.events", "PaymentPosted.v1", posted(warm))
        wait_for(lambda: len(sink.messages) == 1, "the first receipt")
        broker.basic_publish("cashiering.events", "PaymentReversed.v1", reversed_(receipt))
        broker.basic_publish("cashiering.events", "PaymentPosted.v1", posted(receipt))
        wait_for(lambda: len(sink.messages) == 3, "receipt and void notice")
        assert sink.subjects[2].endswith("is void")
    finally:
        worker.send_signal(signal.SIGTERM)
        code = worker.wait(DEADLINE_SECONDS)
    assert code == 0
