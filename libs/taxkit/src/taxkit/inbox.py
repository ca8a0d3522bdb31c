"""The idempotent inbox: every event has its effect once, in order where order matters.

A batch is one transaction: claim the events, settle their order, hand them to the service's
handler, store what it emits. Claim and effect commit together, so redelivery changes nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import Any, Protocol

from sqlalchemy import Connection

from taxkit import ids, telemetry, together
from taxkit.arrays import packed
from taxkit.clock import Clock
from taxkit.contracts import EventType, IncomingEvent, OutgoingEvent, ReaderSchema
from taxkit.rows import Columns


class Ordering(StrEnum):
    """What a handler needs of the order in which one subject's events reach it."""

    # Its effects commute: any order gives the same result.
    ANY = "any"
    # Events carry whole state: older than what was applied is dropped, gaps do not matter.
    NEWEST = "newest"
    # Each event builds on the one before: one that came early waits for its predecessors.
    IN_SEQUENCE = "in_sequence"


class Traced(Protocol):
    """Whatever an event may follow from: another event, or a caller's command."""

    @property
    def traceparent(self) -> str: ...


@dataclass(slots=True)
class Work:
    """The surroundings of one batch: its transaction, the clock, and what it emits."""

    connection: Connection
    clock: Clock
    emitted: list[OutgoingEvent] = field(default_factory=list)

    def emit(
        self,
        event_type: EventType,
        subject: str,
        sequence: int,
        data: dict[str, Any],
        *,
        cause: Traced,
        partition_key: str = "",
    ) -> None:
        """Store an event with this transaction, in the trace of what caused it."""
        self.emitted.append(
            OutgoingEvent(
                event_id=ids.new_id(),
                type=event_type,
                subject=subject,
                sequence=sequence,
                time=self.clock.now(),
                data=data,
                traceparent=cause.traceparent or telemetry.current_traceparent(),
                partition_key=partition_key,
            )
        )


@dataclass(frozen=True, slots=True)
class Subscription:
    """One queue of a service: whose event, in which version, read how, handled by what."""

    owner: str
    # "PaymentPosted.v1": the routing key and the end of the CloudEvents type.
    event: str
    # The worker's method name: part of the queue's name.
    method: str
    schema: ReaderSchema
    # (app, work, events): called with the events of one batch, each subject's in order.
    handle: Callable[[Any, Work, Sequence[IncomingEvent]], None]
    ordering: Ordering = Ordering.ANY

    @property
    def type_name(self) -> str:
        return f"org.millage.{self.owner}.{self.event}"


@dataclass(frozen=True, slots=True)
class Sorted:
    """A batch after its order was settled."""

    # (method, events) in the order to run them.
    ready: Sequence[tuple[str, list[IncomingEvent]]]
    stale: int = 0
    waiting: int = 0


_CLAIMED = Columns(
    {"event_id": "uuid", "event_type": "text", "subject": "text", "trace_id": "uuid"}
)
_CLAIM = """
insert into inbox (event_id, handler, event_type, subject, trace_id)
select distinct on (e) e, %(handler)s, t, s, x
from unnest(%(event_id)b::uuid[], %(event_type)b::text[], %(subject)b::text[], %(trace_id)b::uuid[])
     as v (e, t, s, x)
order by e
on conflict do nothing
returning event_id
"""


# A no-op update on conflict locks the row and reads it in one statement, new or old.
_LOCK_POSITIONS = """
insert into inbox_positions (stream, subject, sequence)
select %(stream)s, s, 0 from unnest(%(subjects)b::text[]) as v (s) order by s
on conflict (stream, subject) do update set sequence = inbox_positions.sequence
returning subject, sequence
"""

_SET_POSITIONS = """
update inbox_positions p set sequence = v.q
from unnest(%(subjects)b::text[], %(sequences)b::bigint[]) as v (s, q)
where p.stream = %(stream)s and p.subject = v.s
"""


