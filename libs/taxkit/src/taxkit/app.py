"""What a service process is made of: settings, database, clock, law, consumer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from taxkit import config, db
from taxkit.clock import Clock, SystemClock, zone_named
from taxkit.config import Settings
from taxkit.consumer import Consumer
from taxkit.contracts import EventType
from taxkit.inbox import Subscription
from taxkit.jurisdiction import zone_of


@dataclass(slots=True)
class PrunedTo:
    """The pages at which housekeeping goes on looking for what is old."""

    inbox: int = 0
    keys: int = 0


@dataclass
class App:
    """One process's surroundings; a service extends it with its law and its read copies."""

    settings: Any
    database: db.Database
    clock: Clock
    service: str
    consumer: Consumer = field(init=False)
    # Append-only tables over which no chain is made.
    unsealed: Sequence[str] = field(init=False, default=())
    # Commands whose idempotency keys never end.
    lasting_keys: Sequence[str] = field(init=False, default=())
    pruned_to: PrunedTo = field(init=False, default_factory=PrunedTo)
    # The process is told to end: what the next one may do as well is left to it.
    leaving: bool = field(init=False, default=False)
    # What else the process must end before the database goes, in this order.
    closers: list[Callable[[], None]] = field(init=False, default_factory=list)

    def close(self) -> None:
        self.consumer.stopping = True
        for close in self.closers:
            close()
        self.database.close()


def county_clock(settings: Any) -> SystemClock:
    """The wall clock where the county is: as it is told itself, else as its pack says."""
    if settings.time_zone:
        return SystemClock(zone_named(settings.time_zone))
    return SystemClock(zone_of(Path(settings.jurisdictions_dir, settings.jurisdiction)))


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """What taxkit needs to know of a service to run any of its roles."""

    name: str
    # Settings -> App (or a subclass), without its consumer.
    build: Callable[[Any, db.Database, Clock], App]
    subscriptions: Sequence[Subscription]
    publishes: Sequence[EventType]
    settings: type[Any] = Settings
    # Append-only tables whose rows follow from others' and could be made again (taxkit.audit).
    unsealed: Sequence[str] = ()
    # Commands whose idempotency key is made of a file's content: it may come again after years.
    lasting_keys: Sequence[str] = ()

    def app(
        self, settings: Any | None = None, *, clock: Clock | None = None, role: str = "worker"
    ) -> App:
        """Build the application of one process."""
        given = settings or config.load(self.settings)
        # A worker runs one transaction a handler at a time; an api as many as its threads need.
        pool = 8 if role == "api" else len(self.subscriptions) + 4
        database = db.Database(
            given.database_url, pool_size=pool, application=f"{self.name} {role}"
        )
        built = self.build(given, database, clock or county_clock(given))
        built.unsealed = self.unsealed
        built.lasting_keys = self.lasting_keys
        built.consumer = Consumer(
            self.name,
            built,
            database=database,
            clock=built.clock,
            county=given.county,
            subscriptions=self.subscriptions,
        )
        return built
