"""Credits as levy tells them of each version of a bill. What is charged is net of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from marshmallow import fields, validate
from sqlalchemy import Connection

from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Work
from taxkit.money import CENTS_MAX
from taxkit.rows import Columns

_ROWS = Columns(
    {
        "bill_id": "uuid",
        "bill_version": "integer",
        "code": "text",
        "place": "integer",
        "name": "text",
        "amount_cents": "bigint",
        "borne_by": "text",
        "as_line": "boolean",
        "business_date": "date",
        "effective_on": "date",
    }
)
_OF_BILLS = """
select c.*, b.bill_number from bill_credits c join bills b using (bill_id)
where bill_id = any(%b::uuid[]) order by bill_id, c.bill_version, place
"""


class CreditSeen(ReaderSchema):
    code = fields.String(required=True, validate=validate.Length(min=1, max=200))
    amount_cents = fields.Integer(
        required=True, strict=True, validate=validate.Range(min=0, max=CENTS_MAX)
    )
    name = fields.String(load_default="")
    as_line = fields.Boolean(load_default=False)
    borne_by = fields.String(load_default="authorities")


def keep(work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep what events tell of credits; of most bills there are none, and nothing is written."""
    rows = [
        (
            event.data["bill_id"], event.data["bill_version"], one["code"], place,
            one["name"] or one["code"], one["amount_cents"], one["borne_by"], one["as_line"],
            work.clock.date_of(event.time),
            event.data.get("corrected_on") or work.clock.date_of(event.time),
        )
        for event in events
        for place, one in enumerate(event.data["credits"], start=1)
    ]  # fmt: skip
    _ROWS.insert(work.connection, "bill_credits", rows, "on conflict do nothing")


def of_bills(connection: Connection, bill_ids: Sequence[UUID]) -> Sequence[Any]:
    """What came off some bills, in every version that told it."""
    return connection.exec_driver_sql(_OF_BILLS, (sorted(bill_ids),)).all()
