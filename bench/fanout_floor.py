"""The fan-out's floor: a second stack of the same roles, whose handlers do nothing.

It runs on the same servers, is fed the same events, and tells as many events of the same size.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import psycopg

from bench.county import County
from bench.report import say
from devkit.stack import Stack

_EMPTY = Path(__file__).parent / "empty"
_TELLING = ("receivables", "collections", "taxsale", "distribution", "notifications")
_TOLD = """
select exchange, routing_key, mandatory, min(body), count(*) from outbox
where created_at >= %s group by 1, 2, 3 order by 1, 2
"""
_EVENTS = """
select event_id, exchange, routing_key, mandatory, subject, traceparent, trace_id, body
from outbox where created_at >= %s and routing_key = 'PaymentPosted.v1' order by id
"""
_COLUMNS = "event_id, exchange, routing_key, mandatory, subject, traceparent, trace_id, body"


@dataclass(slots=True)
class FloorCounty:
    """The empty stack, and how many events its services tell for each payment."""

    county: County
    proportions: dict[str, float]
    real: County

    @classmethod
    def beside(cls, real: County, since: datetime) -> Self:
        """Start it on the real stack's servers; what to tell is read from a real run."""
        payments = len(real.receipts(since))
        told = {service: _told(real, service, since, payments) for service in _TELLING}
        canned = Path(tempfile.mkdtemp(prefix="millage-bench-")) / "canned.json"
        canned.write_text(json.dumps(told), encoding="utf-8")
        say("starting the floor's stack, with empty handlers")
        stack = Stack(
            "bench-floor",
            fresh=True,
            variables={
                "PYTHONPATH": os.pathsep.join((str(_EMPTY), os.environ.get("PYTHONPATH", ""))),
                "MILLAGE_BENCH_CANNED": str(canned),
            },
        )
        with _on_servers_of(real):
            try:
                stack.start()
            except BaseException:
                stack.stop()
                raise
        proportions = {
            f"{service} {one['routing_key']}": one["per_payment"]
            for service, events in told.items()
            for one in events
        }
        return cls(County.of(stack), proportions, real)

    def feed(self, real: County, since: datetime) -> None:
        """Copy the events of a real run into the outbox, in one transaction."""
        rows = real.query("cashiering", _EVENTS, (since,))
        with (
            psycopg.connect(self.county.stack.database_url("cashiering")) as connection,
            connection.cursor() as cursor,
            cursor.copy(f"copy outbox ({_COLUMNS}) from stdin") as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def close(self) -> None:
        self.county.client.close()
        with _on_servers_of(self.real):
            self.county.stack.destroy()


@contextmanager
def _on_servers_of(real: County) -> Iterator[None]:
    """Name the real stack's servers to the other, and to no other after that."""
    given = real.stack.servers.environment()
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _told(real: County, service: str, since: datetime, payments: int) -> list[dict[str, Any]]:
    return [
        {
            "owner": exchange.removesuffix(".events"),
            "routing_key": routing_key,
            "mandatory": mandatory,
            "data": json.loads(body)["data"],
            "per_payment": count / payments,
        }
        for exchange, routing_key, mandatory, body, count in real.query(service, _TOLD, (since,))
    ]
