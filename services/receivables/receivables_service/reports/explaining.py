"""The ledger row by row, each with the facts, the rule and the person behind it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from receivables_service.changes.waivers import waiver_id
from taxkit.errors import not_found

# A receipt's line brings one fact; without a line, all of the receipt's rows are wanted.
_ROWS = """
select p.posting_id, p.kind as posting_kind, p.business_date, p.recorded_at, p.bill_id,
    coalesce(b.bill_number, '') as bill_number, p.parcel_number,
    coalesce(p.tax_year, 0) as tax_year, p.compensates, e.ledger_account,
    coalesce(e.installment, 0) as installment, coalesce(e.charge_type, '') as charge_type,
    e.charge_code,
    coalesce(e.collection_type, '') as collection_type, e.amount_cents, e.rule_id, e.pack_version,
    e.receipt_id, e.fact_id, p.cause_fact_id
from postings p join ledger_entries e using (posting_id) left join bills b on b.bill_id = p.bill_id
where {wanted} order by p.business_date, p.posting_id, e.line_number
"""
# Of a draw: what it was for. Of a receipt taken back: who did it here, and why.
_FACTS = """
select f.fact_id, f.kind, f.business_date, f.effective_on, f.recorded_at, f.receipt_id,
    coalesce(f.line_number, 0) as line_number, coalesce(f.amount_cents, 0) as amount_cents,
    coalesce(f.body::text, '') as body,
    coalesce(q.asked_by, nullif(d.asked_by, ''), t.asked_by, '') as asked_by,
    coalesce(q.reason, t.reason, 'given back: ' || g.purpose, case when d.purpose = 'tender'
        then 'tendered at receipt ' || coalesce(r.receipt_number, d.receipt_id::text)
        else d.purpose || coalesce(' to ' || nullif(d.payee, ''), '')
            || coalesce(' on bill ' || coalesce(b.bill_number, d.bill_id::text), '') end, '')
        as reason
from facts f left join fact_requests q using (fact_id)
    left join held_draws d on d.draw_id = f.fact_id
    left join receipts r on r.receipt_id = d.receipt_id
    left join bills b on b.bill_id = d.bill_id
    left join held_returns h on h.return_id = f.fact_id
    left join held_draws g on g.draw_id = h.draw_id
    left join returned_receipts t on f.kind = 'reversal' and t.receipt_id = f.receipt_id
        and t.kind = f.body ->> 'by'
where f.fact_id = any(%b::uuid[])
"""
# Money that left a liability, and what a counter let go, name their receipt by its payment.
_BESIDE = """
e.receipt_id is null and p.kind in ('draw', 'tolerance') and e.fact_id in (select fact_id
    from facts where receipt_id = %(receipt)s and kind in ('payment', 'reversal')
    and (%(line)s = 0 or line_number = %(line)s))
"""


class ExplainedFact(NamedTuple):
    """A fact, with who asked for it and why where receivables was asked."""

    fact_id: UUID
    kind: str
    business_date: date
    effective_on: date
    recorded_at: datetime
    receipt_id: UUID | None
    line_number: int
    amount_cents: int
    body: str
    asked_by: str
    reason: str


def of_bill(connection: Connection, bill_id: UUID) -> Sequence[Any]:
    rows = connection.exec_driver_sql(_ROWS.format(wanted="p.bill_id = %s"), (bill_id,)).all()
    if not rows:
        raise not_found("BILL_NOT_FOUND", f"nothing of bill {bill_id} is on the books")
    return rows


def of_receipt(connection: Connection, receipt_id: UUID, line: int) -> Sequence[Any]:
    """Rows that move a receipt's money, or that of one of its lines, wherever it went."""
    rows = connection.exec_driver_sql(
        _ROWS.format(
            wanted="e.receipt_id = %(receipt)s and (%(line)s = 0 or e.fact_id in (select fact_id"
            " from facts where receipt_id = %(receipt)s and line_number = %(line)s))"
            f" or {_BESIDE}"
        ),
        {"receipt": receipt_id, "line": line},
    ).all()
    if not rows:
        which = f"line {line} of receipt" if line else "receipt"
        raise not_found("RECEIPT_NOT_FOUND", f"no posting of {which} {receipt_id} is on the books")
    return rows


def facts_of(connection: Connection, rows: Sequence[Any]) -> dict[UUID, ExplainedFact]:
    """The facts that rows come from, and those that caused their postings."""
    wanted = sorted({row.fact_id for row in rows} | {row.cause_fact_id for row in rows})
    found = {row[0]: ExplainedFact(*row) for row in connection.exec_driver_sql(_FACTS, (wanted,))}
    if any(fact.kind == "waiver" and not fact.asked_by for fact in found.values()):
        paid_by = {row.receipt_id for row in rows if row.receipt_id is not None}
        for fact_id, receipt_id, line in _waived_at(connection, paid_by):
            if fact_id in found:
                taken = found[fact_id]._replace(receipt_id=receipt_id, line_number=line)
                found[fact_id] = taken
    return found


def _waived_at(
    connection: Connection, receipt_ids: Iterable[UUID]
) -> Iterator[tuple[UUID, UUID, int]]:
    """The waivers that the lines of some receipts brought along."""
    rows = connection.exec_driver_sql(
        "select r.receipt_id, (l ->> 'line_number')::integer as line"
        " from receipts r cross join jsonb_array_elements(r.lines) as l"
        " where r.receipt_id = any(%b::uuid[])",
        (sorted(receipt_ids),),
    )
    for row in rows:
        yield waiver_id(row.receipt_id, row.line), row.receipt_id, row.line
