"""The county a bench runs on: a whole stack, a synthetic roll through levy, and its databases."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Self

import psycopg

from bench.payments import Bill
from bench.report import say
from devkit.paths import REPOSITORY
from devkit.roster import SERVICES
from devkit.stack import Stack
from millage.levy.v1 import levy_pb2 as pb
from millage_cli import roll as rolls
from millage_cli.addresses import Addresses
from millage_cli.client import Client, Credentials
from millage_cli.roll import Roll
from millage_cli.tokens import make_token

TAX_YEARS = (2018, 2019, 2020, 2021)
# The handlers that a payment reaches in the five services whose commits count.
HANDLERS: Mapping[str, tuple[str, ...]] = {
    "receivables": ("on_payment_posted",),
    "collections": ("on_balance_changed",),
    "taxsale": ("on_balance_changed",),
    "distribution": ("on_payment_posted", "on_payment_allocated"),
    "notifications": ("on_payment_posted",),
}
# Who hears of a bill, directly or by its balance.
_HEAR = ("receivables", "distribution", "cashiering", "levy", "collections", "taxsale")
# Cashiering's relay takes this lock for each round; who holds it holds the events back.
_ROUND_LOCK = 0x6D696C6C


@contextmanager
def new_stack(name: str = "bench") -> Iterator[Stack]:
    """A stack on new servers: a broker still forgetting queues of the same names is no match."""
    Stack(name).destroy()
    try:
        with Stack(name) as stack:
            yield stack
    finally:
        Stack(name).destroy()


@dataclass(slots=True)
class County:
    """A running stack, its client, and connections to its databases."""

    stack: Stack
    client: Client

    @classmethod
    def of(cls, stack: Stack) -> "County":
        key_file = stack.paths.token_private_key
        addresses = Addresses({name: stack.grpc(name) for name in SERVICES}, key_file)
        token = make_token(key_file, "bench", ["admin"])
        return cls(stack, Client(addresses, Credentials(lambda: token)))

    def token(self) -> str:
        return make_token(self.stack.paths.token_private_key, "bench", ["admin"])

    def query(self, service: str, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
        with psycopg.connect(self.stack.database_url(service), autocommit=True) as connection:
            return connection.execute(statement, parameters).fetchall()

    def parked(self) -> int:
        """Messages no service could take; there should be none."""
        counts = [
            self.query(service, "select count(*) from parked_messages")[0][0]
            for service in SERVICES
        ]
        return sum(counts)

    def now(self) -> datetime:
        """The databases' clock: they are on one server."""
        moment: datetime = self.query("cashiering", "select clock_timestamp()")[0][0]
        return moment

    def levy(self, parcels: int) -> list[Bill]:
        """Bill parcels for every tax year, and wait until all services know the bills."""
        started = time.monotonic()
        for roll in synthetic_rolls(parcels):
            rolls.load(self.client, roll, source="bench")
        expected = parcels * len(TAX_YEARS)
        for service in _HEAR:
            while self._heard(service) < expected:
                time.sleep(0.5)
        say(f"{expected} bills in {time.monotonic() - started:.0f} s")
        rows = self.query("levy", "select bill_id, total_cents from bills order by bill_id")
        return [Bill(str(bill_id), total // 12) for bill_id, total in rows]

    def _heard(self, service: str) -> int:
        methods = ["on_bill_created"] if service in _HEAR[:2] else ["on_balance_changed"]
        return int(self._handled(service, methods, "-infinity"))

    def _handled(self, service: str, methods: Sequence[str], since: object) -> int:
        statement = "select count(*) from inbox where handler = any(%s) and handled_at >= %s"
        return int(self.query(service, statement, (list(methods), since))[0][0])

    def wait(self, since: datetime, payments: int, every: float = 0.5) -> None:
        """Until all five services have committed so many payments since a moment."""
        for service, methods in HANDLERS.items():
            expected = payments * len(methods)
            while self._handled(service, methods, since) < expected:
                time.sleep(every)

    def commits(self, since: datetime) -> dict[str, dict[Any, datetime]]:
        """By service, the last commit of each trace handled since a moment."""
        statement = (
            "select trace_id, max(pg_xact_commit_timestamp(xmin)) from inbox"
            " where handler = any(%s) and handled_at >= %s group by trace_id"
        )
        return {
            service: dict(self.query(service, statement, (list(methods), since)))
            for service, methods in HANDLERS.items()
        }

    def receipts(self, since: datetime) -> dict[Any, datetime]:
        """The commit of each receipt recorded since a moment, by trace."""
        return dict(
            self.query(
                "cashiering",
                "select trace_id, pg_xact_commit_timestamp(xmin) from receipts"
                " where recorded_at >= %s",
                (since,),
            )
        )


class HeldBack:
    """Holds cashiering's events back while inside; the moment they were let go is kept."""

    def __init__(self, county: County) -> None:
        self._county = county
        self._connection: psycopg.Connection[Any] | None = None
        self.released_at: datetime | None = None

    def __enter__(self) -> Self:
        url = self._county.stack.database_url("cashiering")
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute("select pg_advisory_lock(%s)", (_ROUND_LOCK,))
        return self

    def __exit__(self, *_: object) -> None:
        assert self._connection is not None
        with self._connection as connection:
            row = connection.execute(
                "select clock_timestamp(), pg_advisory_unlock(%s)", (_ROUND_LOCK,)
            ).fetchone()
            assert row is not None
            self.released_at = row[0]
            connection.execute("notify outbox")


def synthetic_rolls(parcels: int) -> Iterator[Roll]:
    """As many parcels a year, on the printed rates of one tax code: twelve lines or more each."""
    for printed in rolls.read_rolls([REPOSITORY / "examples" / "roll" / "rates.csv"]):
        if printed.tax_year not in TAX_YEARS:
            continue
        code = printed.rates[0].tax_code
        rates = tuple(rate for rate in printed.rates if rate.tax_code == code)
        made = tuple(islice(_parcels(code), parcels))
        yield Roll(printed.tax_year, rates, made)


def _parcels(tax_code: str) -> Iterator[pb.Parcel]:
    number = 0
    while True:
        number += 1
        yield pb.Parcel(
            parcel_number=f"99{number:012d}",
            tax_code=tax_code,
            property_class="203",
            township="Bench",
            value_dollars=20_000 + number % 30_000,
            net_value_dollars=20_000 + number % 30_000,
            owner_name=f"Owner {number}",
            owner_email="",
            prior_year_total_cents=100_000,
        )
