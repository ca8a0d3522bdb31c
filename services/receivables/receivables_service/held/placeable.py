"""Bills that owe while money is held on them: one Reallocate places it, once somebody asks."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

# Money that somebody claims or has reserved is left to its case.
_PLACEABLE = """
select b.bill_id, b.bill_number, b.parcel_number, sum(h.open_cents)::bigint as held_cents,
    b.open_cents
from held_items h join bills b using (bill_id)
where h.kind = 'surplus' and h.open_cents > 0 and b.open_cents > 0 and b.bill_number is not null
group by b.bill_id having bool_and(h.state = 'open')
order by b.bill_number limit %s
"""


def placeable(connection: Connection, limit: int) -> Sequence[Any]:
    """Bills with what is held on each and what it owes, by their numbers."""
    return connection.exec_driver_sql(_PLACEABLE, (limit,)).all()
