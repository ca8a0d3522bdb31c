"""What cashiering knows of accounts from others: balances, plans, flags, holds, faces."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from cashiering_service.baskets import party_projections
from cashiering_service.baskets.quotes import of_read_copy
from cashiering_service.domain.basket_terms import BasketTerms
from cashiering_service.domain.bill_face import Face
from cashiering_service.domain.coded import CodeKnown
from cashiering_service.domain.findings import BillKnown, Book
from cashiering_service.domain.on_hold import HoldKnown

_BILLS = """
select d.*, f.property_class, f.tax_code, f.part, f.net_value_dollars, f.billed_cents,
    f.specials_cents, p.plan_number, p.status as plan_status,
    array(select value from account_keys a where a.parcel_number = d.parcel_number
        and a.kind = 'revenue_account' order by 1) as revenue_accounts,
    r.last_paid_on, r.last_touched_on, k.codes, q.parties, q.primary_owner,
    t.current_number as successor_number, h.holds
from dues d
left join bill_faces f using (bill_id)
left join parcel_parties q on q.parcel_number = d.parcel_number
left join retired_parcels t on t.parcel_number = d.parcel_number
left join lateral (
    select plan_number, status from plan_bills join plans using (plan_number)
    where plan_bills.bill_id = d.bill_id and status in ('pending', 'active')
    order by status desc, plan_number limit 1
) p on true
left join lateral (
    select max(t.paid_on) as last_touched_on,
        max(t.paid_on) filter (where v.receipt_id is null and m.receipt_id is null) as last_paid_on
    from (
        select l.receipt_id, coalesce(lt.effective_on, rc.effective_on) as paid_on
        from receipt_lines l join receipts rc using (receipt_id)
        left join line_terms lt using (receipt_id, line_number)
        where l.bill_id = d.bill_id
    ) t
    left join reversals v using (receipt_id) left join receipt_marks m using (receipt_id)
) r on true
left join lateral (
    select jsonb_agg(jsonb_build_array(c.code, coalesce(s.description, ''),
        coalesce(to_jsonb(s.switches), '[]')) order by c.place) as codes
    from bill_codes b cross join unnest(b.codes) with ordinality as c (code, place)
        left join code_settings s using (code)
    where b.bill_id = d.bill_id
) k on true
left join lateral (
    select jsonb_agg(jsonb_build_array(kind, reason, authority) order by hold_id) as holds
    from collection_holds c where c.parcel_number = d.parcel_number
        and c.begins_on <= %(day)s and coalesce(c.ends_on >= %(day)s, true)
        and coalesce(c.released_on > %(day)s, true)
) h on true
where d.parcel_number = any(%(parcels)s::text[])
order by d.tax_year, d.bill_number, d.bill_id
"""
_FLAGS = """
select f.flag, f.subject_kind, f.subject from flags f
join unnest(%s::text[], %s::text[]) as s (subject_kind, subject) using (subject_kind, subject)
where f.is_on and f.flag = any(%s::text[])
"""


def read(
    connection: Connection, terms: BasketTerms, parcel_numbers: Sequence[str], day: date
) -> Book:
    """Every bill of some parcels, and the flags the county shows at its counters on a day."""
    asked = {"parcels": list(parcel_numbers), "day": day}
    rows = connection.exec_driver_sql(_BILLS, asked).all()
    bills = {row.bill_id: _bill(row, terms, day) for row in rows}
    subjects = sorted({subject for bill in bills.values() for subject in bill.subjects})
    flags: dict[str, set[tuple[str, str]]] = {}
    if terms.flags:
        for row in connection.exec_driver_sql(
            _FLAGS,
            (
                [kind for kind, _ in subjects],
                [subject for _, subject in subjects],
                [one.flag for one in terms.flags],
            ),
        ):
            flags.setdefault(row.flag, set()).add((row.subject_kind, row.subject))
    told = {row.parcel_number: party_projections.of_row(row) for row in rows}
    parties = party_projections.with_lenders(connection, told)
    return Book(bills, {flag: frozenset(found) for flag, found in flags.items()}, parties)


def _bill(row: Any, terms: BasketTerms, day: date) -> BillKnown:
    quoted = of_read_copy(row, day)
    return BillKnown(
        row.bill_id,
        row.bill_number,
        row.parcel_number,
        row.tax_year,
        row.owner_name,
        row.open_cents,
        quoted.charges,
        terms.tax_type_of(row.property_class or ""),
        row.plan_number or "",
        row.plan_status or "",
        row.tax_code or "",
        row.property_class or "",
        row.last_paid_on,
        row.last_touched_on,
        row.bill_version,
        Face(
            row.part or "whole",
            row.net_value_dollars,
            row.billed_cents or 0,
            row.specials_cents or 0,
            tuple(row.revenue_accounts),
        ),
        tuple(
            CodeKnown(code, description, frozenset(switches))
            for code, description, switches in row.codes or ()
        ),
        row.successor_number or "",
        tuple(HoldKnown(*one) for one in row.holds or ()),
    )
