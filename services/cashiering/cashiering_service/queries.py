"""What cashiering is asked about receipts."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

_RECEIPTS = (
    "select r.*, s.till_code, s.is_open, v.reversal_id, v.reason as reversal_reason,"
    " v.trace_id as reversal_trace_id, m.kind as mark, m.reason as mark_reason, h.postmarked_on,"
    " h.lender_code, h.print_suppressed, h.surplus_notice_suppressed, h.custom_receipts"
    " from receipts r join sessions s using (session_id)"
    " left join reversals v using (receipt_id) left join receipt_marks m using (receipt_id)"
    " left join receipt_handling h using (receipt_id)"
)


def receipt_by(connection: Connection, receipt: str, receipt_id: UUID | None) -> Any:
    """A receipt by id or number, with its session's and reversal's columns."""
    return connection.exec_driver_sql(
        _RECEIPTS + " where r.receipt_id = %(id)s or r.receipt_number = %(number)s",
        {"id": receipt_id, "number": receipt},
    ).one_or_none()


def receipts_page(
    connection: Connection,
    session_id: UUID | None,
    business_date: date | None,
    after: UUID,
    limit: int,
) -> Sequence[Any]:
    return connection.exec_driver_sql(
        _RECEIPTS + " where r.receipt_id > %(after)s"
        " and (%(session)s::uuid is null or r.session_id = %(session)s)"
        " and (%(day)s::date is null or r.business_date = %(day)s)"
        " order by r.receipt_id limit %(limit)s",
        {"session": session_id, "day": business_date, "after": after, "limit": limit},
    ).all()


def receipts_found(
    connection: Connection, wanted: dict[str, object], after: UUID, limit: int
) -> Sequence[Any]:
    """Receipts of a range of business dates by what else is known; what is empty is not asked."""
    return connection.exec_driver_sql(
        _RECEIPTS + " where r.receipt_id > %(after)s"
        " and r.business_date between %(from_on)s and %(to_on)s"
        " and (%(payer)s = '' or starts_with(lower(r.payer_name), lower(%(payer)s)))"
        " and (%(total_cents)s = 0 or r.total_cents = %(total_cents)s)"
        " and (%(posted_by)s = '' or r.posted_by = %(posted_by)s)"
        " and (%(source)s = '' or r.source = %(source)s)"
        " and (%(parcel_number)s = '' and %(bill_number)s = '' or exists"
        "  (select from receipt_lines l where l.receipt_id = r.receipt_id"
        "   and (%(parcel_number)s = '' or l.parcel_number = %(parcel_number)s)"
        "   and (%(bill_number)s = '' or l.bill_number = %(bill_number)s)))"
        " and (%(reference)s = '' or exists (select from tenders t"
        "  where t.receipt_id = r.receipt_id and t.reference = %(reference)s))"
        " order by r.receipt_id limit %(limit)s",
        {**wanted, "after": after, "limit": limit},
    ).all()


def holds(connection: Connection, receipt_id: UUID) -> bool:
    """Whether a receipt left money on no bill: ahead of one, or in suspense."""
    found: bool = connection.exec_driver_sql(
        "select exists (select from receipt_lines where receipt_id = %s"
        " and (is_advance or suspense_reason is not null))",
        (receipt_id,),
    ).scalar_one()
    return found


def lines_of(connection: Connection, receipt_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    lines = (
        "receipt_lines left join line_terms using (receipt_id, line_number)"
        " left join line_advances using (receipt_id, line_number)"
        " left join line_sources using (receipt_id, line_number)"
    )
    return _by_receipt(connection, lines, "line_number", receipt_ids)


def tenders_of(connection: Connection, receipt_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    return _by_receipt(connection, "tenders", "tender_number", receipt_ids)


def _by_receipt(
    connection: Connection, table: str, order: str, receipt_ids: Sequence[UUID]
) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {receipt_id: [] for receipt_id in receipt_ids}
    for row in connection.exec_driver_sql(
        f"select * from {table} where receipt_id = any(%s::uuid[]) order by receipt_id, {order}",
        (list(receipt_ids),),
    ):
        found[row.receipt_id].append(row)
    return found


def totals(connection: Connection, business_date: date) -> Any:
    return connection.exec_driver_sql(
        "select r.n, r.cents, v.cents as reversed, m.cents as source_cents from"
        " (select count(*) as n, coalesce(sum(total_cents), 0)::bigint as cents from receipts"
        "  where business_date = %(day)s) r,"
        " (select coalesce(sum(total_cents), 0)::bigint as cents from ("
        "   select total_cents from reversals where business_date = %(day)s"
        "   union all select total_cents from receipt_marks where business_date = %(day)s) b) v,"
        " (select coalesce(sum(l.amount_cents * e.sign), 0)::bigint as cents from ("
        "   select receipt_id, 1 as sign from receipts where business_date = %(day)s"
        "   union all select receipt_id, -1 from reversals where business_date = %(day)s"
        "   union all select receipt_id, -1 from receipt_marks where business_date = %(day)s) e"
        "  join receipt_lines l using (receipt_id) where l.source_code is not null) m",
        {"day": business_date},
    ).one()
