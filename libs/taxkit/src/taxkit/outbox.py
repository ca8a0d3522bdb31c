"""The transactional outbox: events commit with the change they tell of."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection

from taxkit import together, topology
from taxkit.contracts import OutgoingEvent
from taxkit.rows import Columns
from taxkit.telemetry import trace_id_of

# One array a column: a batch of any size is one statement.
_INSERT = """
insert into outbox
    (event_id, exchange, routing_key, mandatory, subject, traceparent, trace_id, body)
select * from unnest(%(event_id)b::uuid[], %(exchange)b::text[], %(routing_key)b::text[],
                     %(mandatory)b::boolean[], %(subject)b::text[], %(traceparent)b::text[],
                     %(trace_id)b::uuid[], %(body)b::text[])
"""

# The relay's side: what waits, what the broker has confirmed, and how much and how long.
TAKE = """
select id, exchange, routing_key, mandatory, event_id, subject, traceparent, body
from outbox where published_at is null and routing_key <> all(%s::text[]) order by id limit %s
"""
MARK = "update outbox set published_at = clock_timestamp() where id = any(%b::bigint[])"
MEASURE = """
select count(*), coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)
from outbox where published_at is null
"""


def store(connection: Connection, county: str, events: Sequence[OutgoingEvent]) -> None:
    """Store events in the caller's transaction, in their order."""
    if events:
        together.execute(connection, _INSERT, columns(county, events))


COLUMNS = Columns(
    {
        "event_id": "uuid",
        "exchange": "text",
        "routing_key": "text",
        "mandatory": "boolean",
        "subject": "text",
        "traceparent": "text",
        "trace_id": "uuid",
        "body": "text",
    }
)


def columns(county: str, events: Sequence[OutgoingEvent]) -> dict[str, object]:
    """The events as one array a column, for a statement that inserts them among other rows."""
    return COLUMNS.params(rows(county, events))


def rows(county: str, events: Iterable[OutgoingEvent]) -> Iterator[tuple[object, ...]]:
    """The events as rows of COLUMNS, for COPY."""
    for event in events:
        yield (
            event.event_id,
            f"{event.type.owner}.events",
            event.type.routing_key,
            event.type.mandatory,
            event.subject,
            event.traceparent,
            trace_id_of(event.traceparent),
            event.body(county),
        )


def send_to_queue(connection: Connection, queue: str, body: str, traceparent: str) -> None:
    """Put one message on one queue through the outbox: how a parked message is replayed."""
    connection.exec_driver_sql(
        "insert into outbox (event_id, exchange, routing_key, mandatory, subject, traceparent,"
        " trace_id, body) values (gen_random_uuid(), %s, %s, true, %s, %s, %s, %s)",
        (
            topology.replay_exchange_of(topology.service_of(queue)),
            queue,
            f"queue/{queue}",
            traceparent,
            trace_id_of(traceparent),
            body,
        ),
    )
