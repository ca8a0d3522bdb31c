"""A running county as the tests see it: the public APIs, and what a person would do with them."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import pika
import psycopg
import pytest

from devkit import demo_bills
from devkit.paths import stack_paths, write_json
from devkit.ports import free_ports
from devkit.roster import SERVICES, usual_ports
from devkit.stack import Stack
from millage.cashiering.v1 import cashiering_pb2 as counter_pb
from millage.levy.v1 import levy_pb2
from millage.ops.v1 import ops_pb2
from millage_cli import counter, tokens
from millage_cli.addresses import Addresses
from millage_cli.client import Client, Credentials, new_key, one_trace
from millage_cli.problems import Problem
from millage_cli.trail import Trail, follow, outstanding

T = TypeVar("T")
DAY = "2022-12-28"
CASH, CHECK = counter_pb.TENDER_TYPE_CASH, counter_pb.TENDER_TYPE_CHECK
PATIENCE_SECONDS = 150.0
_QUIET_LOOKS = 4


def eventually(
    ask: Callable[[], T],
    good: Callable[[T], object],
    missing: Callable[[T], object] = lambda answer: answer,
    seconds: float = PATIENCE_SECONDS,
) -> T:
    """Ask until the answer is good; a failure says what was missing at last."""
    deadline = time.monotonic() + seconds
    while not good(answer := ask()):
        assert time.monotonic() < deadline, f"after {seconds:.0f} s: {missing(answer)}"
        time.sleep(0.1)
    return answer


@contextmanager
def refused(reason: str) -> Iterator[None]:
    """The call inside is refused with this reason code."""
    with pytest.raises(Problem) as caught:
        yield
    assert caught.value.reason == reason


def choose_own_ports(stack: str) -> None:
    """Any free ports instead of the usual ones, which a stack starting at this moment may take."""
    paths = stack_paths(stack)
    paths.make()
    names = list(usual_ports())
    write_json(paths.addresses, {"ports": dict(zip(names, free_ports(len(names)), strict=True))})


def cash(cents: int) -> counter_pb.Tender:
    return counter_pb.Tender(tender_type=CASH, amount_cents=cents)


def check(cents: int, number: str = "1842") -> counter_pb.Tender:
    return counter_pb.Tender(tender_type=CHECK, amount_cents=cents, reference=number)


def line(bill: levy_pb2.Bill, cents: int) -> counter_pb.PaymentLine:
    return counter_pb.PaymentLine(
        bill_id=bill.bill_id, bill_version=bill.bill_version, amount_cents=cents
    )


@dataclass
class County:
    """A stack, and clients with a supervisor's and an operator's token."""

    stack: Stack
    clerk: Client = field(init=False)
    office: Client = field(init=False)
    bills: dict[tuple[str, int], levy_pb2.Bill] = field(default_factory=dict)
    # Everything this county was paid at a window, to be accounted for.
    receipts: list[counter_pb.Receipt] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clerk = self.client("casey", ["supervisor"])
        self.office = self.client("olive", ["operator", "auditor"])

    def client(self, user: str, roles: Sequence[str]) -> Client:
        key_file = self.stack.paths.token_private_key
        addresses = Addresses({name: self.stack.grpc(name) for name in SERVICES}, key_file)
        token = tokens.make_token(key_file, user, roles)
        return Client(addresses, Credentials(lambda: token), seconds=60)

    def close(self) -> None:
        self.clerk.close()
        self.office.close()

    # Bills and money

    def load_roll(self) -> demo_bills.Loaded:
        loaded = demo_bills.load_roll(self.office)
        self.bills = {(bill.parcel_number, bill.tax_year): bill for bill in loaded.bills}
        return loaded

    def open_session(self, till: str, day: str = DAY) -> counter_pb.Session:
        return counter.open_session(self.clerk, till, day)

    def due(self, bill: levy_pb2.Bill, as_of: str = DAY) -> int:
        quoted = counter.quote(self.clerk, bill_ids=[bill.bill_id], as_of=as_of)
        return quoted.bills[0].open_cents

    def pay(
        self,
        session: counter_pb.Session,
        lines: Iterable[counter_pb.PaymentLine],
        tenders: Iterable[counter_pb.Tender],
        *,
        email: str = "payer@example.org",
        key: str = "",
    ) -> counter_pb.Receipt:
        """Post a payment in a trace of its own."""
        with one_trace():
            receipt = self.clerk.cashiering.PostPayment(
                counter_pb.PostPaymentRequest(
                    idempotency_key=key or new_key(),
                    session_id=session.session_id,
                    payer=counter_pb.Payer(name="Ottoline Dragomir", email=email),
                    lines=lines,
                    tenders=tenders,
                    return_change=True,
                )
            )
        self.receipts.append(receipt)
        return receipt

    def reverse(self, receipt: counter_pb.Receipt, reason: str) -> counter_pb.Receipt:
        with one_trace():
            return counter.reverse(self.clerk, receipt.receipt_id, reason)

    # Waiting and looking

    def followed(self, receipt: counter_pb.Receipt, seconds: float = PATIENCE_SECONDS) -> Trail:
        """The receipt's trail, once every service has done its part."""
        return eventually(
            lambda: follow(self.office, receipt.receipt_id),
            lambda trail: not outstanding(trail),
            lambda trail: (
                f"receipt {receipt.receipt_number}: not done by {outstanding(trail)};"
                f" problems {trail.problems}"
            ),
            seconds,
        )

    def lag(self, service: str) -> ops_pb2.Lag:
        return self.office.ops(service).GetLag(ops_pb2.GetLagRequest())

    def backlog(self) -> dict[str, int]:
        """Whatever is not done: unpublished, waiting, parked, in queues; empty when all is done."""
        found: dict[str, int] = {}
        for service in SERVICES:
            lag = self.lag(service)
            found[f"{service} outbox"] = lag.outbox_unpublished
            found[f"{service} waiting"] = lag.waiting
            found[f"{service} parked"] = lag.parked
            found |= {one.queue: one.ready for one in lag.queues}
        return {name: count for name, count in found.items() if count}

    def settled(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Until nothing is on its way any more, as seen in a row: a worker holds some unseen."""
        quiet = 0

        def ask() -> dict[str, int]:
            nonlocal quiet
            backlog = self.backlog()
            quiet = 0 if backlog else quiet + 1
            return backlog

        eventually(ask, lambda _: quiet >= _QUIET_LOOKS, seconds=seconds)

    def parked(self, service: str, state: str = "parked") -> list[ops_pb2.ParkedMessage]:
        request = ops_pb2.ListParkedRequest(state=state, page_size=500)
        return list(self.office.ops(service).ListParked(request).messages)

    # The bus, as an operator with the services' own addresses sees it

    def outbox(self, service: str) -> list[tuple[str, str, str]]:
        """(exchange, routing key, body) of every event a service ever emitted."""
        with psycopg.connect(self.stack.database_url(service)) as connection:
            return connection.execute(
                "select exchange, routing_key, body from outbox"
                " where exchange like '%.events' order by id"
            ).fetchall()

    def publish_as(self, service: str, messages: Iterable[tuple[str, str, str | bytes]]) -> None:
        """Put messages on the broker with a service's rights, beside its relay."""
        parameters = pika.URLParameters(self.stack.amqp_url(service))
        with pika.BlockingConnection(parameters) as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            for exchange, routing_key, body in messages:
                channel.basic_publish(
                    exchange, routing_key, body, pika.BasicProperties(delivery_mode=2)
                )
