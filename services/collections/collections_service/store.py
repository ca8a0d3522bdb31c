"""Collections' SQL: whole batches, one statement each."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from collections_service.domain.aging import AgingTerms, OpenInstallment
from taxkit import together
from taxkit.arrays import packed
from taxkit.rows import Columns


class BillRow(NamedTuple):
    bill_id: UUID
    bill_number: str
    parcel_number: str
    tax_year: int
    open_cents: int
    balance_on: date
    # Empty where it was not told.
    owner_name: str = ""
    owner_email: str = ""
    # Over all installments, tax and whatever else there is.
    paid_cents: int = 0


class InstallmentRow(NamedTuple):
    bill_id: UUID
    installment: int
    parcel_number: str
    tax_year: int
    due_on: date
    open_cents: int


class ChangeRow(NamedTuple):
    event_id: UUID
    bill_id: UUID
    sequence: int
    receipt_id: UUID | None
    cause: str
    bucket_before: str
    bucket_after: str
    open_before_cents: int
    open_after_cents: int
    as_of: date
    rule_id: str
    pack_version: str


_BILLS = Columns(
    {
        "bill_id": "uuid",
        "bill_number": "text",
        "parcel_number": "text",
        "tax_year": "integer",
        "open_cents": "bigint",
        "balance_on": "date",
        "owner_name": "text",
        "owner_email": "text",
        "paid_cents": "bigint",
    }
)
_NEWER_BILL = """
on conflict (bill_id) do update set bill_number = excluded.bill_number,
    parcel_number = excluded.parcel_number, tax_year = excluded.tax_year,
    open_cents = excluded.open_cents, balance_on = excluded.balance_on,
    owner_name = excluded.owner_name, owner_email = excluded.owner_email,
    paid_cents = excluded.paid_cents
"""
_INSTALLMENTS = Columns(
    {
        "bill_id": "uuid",
        "installment": "integer",
        "parcel_number": "text",
        "tax_year": "integer",
        "due_on": "date",
        "open_cents": "bigint",
    }
)
_NEWER_INSTALLMENT = """
on conflict (bill_id, installment) do update set parcel_number = excluded.parcel_number,
    tax_year = excluded.tax_year, due_on = excluded.due_on, open_cents = excluded.open_cents
"""
_CLOSE = f"""
delete from open_installments o
where o.bill_id = any(%(bill_ids)b::uuid[])
  and (o.bill_id, o.installment) not in (select bill_id, installment from {_INSTALLMENTS.source})
"""
_OPEN = """
select bill_id, installment, due_on, open_cents from open_installments
where bill_id = any(%b::uuid[]) order by bill_id, installment
"""
_CHANGES = Columns(
    {
        "event_id": "uuid",
        "bill_id": "uuid",
        "sequence": "bigint",
        "receipt_id": "uuid",
        "cause": "text",
        "bucket_before": "text",
        "bucket_after": "text",
        "open_before_cents": "bigint",
        "open_after_cents": "bigint",
        "as_of": "date",
        "rule_id": "text",
        "pack_version": "text",
    }
)


def open_installments(
    connection: Connection, bill_ids: Sequence[UUID]
) -> dict[UUID, tuple[OpenInstallment, ...]]:
    """Read what is open on bills. A handler of events holds each bill's lock in the inbox."""
    (rows,) = together.ask(connection, [(_OPEN, (packed("uuid", bill_ids),))])
    found: dict[UUID, list[OpenInstallment]] = defaultdict(list)
    for bill_id, *row in rows:
        found[bill_id].append(OpenInstallment(*row))
    return {bill_id: tuple(installments) for bill_id, installments in found.items()}


def save(
    connection: Connection,
    bills: Sequence[BillRow],
    installments: Sequence[InstallmentRow],
    changes: Sequence[ChangeRow],
) -> None:
    """Replace what is kept of bills by what is open on them now, and add what changed."""
    _BILLS.insert(connection, "bills", bills, _NEWER_BILL)
    bill_ids = [row.bill_id for row in bills]
    params = {**_INSTALLMENTS.params(installments), "bill_ids": packed("uuid", bill_ids)}
    together.execute(connection, _CLOSE, params)
    _INSTALLMENTS.insert(connection, "open_installments", installments, _NEWER_INSTALLMENT)
    _CHANGES.insert(connection, "aging_changes", changes)


def bill(connection: Connection, bill_id: UUID) -> Any:
    return connection.exec_driver_sql(
        "select * from bills where bill_id = %s", (bill_id,)
    ).one_or_none()


def changes_of(connection: Connection, bill_id: UUID) -> Sequence[Any]:
    """Read what changed a bill's age, in the order of its balances."""
    return connection.exec_driver_sql(
        "select * from aging_changes where bill_id = %s order by sequence", (bill_id,)
    ).all()


class ReportRow(NamedTuple):
    """A bucket's amount and accounts; the row without a place counts overdue accounts once each."""

    place: int | None
    amount_cents: int
    account_count: int


# One pass over the open installments. The inner grouping gives each parcel a row for each bucket
# it has money in and one row for all; the outer one counts them, so no account is sorted twice.
_REPORT = """
select place,
       (case when of_all = 1 then sum(overdue_cents) else sum(open_cents) end)::bigint,
       case when of_all = 1 then count(overdue_cents) else count(*) end
from (
    select place, grouping(place) as of_all, sum(open_cents) as open_cents,
           sum(open_cents) filter (where place > 0) as overdue_cents
    from (
        select parcel_number, open_cents,
               width_bucket(%(as_of)s::date - due_on, %(begin_days)s::integer[]) as place
        from open_installments
        where tax_year between %(from_year)s and %(to_year)s {but}
    ) as aged
    group by grouping sets ((parcel_number, place), (parcel_number))
) as accounts
group by of_all, place
order by of_all, place
"""
_OF_ALL = _REPORT.format(but="")
_BY_NO_PLAN = _REPORT.format(
    but="and not exists (select from plans p where p.status = 'active'"
    " and p.bill_ids @> array[open_installments.bill_id])"
)


def aging_report(
    connection: Connection,
    terms: AgingTerms,
    as_of: date,
    years: tuple[int, int],
    *,
    without_plans: bool = False,
) -> list[ReportRow]:
    """Add up what is open by age, of tax years from one to another."""
    rows = connection.exec_driver_sql(
        _BY_NO_PLAN if without_plans else _OF_ALL,
        {
            "as_of": as_of,
            "begin_days": list(terms.begin_days),
            "from_year": years[0],
            "to_year": years[1],
        },
    )
    return [ReportRow(place, amount or 0, count) for place, amount, count in rows]
