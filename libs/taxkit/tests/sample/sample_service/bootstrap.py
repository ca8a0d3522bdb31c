"""The sample service: one handler for each ordering, and notes that make trouble on request."""

import os
import time
from collections.abc import Sequence
from functools import partial

from sample_service.events import HEARD, NOTED, NoteData
from taxkit.app import App, ServiceSpec
from taxkit.contracts import IncomingEvent
from taxkit.errors import Permanent
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.rows import Columns

_EFFECTS = Columns({"handler": "text", "subject": "text", "sequence": "bigint", "note": "text"})


def note(method: str, _app: App, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Note every event; the words refuse, crash, overflow, die and slow do what they say."""
    rows = [(method, event.subject, event.sequence, event.data["note"]) for event in events]
    _EFFECTS.insert(work.connection, "effects", rows)
    for event in events:
        match event.data["note"].split(" ")[0]:
            case "refuse":
                raise Permanent("SAMPLE_REFUSED", "a note may not say refuse")
            case "crash":
                raise RuntimeError("a handler's own mistake")
            case "die":
                os._exit(9)
            case "overflow":
                work.connection.exec_driver_sql("select 2147483648::bigint::integer")
            case "slow":
                time.sleep(1.5)
        work.emit(NOTED, event.subject, event.sequence, dict(event.data), cause=event)


def subscription(event: str, ordering: Ordering) -> Subscription:
    method = f"on_{event.lower()}"
    handle = partial(note, method)
    return Subscription("source", f"{event}.v1", method, NoteData(), handle, ordering)


ADDED = subscription("Added", Ordering.ANY)
STATED = subscription("Stated", Ordering.NEWEST)
BEGUN = subscription("Begun", Ordering.IN_SEQUENCE)
ENDED = subscription("Ended", Ordering.IN_SEQUENCE)

SPEC = ServiceSpec(
    name="sample",
    build=lambda settings, database, clock: App(settings, database, clock, "sample"),
    subscriptions=(ADDED, STATED, BEGUN, ENDED),
    publishes=(NOTED, HEARD),
    unsealed=("made",),
)
