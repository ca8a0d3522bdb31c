"""Lines of a file for parcels on which another tax goes first, as over the counter (CASH-022)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from cashiering_service.domain.basket_terms import BasketTerms

# The property classes on the bills of the parcels a run pays on: few, however long the file is.
_CLASSES = """
select distinct f.property_class from bill_faces f join dues d using (bill_id)
where f.property_class is not null and d.parcel_number in
    (select p.parcel_number from import_lines l join dues p using (bill_id)
     where l.run_id = %(run)s and l.outcome = 'post')
order by 1
"""
# What is late of such bills on the day the line counts from, and the file's own money for them.
_JUDGE = """
with paid as materialized (
    select l.line_number, l.bill_id, l.amount_cents, d.parcel_number,
        least(l.paid_on, %(day)s::date) as paid_on
    from import_lines l join dues d using (bill_id)
    where l.run_id = %(run)s and l.outcome = 'post'
), late as (
    select p.line_number, min(d.bill_number) as bill_number
    from paid p join dues d using (parcel_number) join bill_faces f on f.bill_id = d.bill_id
    cross join lateral (
        select coalesce(sum((i ->> 'tax_open_cents')::bigint
            + coalesce((i ->> 'interest_open_cents')::bigint, 0)
            + coalesce((i ->> 'penalty_open_cents')::bigint, 0)
            + coalesce((i ->> 'fee_open_cents')::bigint, 0)), 0) as cents
        from jsonb_array_elements(d.installments) i where (i ->> 'due_on')::date < p.paid_on
    ) overdue
    where f.property_class = any(%(classes)s::text[]) and overdue.cents > coalesce(
        (select sum(own.amount_cents) from paid own where own.bill_id = d.bill_id), 0)
    group by p.line_number
)
update import_lines l set outcome = %(else)s, reason = 'RELATED_TAX_DELINQUENT', bill_id = null,
    message = 'the parcel is delinquent in ' || %(name)s || ' (bill ' || late.bill_number
        || '): that is paid first'
from late where l.run_id = %(run)s and l.line_number = late.line_number
"""


def judge(connection: Connection, given: Mapping[str, Any], terms: BasketTerms | None) -> None:
    """Take lines away from parcels on which such a tax is late; nobody approves within a file."""
    if terms is None or not terms.related:
        return
    classes = connection.exec_driver_sql(_CLASSES, given).scalars().all()
    for rule in terms.related:
        kinds = {one: terms.tax_type_of(one) for one in classes}
        named = {one: kind for one, kind in kinds.items() if kind and kind.code == rule.tax_type}
        if named:
            name = next(iter(named.values())).name
            asked = {**given, "classes": sorted(named), "name": name}
            connection.exec_driver_sql(_JUDGE, asked)
