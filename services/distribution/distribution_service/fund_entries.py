"""Money for miscellaneous sources: booked to the fund and account of each, and taken back whole."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from taxkit.contracts import IncomingEvent
from taxkit.rows import Columns

_ENTRIES = Columns(
    {
        "receipt_id": "uuid",
        "line_number": "integer",
        "kind": "text",
        "source_code": "text",
        "fund": "text",
        "account": "text",
        "business_date": "date",
        "amount_cents": "bigint",
    }
)


_TAKEN_BACK = """
insert into fund_entries (receipt_id, line_number, kind, source_code, fund, account, business_date,
    amount_cents)
select e.receipt_id, e.line_number, 'reversal', e.source_code, e.fund, e.account, r.reversed_on,
    -e.amount_cents
from fund_entries e join receipts r using (receipt_id)
where e.receipt_id = any(%b::uuid[]) and e.kind = 'payment' and r.reversed_on is not null
on conflict do nothing
"""


def book(connection: Connection, events: Sequence[IncomingEvent]) -> None:
    """Enter what receipts hold for sources; of one taken back meanwhile, both ways."""
    rows = [
        (
            event.data["receipt_id"],
            line["line_number"],
            "payment",
            line["source_code"],
            line["credit_fund"],
            line["credit_account"],
            event.data["business_date"],
            line["amount_cents"],
        )
        for event in events
        for line in event.data["lines"]
        if line["kind"] == "misc"
    ]
    if rows:
        _ENTRIES.insert(connection, "fund_entries", rows, "on conflict do nothing")
        take_back(connection, events)


def take_back(connection: Connection, events: Sequence[IncomingEvent]) -> None:
    """Give back what the funds have of receipts that were taken back, on that day."""
    receipt_ids = sorted({event.data["receipt_id"] for event in events})
    connection.exec_driver_sql(_TAKEN_BACK, (receipt_ids,))


def of_receipt(connection: Connection, receipt_id: UUID) -> int:
    """What is booked to funds of a receipt."""
    cents: int = connection.exec_driver_sql(
        "select coalesce(sum(amount_cents), 0)::bigint from fund_entries where receipt_id = %s",
        (receipt_id,),
    ).scalar_one()
    return cents


_TOTALS = """
select coalesce(sum(e.amount_cents), 0)::bigint as booked_cents,
    coalesce(sum(e.amount_cents) filter (where d.session_id is not null), 0)::bigint
        as releasable_cents
from fund_entries e
left join receipts r using (receipt_id)
left join closed_sessions s using (session_id)
left join deposited_sessions d on d.session_id = s.session_id
where e.business_date = %s
"""


def totals(connection: Connection, day: date) -> Any:
    """Booked to funds on a day, and of that what may be paid out."""
    return connection.exec_driver_sql(_TOTALS, (day,)).one()


def by_fund(connection: Connection, first: date, last: date) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select fund, account, source_code, sum(amount_cents)::bigint as booked_cents"
        " from fund_entries where business_date between %s and %s"
        " group by fund, account, source_code order by fund, account, source_code",
        (first, last),
    ).all()
