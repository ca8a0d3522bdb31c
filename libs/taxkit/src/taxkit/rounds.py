"""What a relay remembers of a round, and of events nobody was there to hear."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from taxkit import metrics
from taxkit.batches import Message

_SHUNNED_SECONDS = 5.0


@dataclass(slots=True)
class Round:
    """Rows of one round that await their confirms."""

    rows: Sequence[Any]
    confirmed: list[int] = field(default_factory=list)
    nacked: int = 0
    # Ids whose message came back: no queue was bound.
    returned: set[str] = field(default_factory=set)
    unpublishable: int = 0
    # Routing keys of those.
    unheard: set[str] = field(default_factory=set)

    @property
    def settled(self) -> bool:
        return len(self.confirmed) + self.nacked + self.unpublishable == len(self.rows)

    def settle(self, message: Message, message_id: str, *, confirmed: bool) -> None:
        """Take one confirm; a message that came back is confirmed, too, and yet not published."""
        count = len(message.rows)
        if not confirmed:
            self.nacked += count
        elif message_id in self.returned:
            self.unpublishable += count
            self.unheard.add(message.routing_key)
        else:
            self.confirmed += [row[0] for row in message.rows]
            label = "replay" if message.exchange.endswith(".replay") else message.routing_key
            metrics.EVENTS_PUBLISHED.labels(label).inc(count)


@dataclass(slots=True)
class Shunned:
    """Routing keys left out for a while: a window full of them would stop all others."""

    until: dict[str, float] = field(default_factory=dict)

    def add(self, routing_keys: set[str]) -> None:
        due = time.monotonic() + _SHUNNED_SECONDS
        self.until.update(dict.fromkeys(routing_keys, due))

    def now(self) -> list[str]:
        """Those still left out."""
        moment = time.monotonic()
        self.until = {key: due for key, due in self.until.items() if due > moment}
        return sorted(self.until)
