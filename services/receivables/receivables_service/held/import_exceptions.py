"""Lines of payment files that did not post to what they name, as a worklist (RECV-039)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from marshmallow import fields, validate
from sqlalchemy import Connection

from receivables_service.asked import Asked
from taxkit import ids
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.errors import conflict, not_found
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.money import CENTS_MAX
from taxkit.rows import Columns

LISTED_MAX = 1000
STATES = ("open", "worked", "settled")


class ImportLineExceptionSeen(ReaderSchema):
    run_id = fields.UUID(required=True)
    line_number = fields.Integer(required=True, strict=True, validate=validate.Range(0, 2**31 - 1))
    outcome = fields.String(required=True)
    reason = fields.String(required=True)
    message = fields.String(required=True)
    parcel_number = fields.String(load_default=None, allow_none=True)
    amount_cents = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(-CENTS_MAX, CENTS_MAX),
    )
    receipt_id = fields.UUID(load_default=None, allow_none=True)


_ROWS = Columns(
    {
        "exception_id": "uuid",
        "run_id": "uuid",
        "line_number": "integer",
        "outcome": "text",
        "reason": "text",
        "message": "text",
        "parcel_number": "text",
        "amount_cents": "bigint",
        "receipt_id": "uuid",
        "told_at": "timestamptz",
    }
)


class Found(NamedTuple):
    exception_id: UUID
    run_id: UUID
    line_number: int
    outcome: str
    reason: str
    message: str
    parcel_number: str
    amount_cents: int
    receipt_id: UUID | None
    told_at: datetime
    item_id: UUID | None
    open_cents: int
    state: str
    note: str
    settled_by: str


# Money that is held no more was seen to; that of a receipt still to come is on its way.
_FOUND = """
select * from (
    select x.*, i.item_id, coalesce(i.open_cents, 0) as open_cents, case
        when e.exception_id is not null then 'settled'
        when i.state = 'closed' then 'worked' else 'open' end as state,
        coalesce(e.note, '') as note, coalesce(e.settled_by, '') as settled_by
    from import_exceptions x
    left join import_exception_ends e using (exception_id)
    left join held_items i on i.receipt_id = x.receipt_id and i.kind = 'suspense'
) found
"""


def exception_id_of(run_id: UUID, line_number: int) -> UUID:
    return ids.derived_id(run_id, "exception", str(line_number))


def on_import_line_exception(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Put lines on the worklist, each once."""
    rows = [
        (
            exception_id_of(given["run_id"], given["line_number"]),
            given["run_id"],
            given["line_number"],
            given["outcome"],
            given["reason"],
            given["message"],
            given["parcel_number"] or "",
            given["amount_cents"] or 0,
            given["receipt_id"],
            event.time,
        )
        for event in events
        for given in (event.data,)
    ]
    _ROWS.insert(work.connection, "import_exceptions", rows, "on conflict do nothing")


def listed(connection: Connection, run_id: UUID | None, state: str) -> list[Found]:
    """The oldest first, one more than are shown at most."""
    rows = connection.exec_driver_sql(
        f"{_FOUND} where state = %(state)s and (%(run)s::uuid is null or run_id = %(run)s)"
        " order by told_at, run_id, line_number limit %(limit)s",
        {"state": state, "run": run_id, "limit": LISTED_MAX + 1},
    )
    return [Found(*row) for row in rows]


def of_receipt(connection: Connection, receipt_id: UUID) -> Found | None:
    """The line whose money a receipt holds, if it came by a file."""
    row = connection.exec_driver_sql(f"{_FOUND} where receipt_id = %s", (receipt_id,)).first()
    return Found(*row) if row else None


def settle(work: Work, exception_id: UUID, asked: Asked) -> Found:
    """Note how a line was seen to, once."""
    found = _one(work.connection, exception_id)
    if found is None:
        raise not_found("IMPORT_EXCEPTION_NOT_FOUND", f"no exception {exception_id}")
    done = work.connection.exec_driver_sql(
        "insert into import_exception_ends (exception_id, note, settled_by, recorded_at)"
        " values (%s, %s, %s, %s) on conflict do nothing returning exception_id",
        (exception_id, asked.reason, asked.user, work.clock.now()),
    ).one_or_none()
    if done is None:
        raise conflict("IMPORT_EXCEPTION_SETTLED", f"{found.settled_by or 'somebody'} was faster")
    settled = _one(work.connection, exception_id)
    assert settled is not None
    return settled


def _one(connection: Connection, exception_id: UUID) -> Found | None:
    row = connection.exec_driver_sql(f"{_FOUND} where exception_id = %s", (exception_id,)).first()
    return Found(*row) if row else None


IMPORT_LINE_EXCEPTION = Subscription(
    owner="cashiering",
    event="ImportLineException.v1",
    method="on_import_line_exception",
    schema=ImportLineExceptionSeen(),
    handle=on_import_line_exception,
    ordering=Ordering.ANY,
)
