"""Bills a file must not pay: flagged, in a pending plan, in default or in part where not taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service.baskets import rulebook as basket_rulebook
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.domain.basket_terms import BasketTerms, FlagRule, FlagTerms
from cashiering_service.domain.part_payments import ANY_PART, PartPayments
from cashiering_service.imports import owed as import_owed
from cashiering_service.imports import parts as import_parts
from cashiering_service.imports import related as import_related
from cashiering_service.imports.owed import AskDue
from cashiering_service.till.part_standings import IN_PLAN
from taxkit.errors import Refusal


@dataclass(frozen=True, slots=True)
class Rules:
    """What is asked of the bills of a file's day."""

    # Whether money that must not go to its bill waits in suspense; flags refuse it in any case.
    suspense: bool = True
    flags: Sequence[FlagTerms] = ()
    terms: BasketTerms | None = None
    # The file's business date: no payment counts from a later one.
    day: date | None = None
    parts: PartPayments = ANY_PART
    # None where no receivables is named: the copy says what is owed.
    ask_due: AskDue | None = None


def rules_of(
    app: CashieringApp, business_date: date, *, suspense: bool, ask_due: AskDue | None
) -> Rules:
    law = basket_rulebook.load(app.settings.jurisdictions_dir, app.settings.jurisdiction)
    terms = law.at(business_date)
    flags = [one for one in terms.flags if one.rule is FlagRule.REFUSE]
    return Rules(suspense, flags, terms, business_date, app.parts.at(business_date), ask_due)


# The plan that stands, of each bill that is in one.
_PLANS = (
    "select distinct on (bill_id) bill_id, plan_number, status"
    " from plan_bills join plans using (plan_number) where status in ('pending', 'active')"
    " order by bill_id, status desc, plan_number"
)
# Each kind of subject is joined by itself: a file of a million lines meets many flags at once.
_SUBJECTS = {
    "parcel": ("parcel_number",),
    "bill": ("bill_id::text", "bill_number"),
    "party": ("owner_name",),
    "plan": ("plan_number",),
}
_HITS = " union all ".join(
    "select line_number, bill_number, name from mine join refusing"
    f" on subject_kind = '{kind}' and subject = {column}"
    " where not with_plan_only or plan_number is not null"
    for kind, columns in _SUBJECTS.items()
    for column in columns
)
_FLAGGED = f"""
with refusing as materialized (
    select f.subject_kind, f.subject, r.name, r.with_plan_only
    from flags f join unnest(%(flags)s::text[], %(names)s::text[], %(planned)s::boolean[])
        as r (flag, name, with_plan_only) using (flag)
    where f.is_on
), mine as materialized (
    select l.line_number, d.bill_id, d.bill_number, d.parcel_number, d.owner_name, p.plan_number
    from import_lines l join dues d using (bill_id) left join ({_PLANS}) p using (bill_id)
    where l.run_id = %(run)s and l.outcome = 'post' and exists (select from refusing)
), found as (
    select line_number, min(bill_number) as bill_number, min(name) as name
    from ({_HITS}) as hit group by line_number
)
update import_lines l set outcome = 'rejected', reason = 'PAYMENT_NOT_ALLOWED', bill_id = null,
    message = 'bill ' || found.bill_number || ' is flagged ' || found.name
from found where l.run_id = %(run)s and l.line_number = found.line_number
"""
_IN_PENDING_PLAN = f"""
update import_lines l set outcome = %(else)s, reason = 'PLAN_PENDING', bill_id = null,
    message = 'the bill is in the pending plan ' || p.plan_number
from ({_PLANS}) p
where l.run_id = %(run)s and l.outcome = 'post' and p.bill_id = l.bill_id
    and p.status = 'pending'
"""
# Owed is what was quoted for the day of payment, where something accrues; else what was told last.
_DEFAULTED_IN_PART = f"""
with owed as (
    select l.line_number, d.bill_number, coalesce(on_the_day.cents, d.open_cents) as cents
    from import_lines l join dues d using (bill_id)
    left join lateral (
        select sum((i ->> 'tax_open_cents')::bigint + (i ->> 'interest_open_cents')::bigint
            + (i ->> 'penalty_open_cents')::bigint + (i ->> 'fee_open_cents')::bigint) as cents
        from quoted q cross join jsonb_array_elements(q.installments) i
        where q.bill_id = l.bill_id and q.bill_version = d.bill_version
            and q.as_of = least(l.paid_on, %(day)s::date)
    ) on_the_day on true
    where l.run_id = %(run)s and l.outcome = 'post'
        and d.installments @> '[{{"collection_type": "DS"}}]' and not {IN_PLAN}
)
update import_lines l set outcome = %(else)s, reason = 'DEFAULTED_IN_PART', bill_id = null,
    message = 'bill ' || owed.bill_number || ' is defaulted and owes ' || owed.cents
        || ' cents: it is paid in full or not at all'
from owed
where l.run_id = %(run)s and l.line_number = owed.line_number and l.amount_cents < owed.cents
"""
BILL_CHANGED = "BILL_VERSION_CHANGED"
# Prepared for a version that the bill no longer has: whoever sent it meant another amount.
_CHANGED = f"""
update import_lines l set outcome = %(else)s, reason = '{BILL_CHANGED}', bill_id = null,
    message = 'the line was prepared for version ' || l.quoted_version || ' of bill '
        || d.bill_number || ', which is at version ' || d.bill_version || ' now'
from dues d
where l.run_id = %(run)s and l.outcome = 'post' and d.bill_id = l.bill_id
    and l.quoted_bill_id = l.bill_id and l.quoted_version <> d.bill_version
"""


def changed(line: Any) -> Refusal | None:
    """Why a line may not pay its bill any more: it has another version than it was judged by."""
    if line.outcome != "post" or line.bill_id is None or line.quoted_bill_id != line.bill_id:
        return None
    if line.quoted_version == line.bill_version:
        return None
    return Refusal(
        "BILL_VERSION_CHANGED",
        f"the line was prepared for version {line.quoted_version} of bill {line.bill_number},"
        f" which is at version {line.bill_version} now",
    )


def judge(connection: Connection, run_id: UUID, rules: Rules) -> None:
    """Take lines away from bills they must not pay (CASH-022, CASH-066, CASH-067, LEVY-015)."""
    given = {
        "run": run_id,
        "day": rules.day,
        "else": "suspense" if rules.suspense else "rejected",
        "flags": [one.flag for one in rules.flags],
        "names": [one.name for one in rules.flags],
        "planned": [one.with_plan_only for one in rules.flags],
    }
    for statement in (_CHANGED, _FLAGGED, _IN_PENDING_PLAN):
        connection.exec_driver_sql(statement, given)
    if rules.ask_due is not None:
        import_owed.ask(connection, given, rules.ask_due)
    connection.exec_driver_sql(_DEFAULTED_IN_PART, given)
    import_parts.judge(connection, given, rules.parts, rules.ask_due)
    import_related.judge(connection, given, rules.terms)
