"""Levy's SQL for payoffs: what was asked for, on which bill, and what became of it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from levy_service.domain.payoff import Payoff
from taxkit.rows import Columns

DUE, PAID, UNBILLED, SETTLED = "due", "paid", "unbilled", "settled"
WITHDRAWN: Final = "withdrawn"
STATES: Final = (DUE, PAID, UNBILLED, SETTLED, WITHDRAWN)


class PayoffRow(NamedTuple):
    payoff_id: UUID
    assessment_id: UUID
    payoff_on: date
    principal_cents: int
    interest_cents: int
    change_reason: str
    is_billed: bool
    bill_id: UUID | None
    bill_version: int | None
    requested_by: str
    trace_id: UUID
    recorded_at: datetime


class PayoffStepRow(NamedTuple):
    payoff_id: UUID
    step: int
    state: str
    changed_on: date
    changed_by: str
    reason: str
    recorded_at: datetime


_PAYOFFS = Columns(
    {
        "payoff_id": "uuid",
        "assessment_id": "uuid",
        "payoff_on": "date",
        "principal_cents": "bigint",
        "interest_cents": "bigint",
        "change_reason": "text",
        "is_billed": "boolean",
        "bill_id": "uuid",
        "bill_version": "integer",
        "requested_by": "text",
        "trace_id": "uuid",
        "recorded_at": "timestamptz",
    }
)
_TRACTS = Columns(
    {
        "payoff_id": "uuid",
        "assessment_id": "uuid",
        "tract": "text",
        "principal_cents": "bigint",
        "interest_cents": "bigint",
    }
)
_STEPS = Columns(
    {
        "payoff_id": "uuid",
        "step": "integer",
        "state": "text",
        "changed_on": "date",
        "changed_by": "text",
        "reason": "text",
        "recorded_at": "timestamptz",
    }
)
_NEWEST: Final = """
select o.*, s.step, s.state, t.assignee, t.due_on as task_due_on,
       a.assessment_number, l.parcel_number, a.agency_code, a.agency_name, b.bill_number, b.tax_year
from special_payoffs o join special_assessments a using (assessment_id)
join special_places l using (assessment_id)
cross join lateral (
    select step, state from special_payoff_steps s where s.payoff_id = o.payoff_id
    order by step desc limit 1
) s
left join lateral (
    select bill_number, tax_year from bills b where b.bill_id = o.bill_id
    order by b.bill_version limit 1
) b on true
left join lateral (
    select assignee, due_on from special_payoff_assignments t where t.payoff_id = o.payoff_id
    order by number desc limit 1
) t on true
"""


def payoff(connection: Connection, payoff_id: UUID) -> Any:
    return connection.exec_driver_sql(
        f"{_NEWEST} where o.payoff_id = %s", (payoff_id,)
    ).one_or_none()


def of_assessment(connection: Connection, assessment_id: UUID) -> Sequence[Any]:
    return connection.exec_driver_sql(
        f"{_NEWEST} where o.assessment_id = %s order by o.payoff_id", (assessment_id,)
    ).all()


def asked_for(connection: Connection, assessment_ids: Sequence[UUID]) -> Sequence[Any]:
    """Payoffs of assessments that are neither paid nor over."""
    return connection.exec_driver_sql(
        f"{_NEWEST} where o.assessment_id = any(%s) and s.state in ('{DUE}', '{UNBILLED}')"
        " order by o.payoff_id",
        (list(assessment_ids),),
    ).all()


def page(
    connection: Connection,
    assessment_id: UUID | None,
    parcel_number: str,
    state: str,
    assignee: str,
    before: UUID | None,
    size: int,
) -> Sequence[Any]:
    """Payoffs, the newest first; empty conditions ask for all."""
    return connection.exec_driver_sql(
        f"{_NEWEST} where (%(special)s::uuid is null or o.assessment_id = %(special)s)"
        " and %(parcel)s in ('', l.parcel_number) and %(state)s in ('', s.state)"
        " and %(assignee)s in ('', t.assignee)"
        " and (%(before)s::uuid is null or o.payoff_id < %(before)s)"
        " order by o.payoff_id desc limit %(size)s",
        {
            "special": assessment_id,
            "parcel": parcel_number,
            "state": state,
            "assignee": assignee,
            "before": before,
            "size": size,
        },
    ).all()


def tracts(connection: Connection, payoff_id: UUID) -> Sequence[Any]:
    return connection.exec_driver_sql(
        'select * from special_payoff_shares where payoff_id = %s order by tract collate "C"',
        (payoff_id,),
    ).all()


def steps(connection: Connection, payoff_id: UUID) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select * from special_payoff_steps where payoff_id = %s order by step", (payoff_id,)
    ).all()


def insert(connection: Connection, row: PayoffRow, payoff_of: Payoff) -> None:
    _PAYOFFS.insert(connection, "special_payoffs", [row])
    parts = [
        (row.payoff_id, row.assessment_id, each.tract, each.principal_cents, each.interest_cents)
        for each in payoff_of.tracts
    ]
    _TRACTS.insert(connection, "special_payoff_parts", parts)


def insert_steps(connection: Connection, rows: Sequence[PayoffStepRow]) -> None:
    _STEPS.insert(connection, "special_payoff_steps", rows)


def bills_of(connection: Connection, assessment_id: UUID) -> list[UUID]:
    """Bills that ask for installments, the newest first."""
    found = connection.exec_driver_sql(
        "select bill_id from special_postings where assessment_id = %s group by bill_id"
        " order by bill_id desc",
        (assessment_id,),
    )
    return list(found.scalars())
