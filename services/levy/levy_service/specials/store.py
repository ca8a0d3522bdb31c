"""Levy's SQL for special assessments: what they are, what is billed of them, what is left."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from levy_service.domain.amortization import (
    AmortizationMethod,
    AmortizationTerms,
    SpecialInstallment,
)
from levy_service.domain.payoff import TractState
from taxkit.rows import Columns

ASSESSMENTS = Columns(
    {
        "assessment_id": "uuid",
        "assessment_number": "text",
        "agency_code": "text",
        "agency_name": "text",
        "project": "text",
        "parcel_number": "text",
        "is_ditch": "boolean",
        "principal_cents": "bigint",
        "years": "integer",
        "rate_percent": "numeric",
        "method": "text",
        "first_year": "integer",
        "interest_from": "date",
        "days_in_year": "integer",
        "opened_by": "text",
        "trace_id": "uuid",
        "recorded_at": "timestamptz",
    }
)
TRACTS = Columns({"assessment_id": "uuid", "tract": "text", "principal_cents": "bigint"})
INSTALLMENTS = Columns(
    {
        "assessment_id": "uuid",
        "tract": "text",
        "generation": "integer",
        "number": "integer",
        "tax_year": "integer",
        "principal_cents": "bigint",
        "interest_cents": "bigint",
        "interest_from": "date",
        "interest_to": "date",
    }
)


class Step(NamedTuple):
    assessment_id: UUID
    step: int
    action: str
    status: str
    left_cents: int
    changed_on: date
    changed_by: str
    reason: str
    trace_id: UUID
    recorded_at: datetime


_STEPS = Columns(
    {
        "assessment_id": "uuid",
        "step": "integer",
        "action": "text",
        "status": "text",
        "left_cents": "bigint",
        "changed_on": "date",
        "changed_by": "text",
        "reason": "text",
        "trace_id": "uuid",
        "recorded_at": "timestamptz",
    }
)
_HEAD = ", ".join(f"a.{name}" for name in ASSESSMENTS.types if name != "parcel_number")
# With the parcel it is on now.
NEWEST = f"""
select {_HEAD}, l.parcel_number, s.step, s.status, s.left_cents
from special_assessments a join special_places l using (assessment_id) cross join lateral (
    select step, status, left_cents from special_steps s where s.assessment_id = a.assessment_id
    order by step desc limit 1
) s
"""
_POSTED = """
special_installments i join special_postings p using (assessment_id, tract, generation, number)
"""
_STATES = f"""
select t.assessment_id, t.tract, t.principal_cents,
       case when o.tract is null then t.principal_cents - coalesce(b.principal_cents, 0) else 0 end
           as left_cents,
       coalesce(b.interest_to, a.interest_from) as interest_to, o.tract is not null as paid_off
from special_tracts t join special_assessments a using (assessment_id)
left join special_tracts_paid_off o using (assessment_id, tract)
left join (
    select i.assessment_id, i.tract, sum(i.principal_cents)::bigint as principal_cents,
           max(i.interest_to) as interest_to
    from {_POSTED} where i.assessment_id = any(%(ids)s) group by 1, 2
) b using (assessment_id, tract)
where t.assessment_id = any(%(ids)s) order by t.assessment_id, t.tract collate "C"
"""
_INSTALLMENTS_OF = """
select i.*, p.bill_id from special_installments i
left join special_postings p using (assessment_id, tract, generation, number)
where i.assessment_id = %s and (p.bill_id is not null or (
    i.generation = (select max(generation) from special_installments g
                    where g.assessment_id = i.assessment_id)
    and not exists (select from special_tracts_paid_off t
                    where (t.assessment_id, t.tract) = (i.assessment_id, i.tract))))
