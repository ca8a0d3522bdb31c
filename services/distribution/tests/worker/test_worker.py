"""The worker as it runs: nameko on green threads and RabbitMQ, in a process of its own."""

import os
import signal
import subprocess
import sys
import time
import urllib.request

import pika
import pytest

from devkit.ports import free_ports
from taxkit.ids import new_id

DEADLINE_SECONDS = 120
NEIGHBOURS = ("levy", "cashiering", "receivables")


@pytest.fixture
def environment(app, vhost, database_url):
    """A worker's environment on the test's database and broker."""
    return {
        **os.environ,
        "MILLAGE_DATABASE_URL": database_url,
        "MILLAGE_AMQP_URL": vhost,
        "MILLAGE_JURISDICTIONS_DIR": app.settings.jurisdictions_dir,
        "MILLAGE_HTTP_LISTEN": f"127.0.0.1:{free_ports(1)[0]}",
        "MILLAGE_LOG_FORMAT": "console",
    }


@pytest.fixture
def broker(vhost, environment):
    """A channel to the broker, where the neighbours' exchanges and our queues are."""
    with pika.BlockingConnection(pika.URLParameters(vhost)) as connection:
        channel = connection.channel()
        for owner in NEIGHBOURS:
            channel.exchange_declare(f"{owner}.events", "topic", durable=True)
        command = [sys.executable, "-m", "taxkit.run", "distribution", "topology"]
        subprocess.run(command, env=environment, check=True, timeout=DEADLINE_SECONDS)
        yield channel


@pytest.mark.slow
def test_events_on_the_bus_become_shares_and_sigterm_ends_the_worker(
    app, broker, environment, neighbours
):
    """Allocations sent before their bill are shared all the same; readiness holds; exit code 0."""
    bill, receipts = new_id(), [new_id() for _ in range(20)]
    command = [sys.executable, "-m", "taxkit.run", "distribution", "worker"]
    worker = subprocess.Popen(command, env=environment)
    try:
        for number, receipt in enumerate(receipts, 1):
            body = neighbours.allocated(bill, 2 * number, (receipt, "tax", 1_000))
            broker.basic_publish("receivables.events", "PaymentAllocated.v1", body)
        broker.basic_publish("levy.events", "BillCreated.v1", neighbours.bill_created(bill))
        end = time.monotonic() + DEADLINE_SECONDS
        while sum(neighbours.shares(app, bill_id=bill).values()) != 20_000:
            assert time.monotonic() < end, neighbours.shares(app, bill_id=bill)
            time.sleep(0.05)
        with urllib.request.urlopen(
            f"http://{environment['MILLAGE_HTTP_LISTEN']}/readyz"
        ) as answer:
            assert answer.read() == b"ready\n"
    finally:
        worker.send_signal(signal.SIGTERM)
        code = worker.wait(DEADLINE_SECONDS)
    assert code == 0
