"""Servers that are there and do not do their work: a full disk, no writes, a slow or still broker.

Nobody's message is to blame for it: nothing is parked, nothing is lost, and callers are told to
try again with the same key.
"""

import os
import signal
import struct
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from urllib.parse import urlsplit

import grpc
import psycopg
import pytest
from bench_of_one import Sample, Spawn, eventually
from cable import Cable
from sample_service.bootstrap import SPEC
from test_relay import notes_of, store, unpublished
from test_rpc import KEYS, Client

from devkit.ports import free_ports
from taxkit import testing
from taxkit.app import App

Trouble = Callable[[], AbstractContextManager[None]]
# As the server says it when it cannot make a file longer; raised by it, in the same place.
_FULL = """
create function full_disk() returns trigger language plpgsql as $$
begin
    raise exception 'could not extend file: No space left on device' using errcode = '53100';
end
$$
"""

# connection.blocked as a frame: a method of channel 0, its length, class 10, method 60, the reason.
_REASON = b"low on memory"
_METHOD = struct.pack(">HHB", 10, 60, len(_REASON)) + _REASON
_BLOCKED = struct.pack(">BHI", 1, 0, len(_METHOD)) + _METHOD + b"\xce"


@pytest.fixture
def app(sample: Sample) -> Iterator[App]:
    with testing.application(SPEC, sample.database_url) as built:
        yield built


@pytest.fixture(params=["full disk", "no writes"])
def trouble(request, database_url: str, postgres_admin_url: str) -> Trouble:
    return full_disk(database_url) if request.param == "full disk" else no_writes(
        database_url, postgres_admin_url
    )  # fmt: skip


def full_disk(url: str) -> Trouble:
    """Neither an effect nor an event nor a mark of one finds room."""

    @contextmanager
    def caused() -> Iterator[None]:
        with psycopg.connect(url, autocommit=True) as database:
            database.execute(_FULL)
            for table in ("effects", "outbox"):
                database.execute(
                    f"create trigger full_disk before insert or update on {table}"
                    " for each row execute function full_disk()"
                )
            yield
            database.execute("drop function full_disk cascade")

    return caused


def no_writes(url: str, admin_url: str) -> Trouble:
    """As after a switch to a standby: who was connected is cut off, who comes may read."""
    name = urlsplit(url).path[1:]

    @contextmanager
    def caused() -> Iterator[None]:
        with psycopg.connect(admin_url, autocommit=True) as admin:
            _read_only(admin, name, "on")
            yield
            _read_only(admin, name, "off")

    return caused


def _read_only(admin: psycopg.Connection, name: str, value: str) -> None:
    admin.execute(f'alter database "{name}" set default_transaction_read_only = {value}')
    if value == "on":
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s"
            " and application_name like 'sample %%'",
            (name,),
        )


def test_a_worker_waits_and_blames_no_message(sample: Sample, spawn: Spawn, trouble: Trouble):
    """Longer than the delivery limit would bear; each event has its effect once in the end."""
    spawn("worker")
    with trouble():
        for number in range(30):
            sample.publish("Added", f"s/{number}", f"n{number}")
        time.sleep(6)
        assert sample.effects() == {}

    eventually({f"n{number}": 1 for number in range(30)}, sample.effects)
    assert sample.reasons() == {}


def test_a_relay_publishes_what_it_could_not_mark(
    sample: Sample, spawn: Spawn, app: App, trouble: Trouble
):
    """More than once, which consumers drop; in order, and nothing stays behind."""
    queue = sample.events_queue()
    relay = spawn("relay")
    store(app, ["before"])
    eventually(0, lambda: unpublished(sample))
    # Committed while the relay is away, so that it finds them in the trouble.
    relay.popen.send_signal(signal.SIGSTOP)
    store(app, [f"n{number}" for number in range(300)])
    with trouble():
        relay.popen.send_signal(signal.SIGCONT)
        time.sleep(3)
        assert unpublished(sample) == 300
    eventually(0, lambda: unpublished(sample))

    notes = list(dict.fromkeys(notes_of(sample.events(queue))))
    assert notes == ["before", *(f"n{number}" for number in range(300))]
    assert relay.terminate() == 0


