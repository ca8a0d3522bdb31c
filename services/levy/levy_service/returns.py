"""Returns of trust taxes: filed here, paid when receivables tells that their bills are."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from marshmallow import fields
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from taxkit.clock import Clock
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.errors import Refusal, not_found
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.rows import Columns

TRUST_TAX = "trust_tax"
"""The bill class of rolls whose bills are for returns."""
FILED, PAID = "filed", "paid"


class TaxReturn(NamedTuple):
    bill_id: UUID
    return_number: str
    status: str


class TrustTaxBillSettledSeen(ReaderSchema):
    bill_id = fields.UUID(required=True)
    settled = fields.Boolean(required=True)
    receipt_id = fields.UUID(required=True)
    changed_on = fields.Date(required=True)


_TOLD = Columns(
    {
        "bill_id": "uuid",
        "sequence": "bigint",
        "status": "text",
        "receipt_id": "uuid",
        "changed_on": "date",
        "recorded_at": "timestamptz",
    }
)
_NEWER = """
on conflict (bill_id) do update set sequence = excluded.sequence, status = excluded.status,
    receipt_id = excluded.receipt_id, changed_on = excluded.changed_on,
    recorded_at = excluded.recorded_at where excluded.sequence > trust_tax_told.sequence
"""
_MOVE = """
with moved as (
    update returns r set status = t.status, sequence = t.sequence from trust_tax_told t
    where t.bill_id = any(%b::uuid[]) and r.bill_id = t.bill_id and t.sequence > r.sequence
        and t.status <> r.status
    returning t.*
)
insert into return_steps
    (bill_id, sequence, status, changed_by, receipt_id, changed_on, recorded_at)
select bill_id, sequence, status, 'receivables', receipt_id, changed_on, recorded_at from moved
"""
_STEPS = Columns(
    {
        "bill_id": "uuid",
        "sequence": "bigint",
        "status": "text",
        "changed_by": "text",
        "receipt_id": "uuid",
        "changed_on": "date",
        "recorded_at": "timestamptz",
    }
)


def file(
    connection: Connection, clock: Clock, bill_id: UUID, return_number: str, user: str
) -> TaxReturn:
    """Note the return a bill is for; what was told of the bill before counts at once."""
    bill = connection.exec_driver_sql(
        "select r.bill_class from bills b join rolls r using (roll_id) where b.bill_id = %s"
        " order by b.bill_version limit 1",
        (bill_id,),
    ).one_or_none()
    if bill is None:
        raise not_found("BILL_NOT_FOUND", f"levy has issued no bill {bill_id}")
    if bill.bill_class != TRUST_TAX:
        raise Refusal("NOT_A_TRUST_TAX_BILL", f"bill {bill_id} is of no roll of trust taxes")
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(
                "insert into returns (bill_id, return_number, status) values (%s, %s, %s)",
                (bill_id, return_number, FILED),
            )
    except IntegrityError as error:
        raise Refusal(
            "RETURN_FILED", f"return {return_number}, or that of bill {bill_id}, is on file"
        ) from error
    now = clock.now()
    step = (bill_id, 0, FILED, user, None, clock.today(), now)
    _STEPS.insert(connection, "return_steps", [step])
    connection.exec_driver_sql(_MOVE, ([bill_id],))
    return find(connection, bill_id=bill_id)


def find(
    connection: Connection, *, bill_id: UUID | None = None, return_number: str = ""
) -> TaxReturn:
    row = connection.exec_driver_sql(
        "select bill_id, return_number, status from returns"
        " where bill_id = %s or return_number = %s",
        (bill_id, return_number),
    ).one_or_none()
    if row is None:
        raise not_found("RETURN_NOT_FOUND", f"no return {return_number or bill_id} is on file")
    return TaxReturn(*row)


def steps(connection: Connection, bill_id: UUID) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select status, changed_by, receipt_id, changed_on from return_steps where bill_id = %s"
        " order by sequence",
        (bill_id,),
    ).all()


def on_trust_tax_bill_settled(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Move returns from filed to paid, or back; of several of one bill the newest counts."""
    newest: dict[UUID, tuple[object, ...]] = {}
    for event in sorted(events, key=lambda each: each.sequence):
        given = event.data
        newest[given["bill_id"]] = (
            given["bill_id"],
            event.sequence,
            PAID if given["settled"] else FILED,
            given["receipt_id"],
            given["changed_on"],
            work.clock.now(),
        )
    rows = [row for _, row in sorted(newest.items())]
    _TOLD.insert(work.connection, "trust_tax_told", rows, _NEWER)
    work.connection.exec_driver_sql(_MOVE, (sorted(newest),))


TRUST_TAX_BILL_SETTLED = Subscription(
    owner="receivables",
    event="TrustTaxBillSettled.v1",
    method="on_trust_tax_bill_settled",
    schema=TrustTaxBillSettledSeen(),
    handle=on_trust_tax_bill_settled,
    ordering=Ordering.NEWEST,
)