_READ_WAITING = """
select subject, sequence, handler, body from inbox_waiting
where stream = %(stream)s and subject = any(%(subjects)b::text[])
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """A batch as its transaction found it."""

    # What nobody claimed before, each once.
    fresh: list[IncomingEvent]
    # By subject, where order matters: the last that was applied.
    positions: dict[str, int]
    # (subject, sequence, method, body) of what came too early before, where events build on others.
    waiting: Sequence[tuple[Any, ...]]


def take(
    connection: Connection, subscription: Subscription, events: Sequence[IncomingEvent]
) -> Taken:
    """Claim events, and lock and read what their order depends on, in one round trip."""
    of_stream = {
        "stream": _stream_of(subscription),
        "subjects": packed("text", sorted({event.subject for event in events})),
    }
    asked = [
        (_CLAIM, _claim_params(subscription.method, events)),
        (_LOCK_POSITIONS, of_stream),
        (_READ_WAITING, of_stream),
    ]
    claimed, *rest = together.ask(connection, asked[: _QUESTIONS[subscription.ordering]])
    positions, waiting = [*rest, [], []][:2]
    return Taken(
        _each_once(events, {event_id for (event_id,) in claimed}),
        {subject: int(sequence) for subject, sequence in positions},
        waiting,
    )


_QUESTIONS = {Ordering.ANY: 1, Ordering.NEWEST: 2, Ordering.IN_SEQUENCE: 3}


def _stream_of(subscription: Subscription) -> str:
    """Whole states are in order for each handler by itself; what builds on others, by owner."""
    newest = subscription.ordering is Ordering.NEWEST
    return subscription.method if newest else subscription.owner


def _claim_params(method: str, events: Sequence[IncomingEvent]) -> dict[str, object]:
    return {"handler": method} | _CLAIMED.params(
        (event.event_id, event.type_name, event.subject, telemetry.trace_id_of(event.traceparent))
        for event in events
    )


def _each_once(events: Sequence[IncomingEvent], fresh: set[Any]) -> list[IncomingEvent]:
    first: list[IncomingEvent] = []
    for event in events:
        if event.event_id in fresh:
            fresh.discard(event.event_id)
            first.append(event)
    return first


def newest(connection: Connection, subscription: Subscription, taken: Taken) -> Sorted:
    """Keep what is not older than what was applied."""
    positions = taken.positions
    kept = []
    for event in sorted(taken.fresh, key=lambda event: event.sequence):
        if event.sequence > positions[event.subject]:
            positions[event.subject] = event.sequence
            kept.append(event)
    stream = _stream_of(subscription)
    _advance(connection, stream, {event.subject: positions[event.subject] for event in kept})
    ready = ((subscription.method, kept),) if kept else ()
    return Sorted(ready=ready, stale=len(taken.fresh) - len(kept))


def in_sequence(
    connection: Connection,
    subscription: Subscription,
    queue: str,
    taken: Taken,
    read_waiting: Callable[[str, str], IncomingEvent],
) -> Sorted:
    """Line each subject's events up behind its position; hold back what came too early."""
    stream, events, positions = _stream_of(subscription), taken.fresh, taken.positions
    start = dict(positions)
    held = {
        (subject, sequence): (method, read_waiting(method, body))
        for subject, sequence, method, body in taken.waiting
    }
    waited = set(held)
    stale = 0
    for event in events:
        if event.sequence <= positions[event.subject]:
            stale += 1
        else:
            held[event.subject, event.sequence] = (subscription.method, event)
    rounds: list[tuple[int, str, IncomingEvent]] = []
    for subject in positions:
        while (entry := held.pop((subject, positions[subject] + 1), None)) is not None:
            positions[subject] += 1
            rounds.append((positions[subject] - start[subject], *entry))
    early = [entry for entry in held.values() if entry[1] in events]
    _hold(connection, stream, queue, early)
    moved = {subject: at for subject, at in positions.items() if at > start[subject]}
    _advance(connection, stream, moved)
    if waited:
        _release(connection, stream, moved)
    return Sorted(ready=_in_rounds(rounds), stale=stale, waiting=len(early))


def _in_rounds(
    rounds: list[tuple[int, str, IncomingEvent]],
) -> list[tuple[str, list[IncomingEvent]]]:
    """Run every subject's first event, then every second: batches stay large, order holds."""
    rounds.sort(key=lambda entry: (entry[0], entry[1]))
    return [
        (method, [event for _, _, event in group])
        for method, group in groupby(rounds, key=lambda entry: entry[1])
    ]


def _advance(connection: Connection, stream: str, positions: dict[str, int]) -> None:
    if positions:
        together.execute(
            connection,
            _SET_POSITIONS,
            {
                "stream": stream,
                "subjects": packed("text", list(positions)),
                "sequences": packed("bigint", list(positions.values())),
            },
        )


def _hold(
    connection: Connection, stream: str, queue: str, early: Sequence[tuple[str, IncomingEvent]]
) -> None:
    if early:
        together.execute(
            connection,
            "insert into inbox_waiting (stream, subject, sequence, handler, queue, body)"
            " select %s, s, q, m, %s, b from unnest(%b::text[], %b::bigint[], %b::text[],"
            " %b::text[]) as v (s, q, m, b) on conflict do nothing",
            (
                stream,
                queue,
                [event.subject for _, event in early],
                [event.sequence for _, event in early],
                [method for method, _ in early],
                [event.body for _, event in early],
            ),
        )


def _release(connection: Connection, stream: str, moved: dict[str, int]) -> None:
    if moved:
        together.execute(
            connection,
            "delete from inbox_waiting w using unnest(%b::text[], %b::bigint[]) as v (s, q)"
            " where w.stream = %s and w.subject = v.s and w.sequence <= v.q",
            (list(moved), list(moved.values()), stream),
        )