def test_a_caller_is_told_to_try_again_and_nothing_is_done_by_half(
    sample: Sample, app: App, trouble: Trouble
):
    """The same key afterwards does it, once, on the connections that are there by then."""
    with testing.server(SPEC, app, KEYS) as channel:
        client = Client(channel, KEYS)
        assert client.call("Once", "key-0 before") == "noted before"
        with trouble():
            for _ in range(3):
                error = client.refusal("Once", "key-1 paid")
                reason = (error.code().name, testing.reason_of(error))
                assert reason == ("UNAVAILABLE", "DATABASE_AWAY")
            assert client.call("Select") == "1"
        eventually(True, lambda: _accepted(client))
        assert client.call("Once", "key-1 paid") == "noted paid"

    assert sample.rows("select count(*) from effects where note = 'paid'") == [(1,)]


def _accepted(client: Client) -> bool:
    try:
        return client.call("Once", "key-1 paid") == "noted paid"
    except Exception:
        return False


def test_a_slow_broker_delays_and_loses_nothing(sample: Sample, spawn: Spawn, app: App):
    """A twentieth of a second for each piece, both ways, for the relay and for the worker."""
    cable, url = Cable.to(sample.amqp_url)
    cable.delay_s = 0.05
    queue = sample.events_queue()
    relay = spawn("relay", MILLAGE_AMQP_URL=url)
    worker = spawn("worker", MILLAGE_AMQP_URL=url)
    store(app, [f"n{number}" for number in range(500)])
    for number in range(100):
        sample.publish("Added", f"s/{number}", f"a{number}")

    eventually(0, lambda: unpublished(sample))
    eventually({f"a{number}": 1 for number in range(100)}, sample.effects)
    told = [note for note in notes_of(sample.events(queue)) if note.startswith("n")]
    assert list(dict.fromkeys(told)) == [f"n{number}" for number in range(500)]
    assert (relay.terminate(), worker.terminate()) == (0, 0)


def test_a_broker_that_has_stopped_reading_is_waited_for(sample: Sample, spawn: Spawn, app: App):
    """As under its memory alarm. Commands go on meanwhile; afterwards everything goes out."""
    cable, url = Cable.to(sample.amqp_url)
    queue = sample.events_queue()
    relay = spawn("relay", MILLAGE_AMQP_URL=url)
    cable.hold()
    store(app, [f"n{number}" for number in range(2000)])
    time.sleep(3)
    assert unpublished(sample) == 2000
    cable.release()

    eventually(0, lambda: unpublished(sample))
    assert list(dict.fromkeys(notes_of(sample.events(queue)))) == [f"n{n}" for n in range(2000)]
    assert relay.terminate() == 0


def test_a_relay_ends_in_time_though_the_broker_takes_nothing(
    sample: Sample, spawn: Spawn, app: App
):
    """In alarm it says so, and may be for hours; whoever ends processes waits half a minute."""
    cable, url = Cable.to(sample.amqp_url)
    relay = spawn("relay", MILLAGE_AMQP_URL=url)
    cable.hold()
    cable.say(_BLOCKED)
    store(app, [f"n{number}" for number in range(10)])
    eventually(True, lambda: "low on memory" in relay.said())
    time.sleep(1)

    assert relay.terminate(28) == 0
    assert unpublished(sample) == 10


@pytest.mark.parametrize("role", ["api", "worker", "relay"])
def test_who_is_told_again_to_end_ends_in_order(sample: Sample, spawn: Spawn, role: str):
    """A supervisor and a person, and again until it is gone: also in its last moments."""
    process = spawn(role, MILLAGE_TOKEN_PUBLIC_KEY=KEYS.public_pem)
    while process.popen.poll() is None:
        os.kill(process.popen.pid, signal.SIGTERM)
        time.sleep(0.002)

    assert process.popen.returncode == 0
    assert "Traceback" not in process.said()


def test_an_api_ends_the_calls_it_has(sample: Sample, spawn: Spawn):
    """Told twice while one is under way: that one has its answer, the next finds nobody."""
    address = f"127.0.0.1:{free_ports(1)[0]}"

    api = spawn("api", MILLAGE_GRPC_LISTEN=address, MILLAGE_TOKEN_PUBLIC_KEY=KEYS.public_pem)
    with grpc.insecure_channel(address) as channel, ThreadPoolExecutor(4) as pool:
        client = Client(channel, KEYS)
        assert client.call("Echo", "hello")
        under_way = [pool.submit(client.call, "Slow", f"s{number}") for number in range(4)]
        eventually(4, lambda: sample.busy("api"))
        api.popen.terminate()
        time.sleep(0.2)  # a little later, whenever that is
        api.popen.terminate()
        assert sorted(one.result() for one in under_way) == ["s0", "s1", "s2", "s3"]
        assert client.refusal("Echo", "late").code().name == "UNAVAILABLE"

    assert api.popen.wait(30) == 0
    assert "Traceback" not in api.said()
