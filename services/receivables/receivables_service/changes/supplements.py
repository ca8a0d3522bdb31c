"""Which supplement last made or changed a bill, as levy tells it (RECV-063)."""

from collections.abc import Sequence

from taxkit.contracts import IncomingEvent
from taxkit.inbox import Work
from taxkit.rows import Columns

_NUMBERS = Columns({"bill_id": "uuid", "bill_version": "integer", "supplement_number": "integer"})
_NEWER = """
on conflict (bill_id) do update set bill_version = excluded.bill_version,
    supplement_number = excluded.supplement_number
where excluded.bill_version > bill_supplements.bill_version
"""


def note(work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep the numbers that events tell; of most bills there is none, and nothing is written."""
    told = [event.data for event in events if event.data["supplement_number"] is not None]
    newest = {one["bill_id"]: one for one in sorted(told, key=lambda one: one["bill_version"])}
    rows = [
        (bill_id, one["bill_version"], one["supplement_number"])
        for bill_id, one in sorted(newest.items())
    ]
    _NUMBERS.insert(work.connection, "bill_supplements", rows, _NEWER)
