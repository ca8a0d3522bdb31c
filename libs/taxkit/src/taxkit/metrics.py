"""The metrics every service exposes, by the names dashboards and alert rules use."""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15, 60, 300)

OUTBOX_UNPUBLISHED = Gauge("millage_outbox_unpublished", "Events committed and not yet published")
OUTBOX_OLDEST_SECONDS = Gauge(
    "millage_outbox_oldest_seconds", "Age of the oldest unpublished event"
)
EVENTS_PUBLISHED = Counter("millage_events_published", "Events confirmed by the broker", ["event"])
EVENTS_RETURNED = Counter("millage_events_returned", "Events no queue was bound for")
INBOX_EVENTS = Counter(
    "millage_inbox_events",
    "Events by what became of them: applied, duplicate, stale, waiting, parked",
    ["handler", "outcome"],
)
INBOX_AGE_SECONDS = Histogram(
    "millage_inbox_age_seconds", "From an event's time to its effect", ["handler"], buckets=_SECONDS
)
HANDLER_SECONDS = Histogram(
    "millage_handler_seconds",
    "Time of one batch, transaction included",
    ["handler"],
    buckets=_SECONDS,
)
HANDLER_BATCH_SIZE = Histogram(
    "millage_handler_batch_size",
    "Events in one batch",
    ["handler"],
    buckets=(1, 2, 5, 10, 20, 50, 100, 200),
)
PARKED_MESSAGES = Gauge("millage_parked_messages", "Messages parked for a person")
RPC_SECONDS = Histogram(
    "millage_rpc_seconds",
    "Time of one call by its status code",
    ["method", "code"],
    buckets=_SECONDS,
)
MONEY_CENTS = Gauge("millage_money_cents", "Money by state, in cents", ["state"])
TIEOUT_DIFFERENCE_CENTS = Gauge(
    "millage_tieout_difference_cents", "Cents by which two legs of the tie-out differ", ["leg"]
)
DB_POOL_IN_USE = Gauge("millage_db_pool_in_use", "Database connections in use")
