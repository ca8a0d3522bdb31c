"""Returns whose payment came here after them: looked for again with every file (CASH-064)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

# One receipt with the trace and the amount, which stands, and which nobody has returned; of two
# returns that wait for the same one the first.
_REMATCH = """
with waiting as (
    select p.return_id, p.original_trace, p.amount_cents from payment_returns p
    left join payment_return_rematches m using (return_id)
    where p.reason = 'TRACE_UNKNOWN' and m.return_id is null
), found as (
    select w.return_id, (array_agg(t.receipt_id order by t.receipt_id))[1] as receipt_id
    from waiting w join tenders t on t.tender_type = 'ach' and t.reference = w.original_trace
    group by w.return_id, w.amount_cents
    having count(*) = 1 and bool_and(t.amount_cents = w.amount_cents)
), kept as (
    insert into payment_return_rematches (return_id, receipt_id, asked_by, recorded_at)
    select distinct on (receipt_id) return_id, receipt_id, %(by)s, %(at)s from found
    where not exists (select from reversals v where v.receipt_id = found.receipt_id)
        and not exists (select from payment_returns p
            where p.receipt_id = found.receipt_id and p.outcome = 'matched')
        and not exists (select from payment_return_rematches m
            where m.receipt_id = found.receipt_id)
    order by receipt_id, return_id
    returning return_id, receipt_id
)
select k.return_id, k.receipt_id, p.reason_code, p.returned_on
from kept k join payment_returns p using (return_id) order by k.return_id
"""
# A return as it is known now: one that was matched later reads as matched.
SEEN = """(
    select p.return_id, p.file_id, p.line_number, p.reason_code, p.original_trace, p.amount_cents,
        p.returned_on, p.payer_name,
        case when m.return_id is null then p.outcome else 'matched' end as outcome,
        case when m.return_id is null then p.reason else '' end as reason,
        case when m.return_id is null then p.message
            else 'its payment came later, and was matched then' end as message,
        coalesce(m.receipt_id, p.receipt_id) as receipt_id
    from payment_returns p left join payment_return_rematches m using (return_id)
)"""


def rematch(connection: Connection, by: str, at: datetime) -> Sequence[Any]:
    """Match what waits, under the lock of files; gives those that were found now."""
    return connection.exec_driver_sql(_REMATCH, {"by": by, "at": at}).all()


def is_rematched(receipt: str) -> str:
    """SQL: whether a return that waited was matched to a receipt."""
    return f"exists (select from payment_return_rematches m where m.receipt_id = {receipt})"