order by i.tax_year, i.tract collate "C", i.number
"""


NUMBERS = "hashtextextended('special numbers', 0)"


def lock_number(connection: Connection, number: str) -> None:
    """Let two that open an assessment of one number follow one another, or a file of them."""
    connection.exec_driver_sql(
        f"select pg_advisory_xact_lock_shared({NUMBERS}),"
        " pg_advisory_xact_lock(hashtextextended(%s, 0))",
        (f"special {number}",),
    )


def assessment(connection: Connection, assessment_id: UUID, *, lock: bool = False) -> Any:
    """An assessment as it stands; locked, nobody bills it or pays it off meanwhile."""
    if lock:
        connection.exec_driver_sql(
            "select from special_assessments where assessment_id = %s for no key update",
            (assessment_id,),
        )
    return connection.exec_driver_sql(
        f"{NEWEST} where a.assessment_id = %s", (assessment_id,)
    ).one_or_none()


def numbered(connection: Connection, number: str) -> Any:
    return connection.exec_driver_sql(
        f"{NEWEST} where a.assessment_number = %s", (number,)
    ).one_or_none()


def terms_of(row: Any) -> AmortizationTerms:
    return AmortizationTerms(
        row.years, row.rate_percent, AmortizationMethod(row.method), row.first_year,
        row.interest_from,
    )  # fmt: skip


def page(
    connection: Connection, wanted: Mapping[str, object], after: str, size: int
) -> Sequence[Any]:
    """Assessments by number; empty conditions ask for all."""
    conditions = "".join(
        f" and %({name})s in ('', {column})"
        for name, column in (
            ("parcel_number", "l.parcel_number"),
            ("agency_code", "a.agency_code"),
            ("project", "a.project"),
            ("status", "s.status"),
        )
    )
    return connection.exec_driver_sql(
        f"{NEWEST} where a.assessment_number > %(after)s{conditions}"
        " order by a.assessment_number limit %(size)s",
        {**wanted, "after": after, "size": size},
    ).all()


def tract_states(
    connection: Connection, assessment_ids: Sequence[UUID]
) -> dict[UUID, list[TractState]]:
    found: dict[UUID, list[TractState]] = {each: [] for each in assessment_ids}
    for assessment_id, *state in connection.exec_driver_sql(_STATES, {"ids": list(assessment_ids)}):
        found[assessment_id].append(TractState(*state))
    return found


def left_cents(connection: Connection, assessment_id: UUID) -> int:
    """Principal that is neither on a bill nor in a payoff."""
    return sum(each.left_cents for each in tract_states(connection, [assessment_id])[assessment_id])


def installments(connection: Connection, assessment_id: UUID) -> Sequence[Any]:
    """Those on bills, and those still to come."""
    return connection.exec_driver_sql(_INSTALLMENTS_OF, (assessment_id,)).all()


def years_left(connection: Connection, assessment_id: UUID) -> int:
    """Years of the newest generation in which a tract that is not paid off is on no bill yet."""
    found: int = connection.exec_driver_sql(
        "select count(distinct number) from special_installments i where assessment_id = %s"
        " and generation = (select max(generation) from special_installments g"
        " where g.assessment_id = i.assessment_id)"
        " and not exists (select from special_postings p where (p.assessment_id, p.tract,"
        " p.generation, p.number) = (i.assessment_id, i.tract, i.generation, i.number))"
        " and not exists (select from special_tracts_paid_off t"
        " where (t.assessment_id, t.tract) = (i.assessment_id, i.tract))",
        (assessment_id,),
    ).scalar_one()
    return found


def newest_generation(connection: Connection, assessment_id: UUID) -> int:
    found: int = connection.exec_driver_sql(
        "select coalesce(max(generation), 0) from special_installments where assessment_id = %s",
        (assessment_id,),
    ).scalar_one()
    return found


def steps(connection: Connection, assessment_id: UUID) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select * from special_steps where assessment_id = %s order by step", (assessment_id,)
    ).all()


def insert_assessment(
    connection: Connection, row: Mapping[str, object], tracts: Mapping[str, int]
) -> None:
    ASSESSMENTS.insert(
        connection, "special_assessments", [[row[name] for name in ASSESSMENTS.types]]
    )
    rows = [(row["assessment_id"], tract, cents) for tract, cents in tracts.items()]
    TRACTS.insert(connection, "special_tracts", rows)


def installment_rows(
    assessment_id: UUID, generation: int, by_tract: Mapping[str, Sequence[SpecialInstallment]]
) -> Iterator[tuple[object, ...]]:
    for tract, parts in by_tract.items():
        for each in parts:
            yield (
                assessment_id, tract, generation, each.number, each.tax_year, each.principal_cents,
                each.interest_cents, each.interest_from, each.interest_to,
            )  # fmt: skip


def insert_installments(
    connection: Connection,
    assessment_id: UUID,
    generation: int,
    by_tract: Mapping[str, Sequence[SpecialInstallment]],
) -> None:
    rows = list(installment_rows(assessment_id, generation, by_tract))
    INSTALLMENTS.insert(connection, "special_installments", rows)


def insert_steps(connection: Connection, rows: Sequence[Step]) -> None:
    _STEPS.insert(connection, "special_steps", rows)


def billed_on(connection: Connection, assessment_id: UUID, bill_id: UUID) -> bool:
    """Whether an installment of the assessment is on the bill."""
    found: bool = connection.exec_driver_sql(
        "select exists (select from special_postings where assessment_id = %s and bill_id = %s)",
        (assessment_id, bill_id),
    ).scalar_one()
    return found
