"""Lines of a file that pay a part of their bill which is not taken (RECV-062)."""

from typing import Any

from sqlalchemy import Connection

from cashiering_service.domain.part_payments import ANY_PART, PartPayments
from cashiering_service.imports import owed as import_owed
from cashiering_service.imports.owed import AskDue
from cashiering_service.till.part_standings import CODED, IN_PLAN

# Open is what was quoted for the day of payment, where somebody asked; else what was told last.
_PARTS = f"""
with paying as materialized (
    select l.line_number, l.amount_cents, d.bill_number, {CODED} as coded,
        least(l.paid_on, %(day)s::date) as on_day,
        coalesce(q.installments, d.installments) as installments,
        coalesce(q.discount_cents, 0) as discount_cents
    from import_lines l join dues d using (bill_id)
    left join quoted q on q.bill_id = d.bill_id and q.bill_version = d.bill_version
        and q.as_of = least(l.paid_on, %(day)s::date)
    where l.run_id = %(run)s and l.outcome = 'post' and l.kind = 'bill' and not {IN_PLAN}
), installments as (
    select p.line_number, p.on_day, i.number, i.due_on, i.charges_cents,
        i.tax_cents + i.charges_cents as open_cents
    from paying p cross join lateral (
        select (i ->> 'installment')::integer as number, (i ->> 'due_on')::date as due_on,
            coalesce((i ->> 'tax_open_cents')::bigint, 0) as tax_cents,
            coalesce((i ->> 'interest_open_cents')::bigint, 0)
                + coalesce((i ->> 'penalty_open_cents')::bigint, 0)
                + coalesce((i ->> 'fee_open_cents')::bigint, 0) as charges_cents
        from jsonb_array_elements(p.installments) i
    ) i
), running as (
    select *, sum(open_cents) over (partition by line_number order by number) as whole_cents
    from installments
), parts as (
    select p.line_number, p.bill_number, p.coded, p.amount_cents,
        sum(r.open_cents) - p.discount_cents as due_cents,
        coalesce(sum(r.charges_cents) filter (where r.due_on < r.on_day), 0) as late_cents
    from paying p join running r using (line_number)
    group by p.line_number, p.bill_number, p.coded, p.amount_cents, p.discount_cents
    having p.amount_cents < sum(r.open_cents) - p.discount_cents
        and not bool_or(r.whole_cents = p.amount_cents)
), refused as (
    select line_number, bill_number, due_cents, late_cents, case
        when %(accepted)s = 'installments' then 'PART_NOT_AN_INSTALLMENT'
        when %(accepted)s = 'coded_only' and not coded then 'PARTIAL_NOT_CODED'
        when %(least)s = 'charges' and amount_cents < late_cents then 'PART_BELOW_CHARGES'
    end as reason
    from parts
)
update import_lines l set outcome = %(else)s, reason = r.reason, bill_id = null,
    message = case r.reason
        when 'PART_NOT_AN_INSTALLMENT' then 'of the ' || r.due_cents || ' cents of bill '
            || r.bill_number || ' whole installments are taken, no other part'
        when 'PARTIAL_NOT_CODED' then 'bill ' || r.bill_number
            || ' bears no code that allows a part of ' || r.due_cents || ' cents to be paid'
        else 'a part of bill ' || r.bill_number
            || ' pays at least its interest, penalty and fees: ' || r.late_cents || ' cents'
    end
from refused r
where l.run_id = %(run)s and l.line_number = r.line_number and r.reason is not null
"""


def judge(
    connection: Connection, given: dict[str, Any], terms: PartPayments, ask_due: AskDue | None
) -> None:
    """Take such lines away from their bills; where any part is taken nothing is asked."""
    if terms == ANY_PART:
        return
    if ask_due is not None:
        import_owed.ask_of_parts(connection, given, ask_due)
    said = {"accepted": terms.accepted.value, "least": terms.least.value}
    connection.exec_driver_sql(_PARTS, given | said)
