"""What tests of real processes need: the sample service's servers, and its roles as processes."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pika
import psycopg

from devkit.ports import free_ports
from taxkit import testing, topology

HERE = Path(__file__).parent
# For what has to happen at all: a machine may be slow, and is not what is tested.
PATIENCE_SECONDS = 90.0


def eventually(
    expected: object, ask: Callable[[], object], seconds: float = PATIENCE_SECONDS
) -> None:
    """Wait until the answer is what is expected; the assertion shows what it was at last."""
    deadline = time.monotonic() + seconds
    while (actual := ask()) != expected and time.monotonic() < deadline:
        time.sleep(0.05)
    assert expected == actual


@dataclass
class Sample:
    """The sample service's database and virtual host, and a neighbour who publishes."""

    database_url: str
    amqp_url: str
    database: psycopg.Connection[Any]
    channel: Any

    @classmethod
    @contextmanager
    def on(cls, database_url: str, amqp_url: str) -> Iterator["Sample"]:
        from sample_service.bootstrap import SPEC

        with (
            pika.BlockingConnection(pika.URLParameters(amqp_url + "?heartbeat=0")) as broker,
            psycopg.connect(database_url, autocommit=True) as database,
        ):
            channel = broker.channel()
            channel.exchange_declare("source.events", "topic", durable=True)
            wanted = [(one.owner, one.event, one.method) for one in SPEC.subscriptions]
            topology.declare(amqp_url, "sample", wanted)
            yield cls(database_url, amqp_url, database, channel)

    def publish(self, event: str, subject: str, note: str = "", **changes: Any) -> str:
        """The neighbour says something; gives the body, to say it again."""
        body = self.made(event, subject, note, **changes)
        self.send(event, body)
        return body

    def made(self, event: str, subject: str, note: str = "", **changes: Any) -> str:
        return testing.foreign_event(
            f"org.millage.source.{event}.v1", subject, {"note": note}, **changes
        )

    def send(self, event: str, body: str | bytes) -> None:
        self.channel.basic_publish("source.events", f"{event}.v1", body)

    def rows(self, sql: str, *values: object) -> list[Any]:
        return self.database.execute(sql, values).fetchall()

    def effects(self) -> Counter[str]:
        """How often each note had its effect."""
        return Counter(note for (note,) in self.rows("select note from effects"))

    def reasons(self) -> Counter[str]:
        return Counter(reason for (reason,) in self.rows("select reason from parked_messages"))

    def begun(self) -> bool:
        """Whether a worker is in its first batch, waiting for the handler, or past it already."""
        ((writing,),) = self.rows(
            "select exists (select from pg_locks where relation = 'effects'::regclass"
            " and mode = 'RowExclusiveLock')"
        )
        return bool(writing or self.effects())

    def busy(self, role: str) -> int:
        """How many transactions a role's processes have open, doing nothing in the database."""
        ((found,),) = self.rows(
            "select count(*) from pg_stat_activity where datname = current_database()"
            f" and application_name = 'sample {role}' and state = 'idle in transaction'"
        )
        return int(found)

    def depth(self, queue: str) -> int:
        return int(self.channel.queue_declare(queue, passive=True).method.message_count)

    def events_queue(self, name: str = "heard-by-test") -> str:
        """A queue of the test's own on what the sample service publishes."""
        self.channel.queue_declare(name)
        self.channel.queue_bind(name, "sample.events", "#")
        return name

    def send_together(self, event: str, bodies: Sequence[str]) -> None:
        """Events in one message, as a relay sends what came in a crowd."""
        self.send(event, "[\n" + ",\n".join(bodies) + "\n]")

    def take(self, queue: str) -> list[tuple[Any, bytes]]:
        taken = []
        while True:
            method, properties, body = self.channel.basic_get(queue, auto_ack=True)
            if method is None:
                return taken
            taken.append((properties, body))

    def events(self, queue: str) -> list[dict[str, Any]]:
        """The events of a queue, whether they came alone or together."""
        found = [json.loads(body) for _, body in self.take(queue)]
        return [event for one in found for event in (one if isinstance(one, list) else [one])]


@dataclass
class Process:
    popen: subprocess.Popen[bytes]
    http: str
    log: Path

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://{self.http}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()
        except OSError as trouble:
            return 0, str(trouble)

    def wait_ready(self) -> "Process":
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (answer := self.get("/readyz"))[0] != 200:
            assert self.popen.poll() is None, self.said()
            assert time.monotonic() < deadline, f"{answer}\n{self.said()}"
            time.sleep(0.05)
        return self

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def terminate(self, seconds: float = PATIENCE_SECONDS) -> int:
        """SIGTERM, and its exit code."""
        self.popen.send_signal(signal.SIGTERM)
        return self.popen.wait(seconds)


@dataclass
class Spawn:
    sample: Sample
    processes: list[Process] = field(default_factory=list)

    def __call__(self, role: str, **environment: str) -> Process:
        """Start a role; it is ready when this returns."""
        return self.begin(role, **environment).wait_ready()

    def begin(self, role: str, **environment: str) -> Process:
        """Start a role and wait for nothing."""
        http = f"127.0.0.1:{free_ports(1)[0]}"
        given = {
            **os.environ,
            "PYTHONPATH": str(HERE / "sample"),
            "MILLAGE_DATABASE_URL": self.sample.database_url,
            "MILLAGE_AMQP_URL": self.sample.amqp_url,
            "MILLAGE_HTTP_LISTEN": http,
            **environment,
        }
        log = Path(tempfile.mkstemp(suffix=".log")[1])
        with log.open("wb") as output:
            command = [sys.executable, "-m", "taxkit.run", "sample", role]
            popen = subprocess.Popen(command, env=given, stdout=output, stderr=subprocess.STDOUT)
        self.processes.append(Process(popen, http, log))
        return self.processes[-1]

    def end(self) -> None:
        for process in self.processes:
            if process.popen.poll() is None:
                process.popen.kill()
            process.popen.wait()
            process.log.unlink()
