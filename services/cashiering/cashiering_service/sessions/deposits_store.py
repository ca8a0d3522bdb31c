"""Cashiering's SQL for deposits and a day's balance."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service.domain.deposits import ClosedDrawer, deposit_number
from taxkit.rows import Columns

_DRAWERS = """
select s.session_id, s.is_open, s.business_date, coalesce(c.over_short_cents, s.over_short_cents, 0)
    as over_short_cents, coalesce(c.counts, s.counts, '{}') as counts,
    c.session_id is not null as is_recounted, d.deposited_on, d.place
from sessions s
left join session_recounts c using (session_id)
left join deposit_sessions ds using (session_id)
left join deposits d using (deposit_id)
where s.session_id = any(%b::uuid[])
order by s.session_id
"""


def lock_drawers(connection: Connection, session_ids: Sequence[UUID]) -> list[ClosedDrawer]:
    """The sessions of these ids, locked in the order of their ids, then read."""
    wanted = (sorted(session_ids),)
    connection.exec_driver_sql(
        "select session_id from sessions where session_id = any(%b::uuid[])"
        " order by session_id for update",
        wanted,
    )
    return [
        ClosedDrawer(
            row.session_id,
            row.is_open,
            row.business_date,
            row.over_short_cents,
            row.counts,
            row.is_recounted,
            deposit_number(row.deposited_on, row.place) if row.place else None,
        )
        for row in connection.exec_driver_sql(_DRAWERS, wanted)
    ]


def next_place(connection: Connection, deposited_on: date) -> int:
    """The day's next number; whoever else asks waits until this deposit stands or fell."""
    connection.exec_driver_sql(
        "select pg_advisory_xact_lock(hashtext(%s))", (f"deposits of {deposited_on}",)
    )
    found: int = connection.exec_driver_sql(
        "select 1 + count(*) from deposits where deposited_on = %s", (deposited_on,)
    ).scalar_one()
    return found


def insert(
    connection: Connection,
    row: Mapping[str, object],
    drawers: Sequence[ClosedDrawer],
    tenders: Mapping[str, int],
) -> None:
    connection.exec_driver_sql(
        "insert into deposits (deposit_id, deposited_on, place, bank_reference, total_cents,"
        " made_by, trace_id, recorded_at) values (%(deposit_id)s, %(deposited_on)s, %(place)s,"
        " %(bank_reference)s, %(total_cents)s, %(made_by)s, %(trace_id)s, %(recorded_at)s)",
        row,
    )
    deposit_id = row["deposit_id"]
    Columns({"session_id": "uuid", "deposit_id": "uuid", "total_cents": "bigint"}).insert(
        connection,
        "deposit_sessions",
        [(one.session_id, deposit_id, one.total_cents) for one in drawers],
    )
    Columns({"deposit_id": "uuid", "tender_type": "text", "amount_cents": "bigint"}).insert(
        connection,
        "deposit_tenders",
        [(deposit_id, kind, cents) for kind, cents in tenders.items()],
    )


_DEPOSITS = """
select d.*,
    (select jsonb_object_agg(tender_type, amount_cents) from deposit_tenders t
     where t.deposit_id = d.deposit_id) as tenders,
    (select array_agg(session_id order by session_id) from deposit_sessions s
     where s.deposit_id = d.deposit_id) as session_ids
from deposits d
"""


def deposit(connection: Connection, deposit_id: UUID) -> Any:
    return connection.exec_driver_sql(
        f"{_DEPOSITS} where deposit_id = %s", (deposit_id,)
    ).one_or_none()


def numbered(connection: Connection, deposited_on: date, place: int) -> Any:
    return connection.exec_driver_sql(
        f"{_DEPOSITS} where deposited_on = %s and place = %s", (deposited_on, place)
    ).one_or_none()


def deposits(connection: Connection, first: date, last: date) -> Sequence[Any]:
    return connection.exec_driver_sql(
        f"{_DEPOSITS} where deposited_on between %s and %s order by deposited_on, place",
        (first, last),
    ).all()


_DAY = """
select s.session_id, s.till_code, s.cashier, s.is_open,
    coalesce(c.over_short_cents, s.over_short_cents, 0) as over_short_cents,
    c.session_id is not null as is_recounted, d.deposited_on, d.place,
    count(r.receipt_id) filter (where v.receipt_id is null) as receipts,
    coalesce(sum(r.total_cents) filter (where v.receipt_id is null), 0)::bigint as total_cents,
    coalesce(sum(r.total_cents) filter (where v.receipt_id is not null), 0)::bigint
        as reversed_cents
from sessions s
left join receipts r using (session_id)
left join reversals v using (receipt_id)
left join session_recounts c on c.session_id = s.session_id
left join deposit_sessions ds on ds.session_id = s.session_id
left join deposits d using (deposit_id)
where s.business_date = %s
group by s.session_id, c.session_id, c.over_short_cents, d.deposited_on, d.place
order by s.till_code, s.session_number
"""


def day_sessions(connection: Connection, business_date: date) -> Sequence[Any]:
    return connection.exec_driver_sql(_DAY, (business_date,)).all()


def day_tenders(connection: Connection, business_date: date) -> dict[str, int]:
    """What a day was paid with, by tender type; surplus and escrow lie in no drawer."""
    rows = connection.exec_driver_sql(
        "with kept as (select receipt_id, change_cents from receipts r where business_date = %(d)s"
        "  and not exists (select from reversals v where v.receipt_id = r.receipt_id))"
        " select tender_type, sum(cents)::bigint as cents from ("
        "  select tender_type, amount_cents as cents from tenders join kept using (receipt_id)"
        "  union all select 'cash', -change_cents from kept where change_cents > 0) as one"
        " group by tender_type order by tender_type",
        {"d": business_date},
    )
    return {row.tender_type: row.cents for row in rows}


def day_deposited(connection: Connection, business_date: date) -> int:
    found: int = connection.exec_driver_sql(
        "select coalesce(sum(ds.total_cents), 0)::bigint from deposit_sessions ds"
        " join sessions s using (session_id) where s.business_date = %s",
        (business_date,),
    ).scalar_one()
    return found
