"""Servers keep their data and their addresses through restarts, crashes and stale files."""

import os
import signal

import pika
import psycopg
import pytest

from devkit.broker_api import BrokerApi
from devkit.paths import StackPaths
from devkit.processes import ProcessMark, until
from devkit.servers import ServerProblem, Servers, given

QUORUM = {"x-queue-type": "quorum"}


def store(server, value):
    with psycopg.connect(server.admin_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value int)")
        connection.execute("INSERT INTO kept VALUES (%s)", (value,))


def stored(server):
    with psycopg.connect(server.admin_url) as connection:
        return [row[0] for row in connection.execute("SELECT value FROM kept ORDER BY value")]


def test_postgres_keeps_data_and_address_through_restart_and_kill(postgres):
    """Committed is committed, also when every process is killed."""
    postgres.start()
    address = postgres.admin_url
    store(postgres, 1)
    postgres.restart()
    store(postgres, 2)
    postgres.kill()
    assert not postgres.is_running()
    postgres.start()

    assert stored(postgres) == [1, 2]
    assert address == postgres.admin_url


def test_postgres_starts_after_only_its_first_process_was_killed(postgres):
    """The others notice and leave; a start waits for that instead of failing."""
    postgres.start()
    store(postgres, 1)
    mark = postgres._postmaster()
    os.kill(mark.pid, signal.SIGKILL)
    assert until(lambda: not mark.is_alive(), 60)
    postgres.start()

    assert stored(postgres) == [1]


def test_postgres_starts_beside_a_pid_file_of_somebody_else(postgres):
    """After a reboot the number may be another process's."""
    postgres.start()
    store(postgres, 1)
    file = postgres._data / "postmaster.pid"
    text = file.read_text()
    postgres.kill()
    file.write_text(text.replace(text.splitlines()[0], str(os.getpid()), 1))

    assert not postgres.is_running()
    postgres.start()
    assert stored(postgres) == [1]


def test_postgres_is_durable_and_keeps_commit_times(servers):
    """The settings that the promise of no lost payment stands on."""
    with psycopg.connect(servers.postgres.admin_url) as connection:
        shown = {
            name: connection.execute(f"SHOW {name}").fetchone()[0]
            for name in (
                "fsync",
                "synchronous_commit",
                "full_page_writes",
                "track_commit_timestamp",
                "max_connections",
                "password_encryption",
            )
        }

    assert shown == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "track_commit_timestamp": "on",
        "max_connections": "300",
        "password_encryption": "scram-sha-256",
    }


def publish_kept(address, body):
    connection = pika.BlockingConnection(pika.URLParameters(address + "/%2F"))
    channel = connection.channel()
    channel.confirm_delivery()
    channel.queue_declare("kept", durable=True, arguments=QUORUM)
    channel.basic_publish("", "kept", body, pika.BasicProperties(delivery_mode=2))
    connection.close()


def read_kept(address):
    connection = pika.BlockingConnection(pika.URLParameters(address + "/%2F"))
    bodies = []

    def drained():
        body = connection.channel().basic_get("kept", auto_ack=True)[2]
        bodies.extend([body] if body else [])
        return len(bodies) == 2

    # A quorum queue elects its leader for some moments after a start.
    until(drained, 90)
    connection.close()
    return bodies


def test_rabbitmq_keeps_confirmed_messages_through_restart_and_kill(servers):
    """At the same address, and with no epmd left over from the killed node."""
    broker = servers.rabbitmq
    address = broker.admin_url
    publish_kept(address, b"one")
    broker.restart()
    publish_kept(address, b"two")
    epmd = broker._mark("epmd")
    broker.kill()
    assert not broker.is_running()
    assert not epmd.is_alive()
    broker.start()

    assert address == broker.admin_url
    assert read_kept(address) == [b"one", b"two"]
    plugins = BrokerApi.of(broker).get("/api/overview")["listeners"]
    assert "http/prometheus" in {listener["protocol"] for listener in plugins}


def test_starting_what_runs_changes_nothing(servers):
    """Two commands at once, or one after the other, end with the same servers."""
    before = servers.environment()

    assert before == Servers.choose(servers.paths).start().environment()


def test_addresses_in_the_environment_win(tmp_path, monkeypatch):
    """And such servers are nobody's here to kill."""
    monkeypatch.setenv("MILLAGE_POSTGRES_ADMIN_URL", "postgresql://a:b@db.example/postgres")
    monkeypatch.setenv("MILLAGE_RABBITMQ_ADMIN_URL", "amqp://a:b@mq.example")
    monkeypatch.setenv("MILLAGE_RABBITMQ_MANAGEMENT_URL", "https://c:d@mq.example/manage")
    said = []
    chosen = Servers.choose(StackPaths("kit", tmp_path / "kit"), said.append)

    assert isinstance(chosen.postgres, given.GivenPostgres)
    assert chosen.postgres.admin_url == "postgresql://a:b@db.example/postgres"
    api = BrokerApi.of(chosen.rabbitmq)
    assert (api.base_url, api.user, api.password) == ("https://mq.example/manage", "c", "d")
    assert any("MILLAGE_POSTGRES_ADMIN_URL" in line for line in said)
    with pytest.raises(ServerProblem, match="not ours"):
        chosen.rabbitmq.kill()


def test_a_broker_without_its_management_address_is_refused(tmp_path, monkeypatch):
    """The message names the variable to set."""
    monkeypatch.setenv("MILLAGE_RABBITMQ_ADMIN_URL", "amqp://a:b@mq.example")
    monkeypatch.delenv("MILLAGE_RABBITMQ_MANAGEMENT_URL", raising=False)

    with pytest.raises(ServerProblem, match="MILLAGE_RABBITMQ_MANAGEMENT_URL"):
        Servers.choose(StackPaths("kit", tmp_path / "kit"))


def test_a_process_is_not_taken_for_an_earlier_one_of_the_same_number():
    """A number alone proves nothing."""
    mark = ProcessMark.of(os.getpid())

    assert mark.is_alive()
    assert not ProcessMark(mark.pid, mark.started - 60).is_alive()
    assert mark == ProcessMark.stored(mark.as_json())
    assert ProcessMark.stored({"pid": "x"}) is None
