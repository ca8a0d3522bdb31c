"""`make bench-counter`: payments at the counter beside the same rows written by pgbench."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg

from bench.counter_floor import Floor
from bench.payments import Bill, Counter
from bench.report import Report, median, parser, percentile, say
from devkit.paths import REPOSITORY, stack_paths
from devkit.ports import free_ports
from devkit.servers import Servers
from taxkit import ids, testing

CLIENTS = (1, 8, 16, 32, 64)
TARGET = 0.5
_BILLS = 2000
_FLOORS: dict[str, dict[str, Any]] = {
    "plain": {},
    "prepared": {"protocol": "prepared"},
    "waking": {"waking": True},
}
_DUES = """
insert into dues (bill_id, bill_number, bill_version, parcel_number, tax_year, owner_name,
                  owner_email, open_cents, installments, as_of)
values (%s, %s, 1, %s, 2021, 'Dolores Park', null, 100000, '[]', '2022-01-01')
"""


@contextmanager
def _database() -> Iterator[str]:
    servers = Servers.choose(stack_paths("bench-counter"))
    postgres = servers.start_postgres()
    try:
        with testing.fresh_database(postgres.admin_url, "cashiering") as url:
            yield url
    finally:
        postgres.stop()


@contextmanager
def _api(database_url: str, public_key: str) -> Iterator[str]:
    """The service's real process, as it is deployed."""
    grpc_port, http_port = free_ports(2)
    env = os.environ | {
        "MILLAGE_DATABASE_URL": database_url,
        "MILLAGE_TOKEN_PUBLIC_KEY": public_key,
        "MILLAGE_GRPC_LISTEN": f"127.0.0.1:{grpc_port}",
        "MILLAGE_HTTP_LISTEN": f"127.0.0.1:{http_port}",
        "MILLAGE_JURISDICTIONS_DIR": str(REPOSITORY / "jurisdictions"),
    }
    command = [sys.executable, "-m", "taxkit.run", "cashiering", "api"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    try:
        yield f"127.0.0.1:{grpc_port}"
    finally:
        process.terminate()
        process.wait(30)


def _bills(database_url: str) -> list[Bill]:
    """What receivables would have told of bills, put in as rows."""
    bills: list[UUID] = [ids.new_id() for _ in range(_BILLS)]
    rows = [
        (bill_id, f"2021-{number:014d}", f"{number:014d}") for number, bill_id in enumerate(bills)
    ]
    with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.executemany(_DUES, rows)
    return [Bill(str(bill_id), 5000) for bill_id in bills]


def measure(seconds: float, rounds: int) -> Report:
    """Floor and ours in turns, so that the noise of the machine hits both."""
    report = Report("counter", "Counter payments, gRPC call to durable answer")
    keys = testing.make_keys()
    token = keys.token("cashiering.session", "cashiering.till.manage", "cashiering.pay")
    with _database() as url, _api(url, keys.public_pem) as address:
        counter = Counter(address, token, _bills(url), max(CLIENTS))
        counter.keep_busy(16, seconds=min(seconds, 2))
        floor = Floor.like_latest_receipt(url, max(CLIENTS))
        for clients in CLIENTS:
            _compare(report, counter, floor, clients, seconds, rounds)
        counter.close()
        report.notes += [
            "one api process, one load process; two tenders and one line a payment",
            f"floor: {floor.about}",
            "plain: statements sent as text, as pgbench comes; prepared: pgbench -M prepared",
            "waking: plain, and the relay's NOTIFY in each transaction, as the service must",
        ]
    return report


def _compare(
    report: Report, counter: Counter, floor: Floor, clients: int, seconds: float, rounds: int
) -> None:
    rates: dict[str, list[float]] = {"ours": [], **{name: [] for name in _FLOORS}}
    latencies: list[float] = []
    for _ in range(rounds):
        for name, options in _FLOORS.items():
            rates[name].append(floor.rate(clients, seconds, **options))
        outcome = counter.keep_busy(clients, seconds=seconds)
        rates["ours"].append(outcome.rate)
        latencies += outcome.latencies
    say(f"{clients} clients: {rates}")
    ours, p99 = median(rates["ours"]), percentile(latencies, 0.99) * 1000
    for name in _FLOORS:
        target = TARGET if name == "plain" and clients > 1 else None
        report.rate(f"{clients} clients, {name} floor", ours, median(rates[name]), target)
    report.figure(f"{clients} clients, p99 of the answer", p99, "ms")
    report.details[f"{clients}_clients"] = {
        **{f"{name}_per_second": found for name, found in rates.items()},
        "p50_ms": percentile(latencies, 0.5) * 1000,
        "p99_ms": p99,
    }


def main() -> int:
    options = parser(__doc__ or "")
    options.add_argument("--seconds", type=float, default=3, help="of one round (default 3)")
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    return measure(given.seconds, given.rounds).finish(require=given.require)


if __name__ == "__main__":
    sys.exit(main())
