"""Bills a file must not pay: flagged, in a pending plan, defaulted and not paid in full."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service import basket_rulebook
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.domain.basket_terms import FlagRule, FlagTerms


@dataclass(frozen=True, slots=True)
class Rules:
    """What is asked of the bills of a file's day."""

    # Whether money that must not go to its bill waits in suspense; flags refuse it in any case.
    suspense: bool = True
    flags: Sequence[FlagTerms] = ()


def rules_of(app: CashieringApp, business_date: date, *, suspense: bool) -> Rules:
    law = basket_rulebook.load(app.settings.jurisdictions_dir, app.settings.jurisdiction)
    flags = [one for one in law.at(business_date).flags if one.rule is FlagRule.REFUSE]
    return Rules(suspense, flags)


# A plan that stands, of a line's bill: (plan_number, status).
_PLAN = (
    "select plan_number, status from plan_bills join plans using (plan_number)"
    " where plan_bills.bill_id = l.bill_id and status in ('pending', 'active')"
    " order by status desc, plan_number limit 1"
)
_FLAGGED = f"""
update import_lines l set outcome = 'rejected', reason = 'PAYMENT_NOT_ALLOWED', bill_id = null,
    message = 'bill ' || found.bill_number || ' is flagged ' || found.name
from (
    select l.line_number, d.bill_number, min(r.name) as name
    from import_lines l join dues d using (bill_id)
    left join lateral ({_PLAN}) p on true
    join unnest(%(flags)s::text[], %(names)s::text[], %(planned)s::boolean[])
        as r (flag, name, with_plan_only) on not r.with_plan_only or p.plan_number is not null
    join flags f on f.is_on and f.flag = r.flag and (f.subject_kind, f.subject) in (
        ('parcel', d.parcel_number), ('bill', d.bill_id::text), ('bill', d.bill_number),
        ('party', d.owner_name), ('plan', p.plan_number))
    where l.run_id = %(run)s and l.outcome = 'post'
    group by l.line_number, d.bill_number
) as found
where l.run_id = %(run)s and l.line_number = found.line_number
"""
_IN_PENDING_PLAN = f"""
update import_lines l set outcome = %(else)s, reason = 'PLAN_PENDING', bill_id = null,
    message = 'the bill is in the pending plan ' || found.plan_number
from (
    select l.line_number, p.plan_number from import_lines l join lateral ({_PLAN}) p on true
    where l.run_id = %(run)s and l.outcome = 'post' and p.status = 'pending'
) as found
where l.run_id = %(run)s and l.line_number = found.line_number
"""
_DEFAULTED_IN_PART = """
update import_lines l set outcome = %(else)s, reason = 'DEFAULTED_IN_PART', bill_id = null,
    message = 'bill ' || d.bill_number || ' is defaulted and owes ' || d.open_cents
        || ' cents: it is paid in full or not at all'
from dues d
where l.run_id = %(run)s and l.outcome = 'post' and d.bill_id = l.bill_id
    and l.amount_cents < d.open_cents and d.installments @> '[{"collection_type": "DS"}]'
"""


def judge(connection: Connection, run_id: UUID, rules: Rules) -> None:
    """Take lines away from bills they must not pay (CASH-066, CASH-067)."""
    given = {
        "run": run_id,
        "else": "suspense" if rules.suspense else "rejected",
        "flags": [one.flag for one in rules.flags],
        "names": [one.name for one in rules.flags],
        "planned": [one.with_plan_only for one in rules.flags],
    }
    for statement in (_FLAGGED, _IN_PENDING_PLAN, _DEFAULTED_IN_PART):
        connection.exec_driver_sql(statement, given)
