"""What receipts say of discounts: told by receivables, or quoted and not told of yet."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from marshmallow import fields, validate
from sqlalchemy import Connection

from cashiering_service.domain.receipt_discounts import DiscountState, ReceiptDiscount
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.money import CENTS_MAX
from taxkit.rows import Columns

_CENTS = validate.Range(0, CENTS_MAX)
_RATE = validate.Regexp(r"^0?\.\d{1,20}$")
_DISCOUNTS = Columns(
    {
        "posting_id": "uuid",
        "grant_id": "uuid",
        "receipt_id": "uuid",
        "bill_id": "uuid",
        "bill_number": "text",
        "program": "text",
        "rate": "text",
        "amount_cents": "bigint",
        "business_date": "date",
    }
)
_REFUSALS = Columns(
    {
        "payment_id": "uuid",
        "program": "text",
        "receipt_id": "uuid",
        "bill_id": "uuid",
        "bill_number": "text",
        "rate": "text",
        "state": "text",
        "reason": "text",
        "amount_cents": "bigint",
        "business_date": "date",
    }
)


class DiscountSeen(ReaderSchema):
    posting_id = fields.UUID(required=True)
    grant_id = fields.UUID(required=True)
    receipt_id = fields.UUID(required=True)
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    program = fields.String(required=True)
    rate = fields.String(required=True, validate=_RATE)
    business_date = fields.Date(required=True)
    amount_cents = fields.Integer(required=True, strict=True, validate=validate.Range(1, CENTS_MAX))


class ReasonSeen(ReaderSchema):
    program = fields.String(required=True)
    rate = fields.String(required=True, validate=_RATE)
    state = fields.String(required=True, validate=validate.OneOf(["pending", "refused"]))
    reason = fields.String(required=True)
    amount_cents = fields.Integer(required=True, strict=True, validate=_CENTS)


class DiscountNotGrantedSeen(ReaderSchema):
    payment_id = fields.UUID(required=True)
    receipt_id = fields.UUID(required=True)
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    business_date = fields.Date(required=True)
    programs = fields.List(fields.Nested(ReasonSeen), required=True)


def on_discount_applied(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep what was let off with a receipt."""
    _keep(work, events, 1)


def on_discount_reversed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep what of it is owed again."""
    _keep(work, events, -1)


def _keep(work: Work, events: Sequence[IncomingEvent], sign: int) -> None:
    rows = [
        tuple(
            sign * event.data[name] if name == "amount_cents" else event.data[name]
            for name in _DISCOUNTS.types
        )
        for event in events
    ]
    _DISCOUNTS.insert(work.connection, "receipt_discounts", rows, "on conflict do nothing")


def on_discount_not_granted(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep why a payment in time was let off nothing so far."""
    rows = [
        tuple({**event.data, **one}[name] for name in _REFUSALS.types)
        for event in events
        for one in event.data["programs"]
    ]
    _REFUSALS.insert(work.connection, "discount_refusals", rows, "on conflict do nothing")


def statement(seen: Mapping[str, str]) -> str:
    """The discounts of a receipt r, each as JSON; `seen` says which rows of each table count.

    One that was told counts before why it was not granted; a quote counts while nothing was told.
    """
    return f"""
select d.bill_number, jsonb_build_object('program', d.program, 'rate', d.rate, 'reason', '',
    'state', case when sum(d.amount_cents) = 0 then 'taken_back' else 'granted' end,
    'amount_cents', sum(d.amount_cents))::text as said
from receipt_discounts d where d.receipt_id = r.receipt_id and {seen["d"]}
group by d.bill_number, d.program, d.rate
union all
select n.bill_number, jsonb_build_object('program', n.program, 'rate', n.rate, 'reason', n.reason,
    'state', n.state, 'amount_cents', n.amount_cents)::text
from discount_refusals n where n.receipt_id = r.receipt_id and {seen["n"]}
    and not exists (select from receipt_discounts d where d.receipt_id = n.receipt_id
        and d.bill_id = n.bill_id and {seen["d"]})
union all
select l.bill_number, jsonb_build_object('program', q.programs, 'rate', '', 'reason', '',
    'state', 'expected', 'amount_cents', q.discount_cents)::text
from (select l.bill_id, max(l.bill_number) as bill_number,
        sum(l.amount_cents + coalesce(t.tolerance_cents, 0)) as cents,
        min(coalesce(t.effective_on, r.effective_on)) as paid_on
    from receipt_lines l left join line_terms t using (receipt_id, line_number)
    where l.receipt_id = r.receipt_id and l.bill_id is not null group by l.bill_id) l
cross join lateral (select q.programs, q.discount_cents from discount_quotes q
    where q.bill_id = l.bill_id and q.as_of = l.paid_on and q.settles_cents <= l.cents
        and {seen["q"]} order by q.settles_cents desc, q.discount_cents desc limit 1) q
where not exists (select from receipt_discounts d where d.receipt_id = r.receipt_id
        and d.bill_id = l.bill_id and {seen["d"]})
    and not exists (select from discount_refusals n where n.receipt_id = r.receipt_id
        and n.bill_id = l.bill_id and {seen["n"]})
    and not exists (select from reversals v where v.receipt_id = r.receipt_id and {seen["v"]})
    and not exists (select from receipt_marks m where m.receipt_id = r.receipt_id and {seen["m"]})
"""


_NOW = statement(dict.fromkeys("dnqvm", "true"))


def read(bill_number: str, said: Mapping[str, Any]) -> ReceiptDiscount:
    return ReceiptDiscount(
        bill_number,
        said["program"],
        said["rate"],
        DiscountState(said["state"]),
        said["reason"],
        said["amount_cents"],
    )


def of_receipt(connection: Connection, receipt_id: UUID) -> list[pb.ReceiptDiscount]:
    """What a receipt says of discounts as of now."""
    rows = connection.exec_driver_sql(
        "select x.bill_number, x.said::jsonb as said from receipts r,"
        f" lateral ({_NOW}) x where r.receipt_id = %s order by 1, x.said",
        (receipt_id,),
    )
    found = [read(row.bill_number, row.said) for row in rows]
    return [
        pb.ReceiptDiscount(
            bill_number=each.bill_number,
            program=each.program,
            rate=each.rate,
            state=each.state.value,
            reason=each.reason,
            amount_cents=each.amount_cents,
            text=each.words,
        )
        for each in found
    ]


# In a bill's stream most events are no discount: nothing waits for them.
DISCOUNT_APPLIED = Subscription(
    owner="receivables",
    event="DiscountApplied.v1",
    method="on_discount_applied",
    schema=DiscountSeen(),
    handle=on_discount_applied,
    ordering=Ordering.ANY,
)
DISCOUNT_REVERSED = Subscription(
    owner="receivables",
    event="DiscountReversed.v1",
    method="on_discount_reversed",
    schema=DiscountSeen(),
    handle=on_discount_reversed,
    ordering=Ordering.ANY,
)
DISCOUNT_NOT_GRANTED = Subscription(
    owner="receivables",
    event="DiscountNotGranted.v1",
    method="on_discount_not_granted",
    schema=DiscountNotGrantedSeen(),
    handle=on_discount_not_granted,
    ordering=Ordering.ANY,
)
