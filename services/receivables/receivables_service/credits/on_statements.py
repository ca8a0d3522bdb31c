"""Credits on a statement: what a bill would have asked for, and each credit off it again.

Together they come to nothing, for the charges of the ledger are net of credits. A later version of
a bill shows what has changed.
"""

from typing import Final

from reportkit import visible

# Of the bills that a condition on b chooses, in the columns of a statement's entries.
ENTRIES: Final = f"""
changed as (
    select c.*, b.bill_number, b.tax_year, c.amount_cents - coalesce(lag(c.amount_cents) over (
            partition by c.bill_id, c.code order by c.bill_version), 0) as cents
    from bill_credits c join bills b using (bill_id)
    where {{of}} and c.as_line and c.business_date <= %(as_of)s and {visible("c")}
), credited as (
    select bill_id, bill_number, tax_year, bill_version, business_date, effective_on,
        'credited' as kind, 0 as place, '' as name, sum(cents)::bigint as cents
    from changed group by bill_id, bill_number, tax_year, bill_version, business_date, effective_on
    having bool_or(cents <> 0)
    union all
    select bill_id, bill_number, tax_year, bill_version, business_date, effective_on, 'credit',
        place, name, -cents
    from changed where cents <> 0
)
"""
