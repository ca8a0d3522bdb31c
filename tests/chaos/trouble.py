"""What goes wrong: any process, the broker, the database; and the same news twice, out of order."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from county import County

from devkit.roster import ALL_ROLES, SERVICES

_COPIES = 400


@dataclass(frozen=True)
class Trouble:
    """A misfortune by name."""

    title: str
    strike: Callable[[], object]


def kill(county: County, service: str, role: str) -> Trouble:
    return Trouble(f"kill -9 {service} {role}", lambda: county.stack.kill(service, role))


def duplicate(county: County, chance: random.Random) -> Trouble:
    """Copies of events published before, shuffled, beside the relays."""

    def strike() -> None:
        for service in SERVICES:
            events = county.outbox(service)
            copies = chance.sample(events, k=min(len(events), _COPIES))
            chance.shuffle(copies)
            county.publish_as(service, copies)

    return Trouble(f"up to {_COPIES} events of each service again, out of order", strike)


def broker_killed(county: County) -> Trouble:
    return Trouble("kill -9 RabbitMQ", county.stack.kill_broker)


def broker_restarted(county: County) -> Trouble:
    return Trouble("restart RabbitMQ", county.stack.restart_broker)


def database_killed(county: County) -> Trouble:
    return Trouble("kill -9 PostgreSQL", county.stack.kill_database)


def database_restarted(county: County) -> Trouble:
    return Trouble("restart PostgreSQL", county.stack.restart_database)


def short(county: County, chance: random.Random) -> list[Trouble]:
    """A handful that has hit every kind of part once."""
    return [
        kill(county, "receivables", "worker"),
        kill(county, "receivables", "relay"),
        kill(county, "cashiering", "api"),
        duplicate(county, chance),
        broker_killed(county),
        kill(county, "distribution", "worker"),
        kill(county, "cashiering", "relay"),
        database_killed(county),
        kill(county, "notifications", "worker"),
        duplicate(county, chance),
        kill(county, "cashiering", "worker"),
    ]


def rounds(county: County, chance: random.Random) -> Iterator[list[Trouble]]:
    """Every role of every service and both servers, in a new order each time, for ever."""
    while True:
        found = [kill(county, one.service, one.role) for one in ALL_ROLES]
        found += [broker_killed(county), broker_restarted(county)]
        found += [database_killed(county), database_restarted(county)]
        found += [duplicate(county, chance) for _ in range(3)]
        chance.shuffle(found)
        yield found


def strike_all(troubles: list[Trouble], seconds: float, say: Callable[[str], None]) -> None:
    """Spread over the time; the last one leaves as much time as the others."""
    began, gap = time.monotonic(), seconds / (len(troubles) + 1)
    for number, trouble in enumerate(troubles, start=1):
        time.sleep(max(began + number * gap - time.monotonic(), 0.2))
        say(trouble.title)
        trouble.strike()
    time.sleep(max(began + seconds - time.monotonic(), 0.2))
