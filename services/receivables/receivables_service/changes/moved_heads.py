"""A bill's names after levy moved it: which parcel it is on and whose it is."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from receivables_service.tables import BillHead
from taxkit.rows import Columns

_NAMES = Columns({"bill_id": "uuid", "parcel_number": "text", "owner_name": "text"})
_KEEP_FORMER = f"""
insert into former_names (bill_id, parcel_number, owner_name)
select b.bill_id, b.parcel_number, b.owner_name
from bills b join {_NAMES.source} on v.bill_id = b.bill_id
where b.bill_number is not null
    and (b.parcel_number, b.owner_name) is distinct from (v.parcel_number, v.owner_name)
order by b.bill_id
"""


def follow(connection: Connection, known: BillHead, issued: BillHead) -> BillHead:
    """A bill as it is issued, on the parcel it was moved to if that was told before its issue."""
    if not known.moved_version:
        return issued
    row = connection.exec_driver_sql(
        "select * from bill_moves where bill_id = %s and bill_version = %s",
        (known.bill_id, known.moved_version),
    ).one()
    given = {
        "bill_version": row.bill_version,
        "parcel_number": row.parcel_number,
        "owner": {"name": row.owner_name, "email": row.owner_email},
    }
    return as_moved(issued._replace(moved_version=known.moved_version), given)


def as_moved(head: BillHead, given: Any) -> BillHead:
    """A later version may have told another owner already; where the bill is, only moves tell."""
    placed = head._replace(parcel_number=given["parcel_number"])
    if given["bill_version"] <= (head.bill_version or 0):
        return placed
    return placed._replace(
        bill_version=given["bill_version"],
        owner_name=given["owner"]["name"],
        owner_email=given["owner"]["email"],
    )


def keep_former(connection: Connection, heads: Sequence[BillHead]) -> None:
    """Keep the names that are about to be written over, for what was listed by them."""
    if heads:
        rows = [(head.bill_id, head.parcel_number, head.owner_name) for head in heads]
        connection.exec_driver_sql(_KEEP_FORMER, _NAMES.params(rows))


def name_then(seen: str) -> str:
    """SQL of the name a bill b had, w, when a reader had seen the changes, v, that it had."""
    return f"""lateral (select v.parcel_number, v.owner_name from former_names v
        where v.bill_id = b.bill_id and not {seen} order by v.number limit 1) w"""


def bills_on_parcel(seen: str) -> str:
    """SQL of the bills that were on a parcel on a day: by the moves, v, that a reader had seen."""
    return f"""
        select bill_id from bills
        where parcel_number = %(parcel_number)s and moved_version = 0
        union all
        select m.bill_id from (select distinct bill_id from bill_moves) m
        where %(parcel_number)s = coalesce(
            (select v.parcel_number from bill_moves v
                where v.bill_id = m.bill_id and v.moved_on <= %(as_of)s and {seen}
                order by v.bill_version desc limit 1),
            (select p.parcel_number from postings p
                where p.bill_id = m.bill_id and p.kind = 'issue'
                order by p.posting_id limit 1))"""


def parcel_is_known(connection: Connection, parcel_number: str) -> bool:
    """Whether any bill is on a parcel, or ever was."""
    return bool(
        connection.exec_driver_sql(
            "select exists (select from bills where parcel_number = %(parcel)s)"
            " or exists (select from bill_moves where parcel_number = %(parcel)s)"
            " or exists (select from bill_moves m join postings p using (bill_id)"
            " where p.kind = 'issue' and p.parcel_number = %(parcel)s)",
            {"parcel": parcel_number},
        ).scalar_one()
    )
