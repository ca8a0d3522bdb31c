"""The statements of receipts on paper; each sees what was committed when its run looked."""

from cashiering_service.receipts import discounts
from reportkit import visible

# Stands for a discount, whose words follow from what was told of it.
DISCOUNT = "discount"
_DISCOUNTS = discounts.statement({each: visible(each) for each in "dnqvm"})
# Stands for a paper in the county's own words, which the rows are given after.
PAPER = "paper"
_STANDS = f"""
not exists (select from reversals v where v.receipt_id = r.receipt_id and {visible("v")})
and not exists (select from receipt_marks m where m.receipt_id = r.receipt_id and {visible("m")})
"""
# What a paper's words may name.
_SAID = """
jsonb_build_object(
    'receipt_number', r.receipt_number, 'payer', r.payer_name, 'total_cents', r.total_cents,
    'business_date', r.business_date, 'effective_on', r.effective_on, 'note', r.note,
    'parcels', coalesce((select string_agg(distinct l.parcel_number, ', ' order by l.parcel_number)
        from receipt_lines l where l.receipt_id = r.receipt_id and l.parcel_number <> ''), '')
)::text
"""
_PRINTED = f"""
select r.receipt_number, x.part, x.what, x.detail, x.amount_cents from receipts r, lateral (
    select 0 as place, 1 as number, 'Copy' as part, 'no. ' || %(copy_number)s::text as what,
        'the original was printed before' as detail, null::bigint as amount_cents
    where %(copy_number)s::integer is not null
    union all
    select 1, l.line_number, 'Paid for',
        coalesce(l.bill_number, l.source_code,
            case when l.is_advance then 'Advance' else 'Held: ' || l.suspense_reason end),
        concat_ws('; ', nullif(l.parcel_number, ''), (select string_agg(key || ': ' || value, '; '
            order by key) from jsonb_each_text(s.said))),
        l.amount_cents
    from receipt_lines l left join line_sources s using (receipt_id, line_number)
    where l.receipt_id = r.receipt_id
    union all
    select 1, 1000000 + row_number() over (order by x.bill_number, x.said), '{DISCOUNT}',
        x.bill_number, x.said, null from ({_DISCOUNTS}) x
    union all
    select 2, t.tender_number, 'Paid with', t.tender_type, coalesce(t.reference, ''), t.amount_cents
    from tenders t where t.receipt_id = r.receipt_id
    union all
    select 3, 1, 'Change', 'cash', '', r.change_cents where r.change_cents > 0
    union all
    select 4, 1, 'Note', r.note, '', null where r.note <> ''
    union all
    select 5, 1, 'Taken back', v.reason, v.business_date::text, v.total_cents from reversals v
    where v.receipt_id = r.receipt_id and {visible("v")}
    union all
    select 6, 1, 'Taken back', m.reason, m.business_date::text, m.total_cents from receipt_marks m
    where m.receipt_id = r.receipt_id and {visible("m")}
    union all
    select 7, p.place, '{PAPER}', p.code, {_SAID}, null from receipt_handling h,
        jsonb_array_elements_text(h.custom_receipts) with ordinality p (code, place)
    where h.receipt_id = r.receipt_id
) x
where {visible("r")} and {{wanted}}
order by r.receipt_number, x.place, x.number
"""
RECEIPT = _PRINTED.format(wanted="r.receipt_number = %(receipt_number)s")
RECEIPTS = _PRINTED.format(
    wanted="r.session_id = %(session_id)s::uuid and not exists (select from receipt_handling h"
    " where h.receipt_id = r.receipt_id and h.print_suppressed)"
)
_CUSTOM = f"""
select r.receipt_number, {_SAID} as detail from receipts r
where {visible("r")} and {_STANDS} and {{wanted}}
order by r.receipt_number
"""
CUSTOM = _CUSTOM.format(wanted="r.receipt_number = %(receipt_number)s")
CUSTOMS = _CUSTOM.format(wanted="r.session_id = %(session_id)s::uuid")
VOUCHER = f"""
select x.what, x.for_what, x.parcel_number, x.amount_cents from receipts r, lateral (
    select 1 as place, l.line_number, 'Surplus' as what, coalesce(l.bill_number, '') as for_what,
        l.parcel_number, r.surplus_cents as amount_cents
    from receipt_lines l where l.receipt_id = r.receipt_id and r.surplus_cents > 0
        and l.line_number = (select max(o.line_number) from receipt_lines o
            where o.receipt_id = r.receipt_id)
    union all
    select 2, l.line_number, case when l.is_advance then 'Advance' else 'Held' end,
        coalesce(a.escrow_account, a.advance_type, l.suspense_reason), l.parcel_number,
        l.amount_cents
    from receipt_lines l left join line_advances a using (receipt_id, line_number)
    where l.receipt_id = r.receipt_id and (l.is_advance or l.suspense_reason is not null)
) x
where {visible("r")} and r.receipt_number = %(receipt_number)s
order by x.place, x.line_number
"""
