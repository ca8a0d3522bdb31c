"""Discounts: contra-revenue in their programs' accounts, beside their money (DIST-017)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from marshmallow import fields, validate
from sqlalchemy import Connection

from distribution_service import places
from distribution_service.domain.terms import ChargeType
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Subscription, Work
from taxkit.money import CENTS_MAX, split
from taxkit.rows import Columns

_AT_ONCE = 1000
_SIGNED = validate.Range(min=-CENTS_MAX, max=CENTS_MAX)
_ENTRIES = Columns(
    {
        "posting_id": "uuid",
        "grant_id": "uuid",
        "charge_type": "text",
        "bill_id": "uuid",
        "receipt_id": "uuid",
        "program": "text",
        "account": "text",
        "business_date": "date",
        "amount_cents": "bigint",
        "sequence": "bigint",
    }
)


class DiscountRowSeen(ReaderSchema):
    charge_type = fields.String(required=True, validate=validate.OneOf([*ChargeType]))
    amount_cents = fields.Integer(required=True, strict=True, validate=_SIGNED)


class DiscountSeen(ReaderSchema):
    posting_id = fields.UUID(required=True)
    grant_id = fields.UUID(required=True)
    bill_id = fields.UUID(required=True)
    receipt_id = fields.UUID(required=True)
    program = fields.String(required=True)
    gl_account = fields.String(required=True)
    business_date = fields.Date(required=True)
    rows = fields.List(fields.Nested(DiscountRowSeen), required=True)


def on_discount_applied(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Debit the program's account for what was let off."""
    _book(work, events, 1)


def on_discount_reversed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Credit it for what is owed again."""
    _book(work, events, -1)


def _book(work: Work, events: Sequence[IncomingEvent], sign: int) -> None:
    told = {
        (event.data["bill_id"], event.sequence): (event, _signed(event, sign)) for event in events
    }
    amounts = {place: given for place, (_, given) in told.items()}
    free = places.without_told(work.connection, "discount_entries", amounts)
    rows = [
        (
            event.data["posting_id"],
            event.data["grant_id"],
            charge_type,
            event.data["bill_id"],
            event.data["receipt_id"],
            event.data["program"],
            event.data["gl_account"],
            event.data["business_date"],
            cents,
            event.sequence,
        )
        for place in sorted(free)
        for event, given in [told[place]]
        for charge_type, cents in given.items()
    ]
    _ENTRIES.insert(work.connection, "discount_entries", rows, "on conflict do nothing")


def _signed(event: IncomingEvent, sign: int) -> dict[str, int]:
    by_charge = places.by_charge(event.data["rows"])
    return {charge: sign * cents for charge, cents in by_charge.items()}


# What the receipts of a program's discounts brought to the same bills on the same days; one whose
# discount came back whole has none to be net of. Of several programs on one payment each has its
# share, one after another, so that no cent counts twice and none is lost.
_BY_PROGRAM = """
with d as (
    select program, account, bill_id, receipt_id, sum(amount_cents) as cents
    from discount_entries where business_date between %(first)s and %(last)s
    group by program, account, bill_id, receipt_id
), m as (
    select a.bill_id, a.receipt_id, sum(a.amount_cents) as cents from allocations a
    where a.business_date between %(first)s and %(last)s
        and (a.bill_id, a.receipt_id) in (select bill_id, receipt_id from d)
    group by a.bill_id, a.receipt_id
), shares as (
    select d.*, sum(cents) over (partition by bill_id, receipt_id) as all_cents,
        sum(cents) over w as until_cents, row_number() over w as place
    from d where cents <> 0
    window w as (partition by bill_id, receipt_id order by program, account
        rows between unbounded preceding and current row)
), net as (
    select s.program, s.account, sum(case
        when s.all_cents = 0 then case when s.place = 1 then m.cents else 0 end
        else round(m.cents * s.until_cents / s.all_cents)
            - round(m.cents * (s.until_cents - s.cents) / s.all_cents) end) as cents
    from shares s join m using (bill_id, receipt_id) group by 1, 2
)
select d.program, d.account, sum(d.cents)::bigint as discount_cents,
    coalesce(max(net.cents), 0)::bigint as net_cents
from d left join net using (program, account) group by 1, 2 order by 1, 2
"""
_BY_BILL = """
select b.agency_codes, b.line_cents, sum(e.amount_cents)::bigint as discount_cents
from discount_entries e join bills b using (bill_id)
where e.business_date between %s and %s and b.agency_codes is not null
group by b.bill_id, b.agency_codes, b.line_cents having sum(e.amount_cents) <> 0
"""


def by_program(connection: Connection, first: date, last: date) -> Sequence[Any]:
    return connection.exec_driver_sql(_BY_PROGRAM, {"first": first, "last": last}).all()


def by_agency(connection: Connection, first: date, last: date) -> dict[str, int]:
    """Which agency bears how much: by the bill's lines, as it bears what is not paid."""
    found: dict[str, int] = {}
    # A county's November may have let something off on every bill: they pass some at a time.
    some = connection.execution_options(stream_results=True, max_row_buffer=_AT_ONCE)
    rows = some.exec_driver_sql(_BY_BILL, (first, last))
    for codes, lines, cents in rows:
        if any(lines):
            for code, part in split(cents, dict(zip(codes, lines, strict=True))).items():
                agency = code.partition("/")[0]
                found[agency] = found.get(agency, 0) + part
    return {code: cents for code, cents in sorted(found.items()) if cents}


DISCOUNT_APPLIED = Subscription(
    owner="receivables",
    event="DiscountApplied.v1",
    method="on_discount_applied",
    schema=DiscountSeen(),
    handle=on_discount_applied,
)
DISCOUNT_REVERSED = Subscription(
    owner="receivables",
    event="DiscountReversed.v1",
    method="on_discount_reversed",
    schema=DiscountSeen(),
    handle=on_discount_reversed,
)
