"""The back office's reconciliation of a day: every closed drawer, counted once and again."""

from collections.abc import Callable, Iterator
from functools import partial

from sqlalchemy import Connection

from cashiering_service.reports.report_statements import TENDERED
from reportkit import Column, Kind, Parameter, Report, Row, Values, visible

_DEPOSIT = f"""coalesce((select 'D-' || to_char(d.deposited_on, 'YYYYMMDD') || '-' || d.place
    from deposits d join deposit_sessions ds using (deposit_id)
    where ds.session_id = s.session_id and {visible("d")}), '')"""
BACK_OFFICE = f"""
with closed as (
    select s.* from sessions s where s.business_date = %(business_date)s and not s.is_open
        and (s.closed_in is null
            or pg_visible_in_snapshot(s.closed_in, %(watermark)s::pg_snapshot))
), kept as (
    select r.receipt_id, r.session_id from receipts r join closed using (session_id)
    where {visible("r")} and not exists (
        select from reversals v where v.receipt_id = r.receipt_id and {visible("v")})
), again as (
    select c.session_id, c.counts, c.recounted_by from session_recounts c
        join closed using (session_id) where {visible("c")}
), amounts as (
    select k.session_id, t.tender_type, t.cents as expected, 0::bigint as counted,
        0::bigint as recounted
    from ({TENDERED}) t join kept k using (receipt_id)
    union all
    select s.session_id, one.key, 0, one.value::bigint, 0
    from closed s, jsonb_each_text(s.counts) one
    union all
    select a.session_id, one.key, 0, 0, one.value::bigint
    from again a, jsonb_each_text(a.counts) one
)
select case when a.tender_type in ('escrow', 'surplus') then 'held before' else 'drawer' end
        as held,
    s.till_code, s.session_number::text as session_number, s.cashier, a.tender_type,
    sum(a.expected)::bigint as expected_cents, sum(a.counted)::bigint as counted_cents,
    sum(a.recounted)::bigint as recounted_cents,
    case when g.session_id is null or a.tender_type in ('escrow', 'surplus') then 0
        else sum(a.recounted - a.counted)::bigint end as difference_cents,
    coalesce(g.recounted_by, '') as recounted_by, {_DEPOSIT} as deposit_number
from amounts a join closed s using (session_id) left join again g using (session_id)
group by s.session_id, s.till_code, s.session_number, s.cashier, a.tender_type, g.session_id,
    g.recounted_by
order by 1, s.till_code, s.session_number, a.tender_type
"""
Rows = Callable[[str, Connection, Values, str], Iterator[Row]]


def back_office(rows: Rows) -> Report:
    return Report(
        name="back-office-reconciliation",
        title="Back-office reconciliation",
        parameters=(Parameter("business_date", "Business date", Kind.DATE),),
        columns=(
            Column("held", "Where", width=12),
            Column("till_code", "Till", width=12),
            Column("session_number", "Session", width=8),
            Column("cashier", "Cashier", width=16),
            Column("tender_type", "Tender", width=12),
            Column("expected_cents", "Expected", Kind.MONEY, 14, total=True),
            Column("counted_cents", "Counted", Kind.MONEY, 14, total=True),
            Column("recounted_cents", "Counted again", Kind.MONEY, 14, total=True),
            Column("difference_cents", "Difference", Kind.MONEY, 14, total=True),
            Column("recounted_by", "By", width=16),
            Column("deposit_number", "Deposit", width=16),
        ),
        rows=partial(rows, BACK_OFFICE),
        group_by="held",
        note=(
            "Closed sessions of the day, and by whom each was counted again; escrow and surplus"
            " never lay in a drawer."
        ),
    )
