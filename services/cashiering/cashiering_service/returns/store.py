"""Cashiering's SQL for returned payments: COPY in, match in one statement."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service.returns import rematching


def begin(connection: Connection) -> None:
    """Make room for a file's entries, which nobody else sees until they are judged."""
    connection.exec_driver_sql(
        "create temporary table returned (return_id uuid, line_number bigint, kind text,"
        " reason_code text, original_trace text, amount_cents bigint, is_debit boolean,"
        " returned_on date, payer_name text) on commit drop"
    )


def stage(connection: Connection, rows: Sequence[Sequence[object]]) -> None:
    raw: Any = connection.connection.driver_connection
    with raw.cursor() as cursor, cursor.copy("copy returned from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def begin_matching(connection: Connection) -> None:
    """One file at a time: two that return the same payment must see each other."""
    connection.exec_driver_sql(
        "select pg_advisory_xact_lock(hashtextextended('returned payments', 0))"
    )
    connection.exec_driver_sql("analyze returned")


def file_of(connection: Connection, file_sha256: str) -> UUID | None:
    found: UUID | None = connection.exec_driver_sql(
        "select file_id from return_files where file_sha256 = %s", (file_sha256,)
    ).scalar()
    return found


def insert_file(connection: Connection, row: Mapping[str, object]) -> None:
    names = list(row)
    connection.exec_driver_sql(
        f"insert into return_files ({', '.join(names)})"
        f" values ({', '.join(f'%({name})s' for name in names)})",
        row,
    )


# The first that holds says what an entry is; a payment is returned by the first entry that fits.
_MATCH = """
with found as (
    select e.return_id, count(t.receipt_id) as receipts,
        (array_agg(t.receipt_id order by t.receipt_id))[1] as receipt_id,
        bool_or(t.amount_cents = e.amount_cents) as agrees
    from returned e join tenders t on t.tender_type = 'ach' and t.reference = e.original_trace
    group by e.return_id
), judged as (
    select e.*, f.receipt_id, case
        when e.kind = 'change' then 'CHANGE'
        when e.kind = 'other' then 'NOT_A_RETURN'
        when not e.is_debit then 'NOT_A_PAYMENT'
        when f.receipts is null then 'TRACE_UNKNOWN'
        when f.receipts > 1 then 'TRACE_AMBIGUOUS'
        when not f.agrees then 'AMOUNT_DIFFERS'
        when exists (select from reversals v where v.receipt_id = f.receipt_id)
            then 'RECEIPT_REVERSED'
        when exists (select from payment_returns p
            where p.receipt_id = f.receipt_id and p.outcome = 'matched')
            or {rematched} then 'ALREADY_RETURNED'
        else '' end as reason
    from returned e left join found f using (return_id)
), numbered as (
    select j.*, case when reason = '' then
        row_number() over (partition by receipt_id, reason order by line_number) end as place
    from judged j
), named as (
    select n.*, case when place > 1 then 'ALREADY_RETURNED' else reason end as why from numbered n
)
insert into payment_returns (return_id, file_id, line_number, outcome, reason, message,
    reason_code, original_trace, amount_cents, returned_on, payer_name, receipt_id)
select return_id, %(file)s, line_number,
    case why when '' then 'matched' when 'CHANGE' then 'change'
        when 'ALREADY_RETURNED' then 'duplicate' else 'unmatched' end,
    why,
    case why when '' then '' when 'CHANGE' then 'the bank tells of a change, the payment stands'
        when 'NOT_A_RETURN' then 'the entry has no reason that takes a payment back'
        when 'NOT_A_PAYMENT' then 'what came back was paid out, not taken'
        when 'TRACE_UNKNOWN' then 'no ACH tender has the trace number ' || original_trace
        when 'TRACE_AMBIGUOUS' then 'several receipts have the trace number ' || original_trace
        when 'AMOUNT_DIFFERS' then 'the receipt with this trace number has another amount'
        when 'RECEIPT_REVERSED' then 'the receipt was reversed before'
        else 'the payment came back before' end,
    reason_code, original_trace, amount_cents, returned_on, payer_name,
    case when why in ('', 'ALREADY_RETURNED', 'AMOUNT_DIFFERS', 'RECEIPT_REVERSED')
        then receipt_id end
from named
"""


def match(connection: Connection, file_id: UUID) -> None:
    query = _MATCH.format(rematched=rematching.is_rematched("f.receipt_id"))
    connection.exec_driver_sql(query, {"file": file_id})


def file(connection: Connection, file_id: UUID) -> Any:
    return connection.exec_driver_sql(
        "select f.*,"
        " count(*) filter (where outcome = 'matched') as matched,"
        " count(*) filter (where outcome = 'unmatched') as unmatched,"
        " count(*) filter (where outcome = 'duplicate') as duplicates,"
        " count(*) filter (where outcome = 'change') as changes,"
        " coalesce(sum(amount_cents) filter (where outcome = 'matched'), 0)::bigint"
        "   as matched_cents,"
        " coalesce(sum(amount_cents) filter (where outcome = 'unmatched'), 0)::bigint"
        "   as unmatched_cents"
        " from return_files f"
        f" left join {rematching.SEEN} r using (file_id)"
        " where f.file_id = %s group by f.file_id",
        (file_id,),
    ).one()


def page(
    connection: Connection, file_id: UUID | None, outcome: str, after: UUID, size: int
) -> Sequence[Any]:
    """Returns in the order they were read, ids growing with time; 'exception' is what failed."""
    return connection.exec_driver_sql(
        f"select * from {rematching.SEEN} r where return_id > %(after)s"
        " and (%(file)s::uuid is null or file_id = %(file)s)"
        " and (%(outcome)s = '' or outcome = %(outcome)s"
        "   or %(outcome)s = 'exception' and outcome in ('unmatched', 'duplicate'))"
        " order by return_id limit %(size)s",
        {"after": after, "file": file_id, "outcome": outcome, "size": size},
    ).all()
