"""The statements of cashiering's reports; each sees what was committed when its run looked."""

from reportkit import visible

# Money in, and money taken back: each on its own day, the latter with a minus.
_MOVES = f"""
select r.receipt_id, r.business_date, 1 as sign, r.recorded_at from receipts r
    where {visible("r")}
union all
select v.receipt_id, v.business_date, -1, v.recorded_at from reversals v where {visible("v")}
union all
select m.receipt_id, m.business_date, -1, m.recorded_at from receipt_marks m where {visible("m")}
"""
PAYMENTS = f"""
select e.business_date, r.receipt_number, r.payer_name as payer,
    coalesce(l.bill_number, l.source_code,
        case when l.is_advance then 'advance' else 'suspense' end) as paid_for,
    l.parcel_number,
    case when %(recap)s = 'yes' then coalesce((select string_agg(key || ': ' || value, '; '
        order by key) from jsonb_each_text(s.said)), '') else '' end as said,
    e.sign * l.amount_cents as amount_cents
from ({_MOVES}) e
    join receipts r using (receipt_id)
    join receipt_lines l using (receipt_id)
    left join line_sources s using (receipt_id, line_number)
where e.business_date between %(from_on)s and %(to_on)s
    and (%(source_code)s = '' or l.source_code = %(source_code)s)
order by e.business_date, r.receipt_number, e.sign desc, e.recorded_at, l.line_number
"""
TENDERED = """
select t.receipt_id, t.tender_type, t.amount_cents as cents from tenders t
union all
select c.receipt_id, 'cash', -c.change_cents from receipts c where c.change_cents > 0
"""
TENDERS = f"""
select e.business_date, t.tender_type, count(distinct e.receipt_id) as receipts,
    coalesce(sum(t.cents) filter (where e.sign > 0), 0)::bigint as received_cents,
    coalesce(sum(t.cents) filter (where e.sign < 0), 0)::bigint as taken_back_cents,
    sum(e.sign * t.cents)::bigint as net_cents
from ({_MOVES}) e join ({TENDERED}) t using (receipt_id)
where e.business_date between %(from_on)s and %(to_on)s
group by e.business_date, t.tender_type
order by e.business_date, t.tender_type
"""
# Of a closed session: its own count stays as it was closed.
SESSION = f"""
with kept as (
    select r.receipt_id from receipts r where r.session_id = %(session_id)s::uuid and {visible("r")}
        and not exists (
            select from reversals v where v.receipt_id = r.receipt_id and {visible("v")})
), expected as (
    select t.tender_type, sum(t.cents)::bigint as cents, count(distinct t.receipt_id) as receipts
    from ({TENDERED}) t join kept using (receipt_id) group by t.tender_type
), counted as (
    select key as tender_type, value::bigint as cents
    from sessions s, jsonb_each_text(s.counts) where s.session_id = %(session_id)s::uuid
), recounted as (
    select key as tender_type, value::bigint as cents from session_recounts c,
        jsonb_each_text(c.counts) where c.session_id = %(session_id)s::uuid and {visible("c")}
)
select case when tender_type in ('escrow', 'surplus') then 'held before' else 'drawer' end as held,
    tender_type, coalesce(e.receipts, 0) as receipts, coalesce(e.cents, 0) as expected_cents,
    coalesce(c.cents, 0) as counted_cents, coalesce(c.cents, 0) - coalesce(e.cents, 0)
        as over_short_cents, coalesce(a.cents, 0) as recounted_cents
from expected e full join counted c using (tender_type) full join recounted a using (tender_type)
order by 1, 2
"""
# Days differ in what was closed and deposited since: only deposits that stood are told.
DAY = f"""
select s.till_code, s.session_number::text as session_number, s.cashier,
    count(*) filter (where e.sign > 0) as receipts,
    coalesce(sum(r.total_cents) filter (where e.sign > 0), 0)::bigint as received_cents,
    coalesce(sum(r.total_cents) filter (where e.sign < 0), 0)::bigint as taken_back_cents,
    sum(e.sign * r.total_cents)::bigint as net_cents,
    coalesce(sum(e.sign * x.source_cents), 0)::bigint as source_cents,
    coalesce(sum(e.sign * x.escrow_cents), 0)::bigint as escrow_cents,
    coalesce(max((select 'D-' || to_char(d.deposited_on, 'YYYYMMDD') || '-' || d.place
        from deposits d join deposit_sessions ds using (deposit_id)
        where ds.session_id = s.session_id and {visible("d")})), '') as deposit_number
from ({_MOVES}) e join receipts r using (receipt_id) join sessions s using (session_id)
    cross join lateral (select
        (select sum(l.amount_cents) from receipt_lines l
         where l.receipt_id = r.receipt_id and l.source_code is not null) as source_cents,
        (select sum(t.amount_cents) from tenders t
         where t.receipt_id = r.receipt_id and t.tender_type = 'escrow') as escrow_cents) x
where e.business_date = %(business_date)s
group by s.session_id, s.till_code, s.session_number, s.cashier
order by s.till_code, s.session_number, s.session_id
"""
