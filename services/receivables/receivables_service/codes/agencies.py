"""Which agencies have a part of a bill: as levy told it with the bill's newest version."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from taxkit import together
from taxkit.contracts import IncomingEvent
from taxkit.inbox import Work
from taxkit.rows import Columns

_ROWS = Columns({"bill_id": "uuid", "bill_version": "integer", "agencies": "jsonb"})
# An array of arrays would have to be of one width: the codes come as JSON.
_KEEP = f"""
insert into bill_agencies (bill_id, bill_version, agencies)
select distinct on (v.bill_id) v.bill_id, v.bill_version,
    array(select jsonb_array_elements_text(v.agencies))
from {_ROWS.source} order by v.bill_id, v.bill_version desc
on conflict (bill_id) do update
    set bill_version = excluded.bill_version, agencies = excluded.agencies
    where excluded.bill_version > bill_agencies.bill_version
"""


def keep(work: Work, events: Sequence[IncomingEvent]) -> None:
    """Note the agencies of bills that were made or corrected, in any order (RECV-060)."""
    rows = [
        (given["bill_id"], given["bill_version"], Jsonb(codes))
        for given in (event.data for event in events)
        if (codes := _codes(given["components"]))
    ]
    if rows:
        rows.sort(key=lambda row: row[0])
        together.execute(work.connection, _KEEP, _ROWS.params(rows))


def of_bills(connection: Connection, bill_ids: Sequence[UUID]) -> dict[UUID, frozenset[str]]:
    rows = connection.exec_driver_sql(
        "select bill_id, agencies from bill_agencies where bill_id = any(%s::uuid[])",
        (list(bill_ids),),
    )
    return {row.bill_id: frozenset(row.agencies) for row in rows}


def _codes(components: Iterable[Mapping[str, Any]]) -> list[str]:
    return sorted({one["agency_code"] for one in components})
