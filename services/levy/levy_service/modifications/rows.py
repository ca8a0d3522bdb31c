"""Levy's SQL for drafts of modifications."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from levy_service.domain.modification import Standing
from taxkit.rows import Columns

_DRAFTED = Columns(
    {
        "modification_id": "uuid",
        "bill_id": "uuid",
        "bill_version": "integer",
        "chosen": "boolean",
    }
)
_EDITED = Columns(
    {
        "bill_id": "uuid",
        "net_value_dollars": "bigint",
        "total_cents": "bigint",
        "due_on": "date",
        "bill_code": "text",
    }
)
_FEES = Columns({"modification_id": "uuid", "bill_id": "uuid", "charge_code": "text"})
_FEE_AMOUNTS = Columns(
    {"bill_id": "uuid", "charge_code": "text", "amount_cents": "bigint", "new_cents": "bigint"}
)
_NEW_VERSIONS = Columns({"bill_id": "uuid", "new_version": "integer"})
_NEWEST = """
not exists (select from bills n where n.bill_id = b.bill_id and n.bill_version > b.bill_version)
"""
_BILLS = """
select b.*, p.payment_state, p.open_cents, p.fees as told_fees, p.bill_version as told_version,
    p.installments as told_installments, r.rate_unit, r.bill_class,
    register.value_steps
from bills b join rolls r using (roll_id) left join bill_payments p using (bill_id)
left join parcels register on register.tax_year = b.tax_year
    and register.parcel_number = b.parcel_number
"""


# Something is past due and open: as the ledger told of the bill, else as it was issued.
_LATE = """
case when p.installments is not null
    then exists (select from jsonb_array_elements(p.installments) t
        where (t ->> 1)::date < %(today)s and (t ->> 3)::bigint > 0)
    else exists (select from installments i where i.bill_id = b.bill_id
        and i.bill_version = b.bill_version and i.due_on < %(today)s and i.amount_cents > 0)
end
"""
_STANDING = {
    Standing.ALL: "true",
    Standing.DELINQUENT: f"({_LATE})",
    Standing.CURRENT: f"not ({_LATE})",
}


def candidates(
    connection: Connection,
    wanted: Mapping[str, object],
    standing: tuple[Standing, date],
    limit: int,
) -> Sequence[Any]:
    """Bills in their newest version, by taxpayer or parcel, how they stand on a day, and more."""
    which, today = standing
    conditions = [_NEWEST, _STANDING[which]]
    if wanted["taxpayer"]:
        conditions.append("lower(b.owner_name) = lower(%(taxpayer)s)")
    conditions += [
        f"b.{name} = %({name})s"
        for name in ("parcel_number", "tax_year", "tax_code")
        if wanted[name]
    ]
    if wanted["agency_code"]:
        conditions.append(
            "exists (select from bill_lines l where l.bill_id = b.bill_id"
            " and l.bill_version = b.bill_version and l.agency_code = %(agency_code)s)"
        )
    return connection.exec_driver_sql(
        f"{_BILLS} where {' and '.join(conditions)}"
        " order by b.tax_year, b.parcel_number, b.part, b.bill_id limit %(limit)s",
        {**wanted, "today": today, "limit": limit},
    ).all()


def of_statements(connection: Connection, statements: Iterable[tuple[str, int]]) -> Sequence[Any]:
    """All bills, newest version, of some parcels' years."""
    parcels, years = zip(*sorted(set(statements)), strict=True)
    return connection.exec_driver_sql(
        "select b.bill_id, b.bill_version, b.bill_number, b.parcel_number, b.tax_year from bills b"
        " join unnest(%s::text[], %s::integer[]) as v (parcel_number, tax_year)"
        f" using (parcel_number, tax_year) where {_NEWEST} order by b.bill_id",
        (list(parcels), list(years)),
    ).all()


def in_versions(connection: Connection, versions: Iterable[tuple[UUID, int]]) -> Sequence[Any]:
    """Bills, each in the version named."""
    bill_ids, numbers = zip(*versions, strict=True)
    return connection.exec_driver_sql(
        f"{_BILLS} join unnest(%s::uuid[], %s::integer[]) as v (bill_id, bill_version)"
        " on v.bill_id = b.bill_id and v.bill_version = b.bill_version"
        " order by b.tax_year, b.parcel_number, b.part, b.bill_id",
        (list(bill_ids), list(numbers)),
    ).all()


def insert(connection: Connection, row: Mapping[str, object]) -> None:
    names = list(row)
    connection.exec_driver_sql(
        f"insert into modifications ({', '.join(names)})"
        f" values ({', '.join(f'%({name})s' for name in names)})",
        row,
    )


def add_bills(
    connection: Connection,
    modification_id: UUID,
    bills: Iterable[tuple[UUID, int]],
    *,
    chosen: bool,
) -> None:
    rows = [(modification_id, bill_id, version, chosen) for bill_id, version in bills]
    _DRAFTED.insert(connection, "modification_bills", rows)


def add_fees(
    connection: Connection, modification_id: UUID, fees: Iterable[tuple[UUID, str]]
) -> None:
    rows = [(modification_id, bill_id, code) for bill_id, code in fees]
    _FEES.insert(connection, "modification_fees", rows)


