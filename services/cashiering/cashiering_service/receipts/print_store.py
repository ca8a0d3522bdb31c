"""Cashiering's SQL for jobs that print many receipts."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

_JOBS = (
    "select j.*, coalesce(p.parts, 0) as parts, coalesce(p.done, 0) as done,"
    " coalesce(p.failed, 0) as failed, coalesce(p.rows, 0)::bigint as rows"
    " from print_jobs j left join lateral (select count(*) as parts, count(o.done_at) as done,"
    "  count(*) filter (where o.reason <> '') as failed, sum(o.rows) as rows"
    "  from print_parts p left join print_outcomes o using (job_id, session_id)"
    "  where p.job_id = j.job_id) p on true"
)
_PARTS = (
    "insert into print_parts (job_id, session_id) select %s, session_id from sessions"
    " where business_date between %s and %s and not is_open and receipt_count > 0"
)
# Whoever prints a part holds its row; one that is being printed elsewhere is passed by.
_NEXT = (
    "select p.job_id, p.session_id, j.custom_receipt, j.asked_by from print_parts p"
    " join print_jobs j using (job_id) where not exists (select from print_outcomes o"
    "  where o.job_id = p.job_id and o.session_id = p.session_id)"
    " order by p.job_id, p.session_id limit 1 for update of p skip locked"
)


def insert_job(
    connection: Connection,
    job_id: UUID,
    days: tuple[date, date],
    custom_receipt: str,
    by: str,
    at: datetime,
) -> int:
    """Keep a job and its parts; gives how many those are."""
    connection.exec_driver_sql(
        "insert into print_jobs (job_id, from_on, to_on, custom_receipt, asked_by, recorded_at)"
        " values (%s, %s, %s, %s, %s, %s)",
        (job_id, *days, custom_receipt, by, at),
    )
    return connection.exec_driver_sql(_PARTS, (job_id, *days)).rowcount


def job(connection: Connection, job_id: UUID) -> Any:
    return connection.exec_driver_sql(f"{_JOBS} where j.job_id = %s", (job_id,)).one_or_none()


def jobs(connection: Connection, before: UUID | None, limit: int) -> Sequence[Any]:
    return connection.exec_driver_sql(
        f"{_JOBS} where %(before)s::uuid is null or j.job_id < %(before)s"
        " order by j.job_id desc limit %(limit)s",
        {"before": before, "limit": limit},
    ).all()


def parts(connection: Connection, job_id: UUID) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select p.session_id, o.run_id, o.rows, o.reason, o.done_at from print_parts p"
        " left join print_outcomes o using (job_id, session_id) where p.job_id = %s"
        " order by p.session_id",
        (job_id,),
    ).all()


def take_part(connection: Connection) -> Any:
    return connection.exec_driver_sql(_NEXT).one_or_none()


def keep_outcome(
    connection: Connection,
    part: Any,
    run_id: UUID | None,
    rows: int,
    reason: str,
    at: datetime,
) -> None:
    connection.exec_driver_sql(
        "insert into print_outcomes (job_id, session_id, run_id, rows, reason, done_at)"
        " values (%s, %s, %s, %s, %s, %s)",
        (part.job_id, part.session_id, run_id, rows, reason, at),
    )
