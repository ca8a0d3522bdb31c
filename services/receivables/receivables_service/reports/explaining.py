"""The ledger row by row, each with the facts, the rule and the person behind it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

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
_FACTS = """
select f.fact_id, f.kind, f.business_date, f.effective_on, f.recorded_at, f.receipt_id,
    coalesce(f.line_number, 0) as line_number, coalesce(f.amount_cents, 0) as amount_cents,
    coalesce(f.body::text, '') as body, coalesce(q.asked_by, d.asked_by, '') as asked_by,
    coalesce(q.reason, '') as reason
from facts f left join fact_requests q using (fact_id)
    left join held_draws d on d.draw_id = f.fact_id
where f.fact_id = any(%b::uuid[])
"""


def of_bill(connection: Connection, bill_id: UUID) -> Sequence[Any]:
    rows = connection.exec_driver_sql(_ROWS.format(wanted="p.bill_id = %s"), (bill_id,)).all()
    if not rows:
        raise not_found("BILL_NOT_FOUND", f"nothing of bill {bill_id} is on the books")
    return rows


def of_receipt(connection: Connection, receipt_id: UUID, line: int) -> Sequence[Any]:
    """Rows that move a receipt's money, or that of one of its lines."""
    rows = connection.exec_driver_sql(
        _ROWS.format(
            wanted="e.receipt_id = %(receipt)s and (%(line)s = 0 or e.fact_id in (select fact_id"
            " from facts where receipt_id = %(receipt)s and line_number = %(line)s))"
        ),
        {"receipt": receipt_id, "line": line},
    ).all()
    if not rows:
        which = f"line {line} of receipt" if line else "receipt"
        raise not_found("RECEIPT_NOT_FOUND", f"no posting of {which} {receipt_id} is on the books")
    return rows


def facts_of(connection: Connection, rows: Sequence[Any]) -> dict[UUID, Any]:
    """The facts that rows come from, and those that caused their postings."""
    wanted = sorted({row.fact_id for row in rows} | {row.cause_fact_id for row in rows})
    found = connection.exec_driver_sql(_FACTS, (wanted,))
    return {row.fact_id: row for row in found}
