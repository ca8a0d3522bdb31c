"""A county system of its own: what the treasury took in, and what is still owed, as it happens.

Needs pika and nothing of Millage: the contract is `events/asyncapi.yaml`.

    SUBSCRIBER_AMQP_URL=amqp://... python subscriber.py
"""

import argparse
import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pika
from pika.exceptions import AMQPConnectionError, ChannelClosedByBroker

SYSTEM = "treasury"
QUEUE = f"sub-{SYSTEM}-money"
REJECTED = f"sub-{SYSTEM}-rejected"
# What this system reads: (exchange, routing key). A new version would come under a new key.
WANTED = (
    ("cashiering.events", "PaymentPosted.v1"),
    ("cashiering.events", "PaymentReversed.v1"),
    ("receivables.events", "BalanceChanged.v1"),
)
TABLES = """
create table if not exists seen (event_id text primary key);
create table if not exists receipts (receipt_id text, kind text, cents integer not null,
    primary key (receipt_id, kind));
create table if not exists bills (bill_id text primary key, sequence integer not null,
    open_cents integer not null);
"""


class NotAnEvent(Exception):
    """The message does not keep the contract; reading it again would not help."""


def told(exchange: str, routing_key: str, body: bytes) -> list[Mapping[str, Any]]:
    """The events of a message: one, or an array of them when many waited together."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotAnEvent(f"{type(error).__name__}: {error}") from error
    events = message if isinstance(message, list) else [message]
    return [verified(exchange, routing_key, event) for event in events]


def verified(exchange: str, routing_key: str, event: Any) -> Mapping[str, Any]:
    """Check a CloudEvent's envelope before believing the data."""
    try:
        UUID(event["id"])
        owner = exchange.removesuffix(".events")
        checks = {
            "specversion": event["specversion"] == "1.0",
            "type": event["type"] == f"org.millage.{owner}.{routing_key}",
            "source": event["source"].endswith(f"/{owner}"),
            "sequence": int(event["sequence"]) >= 1,
            "subject": bool(event["subject"]),
            "data": isinstance(event["data"], dict),
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotAnEvent(f"{type(error).__name__}: {error}") from error
    if wrong := [name for name, holds in checks.items() if not holds]:
        raise NotAnEvent(f"{', '.join(wrong)} not as agreed")
    return event  # type: ignore[no-any-return]


def apply(store: sqlite3.Connection, event: Mapping[str, Any]) -> bool:
    """Give an event its effect once; false when it was seen before.

    The id and the effect are one transaction: that is what makes a second delivery harmless.
    """
    with store:
        new = store.execute("insert or ignore into seen values (?)", (event["id"],)).rowcount
        if not new:
            return False
        name, data = event["type"].split(".")[3], event["data"]
        if name == "BalanceChanged":
            # Whole state: the highest sequence of a subject wins, whenever it arrives.
            store.execute(
                "insert into bills values (?, ?, ?) on conflict (bill_id) do update set"
                " sequence = excluded.sequence, open_cents = excluded.open_cents"
                " where excluded.sequence > bills.sequence",
                (data["bill_id"], int(event["sequence"]), data["open_cents"]),
            )
        else:
            # A payment and its reversal add up to nothing in either order.
            sign = 1 if name == "PaymentPosted" else -1
            store.execute(
                "insert into receipts values (?, ?, ?)",
                (data["receipt_id"], name, sign * data["total_cents"]),
            )
    return True


def totals(store: sqlite3.Connection) -> tuple[int, int]:
    """Cents received net of reversals, and cents still open on the bills heard of."""
    received = store.execute("select coalesce(sum(cents), 0) from receipts").fetchone()[0]
    still_open = store.execute("select coalesce(sum(open_cents), 0) from bills").fetchone()[0]
    return received, still_open


def dollars(cents: int) -> str:
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}${whole:,}.{rest:02d}"


def declare(channel: Any) -> None:
    """Declare this system's own queue and bind it to the owners' exchanges; safe to repeat."""
    channel.exchange_declare(REJECTED, "fanout", durable=True)
    channel.queue_declare(REJECTED, durable=True, arguments={"x-queue-type": "quorum"})
    channel.queue_bind(REJECTED, REJECTED)
    limits = {"x-queue-type": "quorum", "x-delivery-limit": 5, "x-dead-letter-exchange": REJECTED}
    channel.queue_declare(QUEUE, durable=True, arguments=limits)
    for exchange, routing_key in WANTED:
        channel.queue_bind(QUEUE, exchange, routing_key)


class Subscriber:
    """Reads until told to stop, or until it has handled so many events."""

    def __init__(self, amqp_url: str, store: sqlite3.Connection, count: int) -> None:
        self._parameters = pika.URLParameters(amqp_url)
        self._store = store
        self._left = count
        self.stopping = False

    def run(self) -> None:
        """A broker that goes away is waited for; what was not acknowledged comes again."""
        while not self.stopping:
            try:
                self._consume()
            except ChannelClosedByBroker as error:
                sys.exit(f"the broker refuses: {error.reply_text}")
            except AMQPConnectionError as error:
                print(f"broker away, trying again: {error!r}", file=sys.stderr)
                time.sleep(2)

    def _consume(self) -> None:
        with pika.BlockingConnection(self._parameters) as connection:
            channel = connection.channel()
            declare(channel)
            channel.basic_qos(prefetch_count=50)
            print(f"listening on {QUEUE}", flush=True)
            for method, _properties, body in channel.consume(QUEUE, inactivity_timeout=0.5):
                if method is not None:
                    self._take(channel, method, body)
                if self.stopping:
                    channel.cancel()
                    return

    def _take(self, channel: Any, method: Any, body: bytes) -> None:
        try:
            events = told(method.exchange, method.routing_key, body)
            new = [apply(self._store, event) for event in events]
        except (NotAnEvent, KeyError, TypeError) as error:
            print(f"rejected: {error}", file=sys.stderr, flush=True)
            channel.basic_reject(method.delivery_tag, requeue=False)
            return
        channel.basic_ack(method.delivery_tag)  # only now: the effects are on disk
        for event, is_new in zip(events, new, strict=True):
            self._say(method.routing_key, event, "" if is_new else "  (seen before)")
            self._left -= 1
        self.stopping = self.stopping or self._left == 0

    def _say(self, routing_key: str, event: Mapping[str, Any], note: str) -> None:
        received, still_open = totals(self._store)
        print(
            f"{routing_key:<20} {event['subject'][-12:]}  received {dollars(received):>14}"
            f"  open {dollars(still_open):>14}{note}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=-1, help="end after so many events")
    parser.add_argument("--store", default=os.environ.get("SUBSCRIBER_STORE", "treasury.sqlite3"))
    given = parser.parse_args()
    amqp_url = os.environ.get("SUBSCRIBER_AMQP_URL") or sys.exit("set SUBSCRIBER_AMQP_URL")
    store = sqlite3.connect(given.store)
    store.executescript(TABLES)
    subscriber = Subscriber(amqp_url, store, given.count)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: setattr(subscriber, "stopping", True))
    subscriber.run()
    received, still_open = totals(store)
    print(f"received {dollars(received)}, open {dollars(still_open)}")
    store.close()


if __name__ == "__main__":
    main()
