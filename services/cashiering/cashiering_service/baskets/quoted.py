"""Keeps quotes of bills that grow or have a discount, for the till to decide on."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from psycopg.types.json import Jsonb

from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit.db import Database
from taxkit.rows import Columns

_QUOTED = Columns(
    {
        "bill_id": "uuid",
        "as_of": "date",
        "bill_version": "integer",
        "installments": "jsonb",
        "discount_cents": "bigint",
    }
)
# A bill this copy has not heard of, or in another version, is not paid here yet.
_KEEP = f"""
insert into quoted (bill_id, as_of, bill_version, installments, discount_cents)
select v.bill_id, v.as_of, v.bill_version, v.installments, v.discount_cents from {_QUOTED.source}
join dues d on d.bill_id = v.bill_id and d.bill_version = v.bill_version
on conflict (bill_id, as_of) do update
    set bill_version = excluded.bill_version, installments = excluded.installments,
        discount_cents = excluded.discount_cents
"""


def keep(database: Database, bills: Iterable[pb.BillDue], as_of: date) -> None:
    """Keep a quote; where nothing accrued nor is let off the copy of dues says it all."""
    rows = [
        (
            UUID(bill.bill_id),
            as_of,
            bill.bill_version,
            Jsonb([_words(one) for one in bill.installments]),
            bill.discount_cents,
        )
        for bill in bills
        if bill.discount_cents or any(map(_accrued, bill.installments))
    ]
    rows.sort(key=lambda row: row[0])
    if rows:
        with database.begin() as connection:
            connection.exec_driver_sql(_KEEP, _QUOTED.params(rows))


def _accrued(one: pb.InstallmentDue) -> int:
    return one.interest_open_cents + one.penalty_open_cents


def _words(one: pb.InstallmentDue) -> dict[str, object]:
    """An installment in the words of the read copy."""
    return {
        "installment": one.installment,
        "due_on": one.due_on,
        "tax_open_cents": one.tax_open_cents,
        "interest_open_cents": one.interest_open_cents,
        "penalty_open_cents": one.penalty_open_cents,
        "fee_open_cents": one.fee_open_cents,
        "collection_type": one.collection_type or "S",
    }
