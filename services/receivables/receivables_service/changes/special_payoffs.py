"""Payoffs of special assessments that are due: levy tells of them, its bills move the money.

A BillCorrected or a BillCreated of the bill a payoff names has made its amount payable; this says
on top of it what part of a bill's debt is a payoff, until when, and whether it is paid.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from marshmallow import fields, validate
from sqlalchemy import Connection

from receivables_service.asked import Asked
from receivables_service.books import Books
from receivables_service.codes import adjustments
from receivables_service.codes.adjustments import Change
from receivables_service.tables import BillHead
from taxkit import ids
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.money import CENTS_MAX, format_cents
from taxkit.rows import Columns

SPECIAL_PAYOFF_LINE: Final = "Special Payoff"
_CENTS = validate.Range(0, CENTS_MAX)
_ROWS_MAX: Final = 1000


class SpecialPayoffSeen(ReaderSchema):
    payoff_id = fields.UUID(required=True)
    assessment_number = fields.String(required=True)
    agency_name = fields.String(required=True)
    parcel_number = fields.String(required=True)
    payoff_on = fields.Date(required=True)
    amount_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    state = fields.String(required=True)
    bill_id = fields.UUID(required=True, allow_none=True)
    bill_number = fields.String(required=True, allow_none=True)
    bill_version = fields.Integer(required=True, strict=True, allow_none=True)
    tax_year = fields.Integer(load_default=None, strict=True, allow_none=True)
    changed_by = fields.String(required=True)
    reason = fields.String(required=True)


_PAYOFFS = Columns(
    {
        "payoff_id": "uuid",
        "assessment_number": "text",
        "agency_name": "text",
        "parcel_number": "text",
        "payoff_on": "date",
        "amount_cents": "bigint",
        "state": "text",
        "bill_id": "uuid",
        "bill_number": "text",
        "bill_version": "integer",
    }
)
_NEWER: Final = "on conflict (payoff_id) do update set " + ", ".join(
    f"{name} = excluded.{name}" for name in _PAYOFFS.types if name != "payoff_id"
)
_LISTED: Final = f"""
select p.*, coalesce(b.open_cents, 0) as open_cents
from special_payoffs p left join bills b using (bill_id)
where (p.parcel_number = %(parcel)s or p.bill_id = %(bill)s)
    and (%(all)s or p.state in ('due', 'unbilled'))
order by p.payoff_id desc limit {_ROWS_MAX}
"""


def on_special_payoff(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep each payoff as it was told last, and leave a line for each news of a bill's."""
    newest = {event.data["payoff_id"]: event.data for event in events}
    rows = [[newest[each][name] for name in _PAYOFFS.types] for each in sorted(newest)]
    _PAYOFFS.insert(work.connection, "special_payoffs", rows, _NEWER)
    on_bills = [event for event in events if _names_bill(event)]
    if on_bills:
        # The line of a bill that was not heard of yet has to have a row to refer to.
        books = Books(work, app.terms)
        books.open({event.data["bill_id"] for event in on_bills})
        lines = [_line(books, event) for event in on_bills]
        books.close()
        adjustments.keep_all(work, lines)


def _names_bill(event: IncomingEvent) -> bool:
    """Told before the field was there, a bill's year is not known."""
    return event.data["bill_id"] is not None and event.data["tax_year"] is not None


def _line(books: Books, event: IncomingEvent) -> tuple[Asked, Change]:
    given = event.data
    head: BillHead = books.head(given["bill_id"])._replace(
        bill_number=given["bill_number"],
        parcel_number=given["parcel_number"],
        tax_year=given["tax_year"],
    )
    comment = (
        f"{given['assessment_number']} of {given['agency_name']}: {given['state']},"
        f" {format_cents(given['amount_cents'])} on {given['payoff_on']}; {given['reason']}"
    )
    fact_id = ids.derived_id(given["payoff_id"], "payoff", str(event.sequence))
    asked = Asked(given["changed_by"], comment, event.traceparent)
    return asked, Change(head, "", SPECIAL_PAYOFF_LINE, "", "", fact_id)


def listed(
    connection: Connection, parcel_number: str, bill_id: UUID | None, *, all_states: bool
) -> Sequence[Any]:
    """Payoffs of a parcel or a bill, the newest first, each with what its bill owes."""
    return connection.exec_driver_sql(
        _LISTED, {"parcel": parcel_number, "bill": bill_id, "all": all_states}
    ).all()


SPECIAL_PAYOFF = Subscription(
    owner="levy",
    event="SpecialPayoff.v1",
    method="on_special_payoff",
    schema=SpecialPayoffSeen(),
    handle=on_special_payoff,
    ordering=Ordering.NEWEST,
)
