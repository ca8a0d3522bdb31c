"""Keeps what was quoted with a discount: a receipt says so until the ledger has judged."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit.db import Database
from taxkit.rows import Columns

_OFFERED = Columns(
    {
        "bill_id": "uuid",
        "as_of": "date",
        "settles_cents": "bigint",
        "discount_cents": "bigint",
        "programs": "text",
        "provisional": "boolean",
    }
)


def keep(
    database: Database, bills: Iterable[pb.BillDue], as_of: date, *, provisional: bool
) -> None:
    """Keep a quote's discounts; quoted again the same, it is kept once."""
    rows = sorted(
        (
            UUID(bill.bill_id),
            as_of,
            bill.settles_cents,
            bill.discount_cents,
            ", ".join(bill.discount_programs),
            provisional,
        )
        for bill in bills
        if bill.discount_cents
    )
    if rows:
        with database.begin() as connection:
            _OFFERED.insert(connection, "discount_quotes", rows, "on conflict do nothing")
