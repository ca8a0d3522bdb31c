"""Names and arguments of exchanges and queues: the same for the deploy job and every worker."""

import time
from collections.abc import Sequence

import pika

from taxkit import broker, logs

_log = logs.get(__name__)
_TRIES = 10
DELIVERY_LIMIT = 5


def exchange_of(service: str) -> str:
    return f"{service}.events"


def dead_letter_exchange_of(service: str) -> str:
    return f"{service}.dlx"


def replay_exchange_of(service: str) -> str:
    """Where a service puts a parked message back on one of its own queues, named by the key."""
    return f"{service}.replay"


def service_of(queue: str) -> str:
    """The service whose queue this is."""
    return queue.rsplit("--", 1)[1].split(".", 1)[0]


def dead_letter_queue_of(service: str) -> str:
    return f"evt-parking--{service}.dead_letters"


def queue_of(owner: str, routing_key: str, service: str, method: str) -> str:
    """Nameko's own naming, so that its tools and people find what they expect."""
    return f"evt-{owner}-{routing_key}--{service}.{method}"


def queue_arguments(service: str, queue: str) -> dict[str, object]:
    """What a queue is declared with; constant, because a change would need a new queue."""
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": dead_letter_exchange_of(service),
        "x-dead-letter-routing-key": queue,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


def dead_letter_arguments() -> dict[str, object]:
    return {"x-queue-type": "quorum"}


def declare(
    amqp_url: str,
    service: str,
    subscriptions: Sequence[tuple[str, str, str]],
    *,
    ca_file: str = "",
) -> None:
    """Declare a service's exchange, dead letters and queues: (owner, routing key, method) each.

    An owner's exchange is declared by the owner; it must be there before its consumers bind.
    """
    for left in range(_TRIES - 1, -1, -1):
        try:
            with pika.BlockingConnection(
                broker.parameters(amqp_url, ca_file=ca_file)
            ) as connection:
                _declare(connection, service, subscriptions)
                return
        except pika.exceptions.AMQPConnectionError as error:
            # A broker that has just begun may give up on a queue; declaring again is harmless.
            if not left:
                raise
            _log.warning("broker connection lost, declaring again", error=repr(error)[:300])
            time.sleep(1)


def _declare(
    connection: pika.BlockingConnection, service: str, subscriptions: Sequence[tuple[str, str, str]]
) -> None:
    channel = connection.channel()
    channel.exchange_declare(exchange_of(service), "topic", durable=True)
    channel.exchange_declare(dead_letter_exchange_of(service), "topic", durable=True)
    channel.exchange_declare(replay_exchange_of(service), "direct", durable=True)
    parking = dead_letter_queue_of(service)
    channel.queue_declare(parking, durable=True, arguments=dead_letter_arguments())
    channel.queue_bind(parking, dead_letter_exchange_of(service), "#")
    for owner, routing_key, method in subscriptions:
        queue = queue_of(owner, routing_key, service, method)
        channel.queue_declare(queue, durable=True, arguments=queue_arguments(service, queue))
        channel.queue_bind(queue, replay_exchange_of(service), queue)
        _bind_when_there(connection, queue, exchange_of(owner), routing_key)


def _bind_when_there(
    connection: pika.BlockingConnection, queue: str, exchange: str, routing_key: str
) -> None:
    """Bind to another service's exchange, waiting for its owner to declare it first."""
    for left in range(240, -1, -1):
        channel = connection.channel()
        try:
            channel.queue_bind(queue, exchange, routing_key)
        except pika.exceptions.ChannelClosedByBroker as error:
            if error.reply_code != broker.NOT_FOUND or left == 0:
                raise
            connection.sleep(0.5)
        else:
            channel.close()
            return