def fees_of(connection: Connection, modification_id: UUID) -> Sequence[Any]:
    """A draft's fees with the newest version of their bills."""
    return connection.exec_driver_sql(
        "select f.*, (select max(b.bill_version) from bills b where b.bill_id = f.bill_id)"
        " as newest_version from modification_fees f where f.modification_id = %s"
        " order by f.bill_id, f.charge_code",
        (modification_id,),
    ).all()


def keep_new_amounts(
    connection: Connection, modification_id: UUID, fees: Sequence[tuple[UUID, str, int, int]]
) -> None:
    """What a finished modification found of its fees, and what it made of them."""
    connection.exec_driver_sql(
        "update modification_fees d set amount_cents = v.amount_cents, new_cents = v.new_cents"
        f" from {_FEE_AMOUNTS.source} where d.modification_id = %(modification_id)s"
        " and d.bill_id = v.bill_id and d.charge_code = v.charge_code",
        {**_FEE_AMOUNTS.params(fees), "modification_id": modification_id},
    )


def draft(connection: Connection, modification_id: UUID, *, lock: bool) -> Any:
    """A draft with who opened and finished it; locked, others wait for its next revision."""
    if lock:
        connection.exec_driver_sql(
            "select from modifications where modification_id = %s for update", (modification_id,)
        )
    return connection.exec_driver_sql(
        f"{_DRAFTS} where m.modification_id = %s", (modification_id,)
    ).one_or_none()


_DRAFTS = """
select m.*, o.done_by as opened_by, o.recorded_at as opened_at, f.done_by as finished_by,
    f.recorded_at as finished_at
from modifications m
join modification_steps o on o.modification_id = m.modification_id and o.revision = 1
left join modification_steps f on f.modification_id = m.modification_id and f.step = 'finished'
"""


def drafts_page(
    connection: Connection, status: str, before: UUID | None, limit: int
) -> Sequence[Any]:
    """Drafts, the newest first: ids grow with time."""
    return connection.exec_driver_sql(
        f"{_DRAFTS} where (%(status)s = '' or m.status = %(status)s)"
        " and (%(before)s::uuid is null or m.modification_id < %(before)s::uuid)"
        " order by m.modification_id desc limit %(limit)s",
        {"status": status, "before": before, "limit": limit},
    ).all()


def bills_of(connection: Connection, modification_id: UUID) -> Sequence[Any]:
    """A draft's bills with their edits, and the newest version of each."""
    return connection.exec_driver_sql(
        "select d.*, (select max(b.bill_version) from bills b where b.bill_id = d.bill_id)"
        " as newest_version from modification_bills d where d.modification_id = %s",
        (modification_id,),
    ).all()


def held(connection: Connection, modification_id: UUID) -> UUID | None:
    """The change that will finish a draft once nothing holds its bills; the first of several."""
    found: UUID | None = connection.exec_driver_sql(
        "select h.change_id from held_changes h where h.kind = 'modification'"
        " and h.body ->> 'modification_id' = %s and not exists"
        " (select from held_change_outcomes o where o.change_id = h.change_id)"
        " order by h.place limit 1",
        (str(modification_id),),
    ).scalar_one_or_none()
    return found


def edit(connection: Connection, modification_id: UUID, edits: Sequence[Sequence[object]]) -> None:
    """Put bills' edits in place of those before: (bill, net value, total, due on, bill code)."""
    connection.exec_driver_sql(
        "update modification_bills d set net_value_dollars = v.net_value_dollars,"
        " total_cents = v.total_cents, due_on = v.due_on, bill_code = v.bill_code"
        f" from {_EDITED.source}"
        " where d.modification_id = %(modification_id)s and d.bill_id = v.bill_id",
        {**_EDITED.params(edits), "modification_id": modification_id},
    )


def drop_edits(connection: Connection, modification_id: UUID) -> None:
    """Leave a draft's chosen bills without an edit, and only them."""
    connection.exec_driver_sql(
        "delete from modification_bills where modification_id = %s and not chosen",
        (modification_id,),
    )
    connection.exec_driver_sql(
        "update modification_bills set net_value_dollars = null, total_cents = null,"
        " due_on = null, bill_code = null where modification_id = %s",
        (modification_id,),
    )


def keep_new_versions(
    connection: Connection, modification_id: UUID, versions: Sequence[tuple[UUID, int]]
) -> None:
    connection.exec_driver_sql(
        f"update modification_bills d set new_version = v.new_version from {_NEW_VERSIONS.source}"
        " where d.modification_id = %(modification_id)s and d.bill_id = v.bill_id",
        {**_NEW_VERSIONS.params(versions), "modification_id": modification_id},
    )


def advance(
    connection: Connection, modification_id: UUID, status: str, step: Mapping[str, object]
) -> None:
    """Give a draft its next revision, and keep who made it."""
    connection.exec_driver_sql(
        "with moved as (update modifications set status = %(status)s, revision = revision + 1"
        " where modification_id = %(modification_id)s returning revision)"
        " insert into modification_steps select %(modification_id)s, revision, %(step)s,"
        " %(done_by)s, %(trace_id)s, %(recorded_at)s from moved",
        {**step, "status": status, "modification_id": modification_id},
    )


def opened(connection: Connection, modification_id: UUID, step: Mapping[str, object]) -> None:
    connection.exec_driver_sql(
        "insert into modification_steps values (%(modification_id)s, 1, %(step)s, %(done_by)s,"
        " %(trace_id)s, %(recorded_at)s)",
        {**step, "modification_id": modification_id},
    )
