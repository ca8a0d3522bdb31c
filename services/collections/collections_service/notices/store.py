"""SQL of delinquent notices: whole batches, one statement each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from taxkit.rows import Columns


class RunRow(NamedTuple):
    run_id: UUID
    stage: str
    business_date: date
    tax_year: int
    include_prior_years: bool
    buckets: list[str]
    least_cents: int
    rule_id: str
    pack_version: str
    previewed_by: str
    recorded_at: datetime


class ItemRow(NamedTuple):
    run_id: UUID
    bill_id: UUID
    installment: int
    overdue_cents: int
    due_on: date
    days_past_due: int
    bucket: str
    fate: str
    code: str
    because: str


class OutcomeRow(NamedTuple):
    run_id: UUID
    bill_id: UUID
    # Of the letter that was asked for; none where none is.
    notice_id: UUID | None
    code: str
    because: str
    recorded_at: datetime


_ITEMS = Columns(
    {
        "run_id": "uuid",
        "bill_id": "uuid",
        "installment": "integer",
        "overdue_cents": "bigint",
        "due_on": "date",
        "days_past_due": "integer",
        "bucket": "text",
        "fate": "text",
        "code": "text",
        "because": "text",
    }
)
_OUTCOMES = Columns(
    {
        "run_id": "uuid",
        "bill_id": "uuid",
        "notice_id": "uuid",
        "code": "text",
        "because": "text",
        "recorded_at": "timestamptz",
    }
)
_COUNT = """
insert into notice_run_counts (run_id, selected, left_out, overdue_cents)
select %s, count(*) filter (where fate = 'selected'), count(*) filter (where fate = 'left_out'),
    coalesce(sum(overdue_cents) filter (where fate = 'selected'), 0)::bigint
from notice_run_items where run_id = %s
"""
# A letter that never went out by mail nor on paper holds the stage after it back; one that was
# withheld, and was not asked for again since, is as if it had never been asked for.
_SENT = """
select n.bill_id, n.installment, n.stage,
    (select min(a.answered_on) from notice_answers a
        where a.notice_id = n.notice_id and a.kind in ('sent', 'printed')) as went_out_on
from delinquent_notices n where n.bill_id = any(%s::uuid[])
    and not exists (select from withheld_notices w where w.notice_id = n.notice_id offset 0)
"""
_AGAIN = Columns(
    {"notice_id": "uuid", "times": "integer", "run_id": "uuid", "recorded_at": "timestamptz"}
)
_RUNS = """
select r.*, c.committed_by, c.recorded_at as committed_at, e.recorded_at as ended_at,
    coalesce(k.selected, i.selected) as selected, coalesce(k.left_out, i.left_out) as left_out,
    coalesce(k.overdue_cents, i.overdue_cents) as overdue_cents,
    coalesce(e.requested, o.requested) as requested, coalesce(e.dropped, o.dropped) as dropped
from notice_runs r left join notice_run_commits c using (run_id)
left join notice_run_ends e using (run_id) left join notice_run_counts k using (run_id)
cross join lateral (
    select count(*) filter (where fate = 'selected') as selected,
        count(*) filter (where fate = 'left_out') as left_out,
        coalesce(sum(overdue_cents) filter (where fate = 'selected'), 0)::bigint as overdue_cents
    from notice_run_items where run_id = r.run_id and k.run_id is null
) i
cross join lateral (
    select count(notice_id) as requested, count(*) - count(notice_id) as dropped
    from notice_run_outcomes where run_id = r.run_id and e.requested is null
) o
"""
_ITEM_LIST = """
select i.*, b.bill_number, b.parcel_number, o.notice_id, o.recorded_at as done_at,
    coalesce(nullif(i.code, ''), o.code, '') as why_code,
    coalesce(nullif(i.because, ''), o.because, '') as why
from notice_run_items i join bills b using (bill_id)
left join notice_run_outcomes o using (run_id, bill_id)
where i.run_id = %(run_id)s and i.bill_id > %(after)s order by i.bill_id limit %(limit)s
"""


def sent(
    connection: Connection, bill_ids: Sequence[UUID]
) -> dict[tuple[UUID, int], dict[str, date | None]]:
    """By bill and installment: the stages written about, each with the day its letter went out."""
    found: dict[tuple[UUID, int], dict[str, date | None]] = defaultdict(dict)
    for row in connection.exec_driver_sql(_SENT, (list(bill_ids),)):
        found[row.bill_id, row.installment][row.stage] = row.went_out_on
    return found


def withheld(
    connection: Connection, bill_ids: Sequence[UUID], stage: str
) -> dict[tuple[UUID, int], Any]:
    """By bill and installment: letters of a stage that were withheld, and how often."""
    rows = connection.exec_driver_sql(
        "select n.bill_id, n.installment, n.notice_id, w.times from delinquent_notices n"
        " cross join lateral (select w.times from withheld_notices w"
        "  where w.notice_id = n.notice_id offset 0) w"
        " where n.bill_id = any(%s::uuid[]) and n.stage = %s",
        (list(bill_ids), stage),
    )
    return {(row.bill_id, row.installment): row for row in rows}


def ask_again(
    connection: Connection, run_id: UUID, asked: Mapping[UUID, int], now: datetime
) -> set[UUID]:
    """Note that withheld letters are asked for again, once each time; gives those nobody did."""
    rows = [(notice_id, asked[notice_id], run_id, now) for notice_id in sorted(asked)]
    done = _AGAIN.insert(
        connection, "notice_rerequests", rows, "on conflict do nothing returning notice_id"
    )
    return set(done.scalars()) if done is not None else set()


def add_run(connection: Connection, row: RunRow) -> None:
    names, marks = ", ".join(row._fields), ", ".join(["%s"] * len(row))
    connection.exec_driver_sql(f"insert into notice_runs ({names}) values ({marks})", row)


def add_items(connection: Connection, rows: Sequence[ItemRow]) -> None:
    _ITEMS.insert(connection, "notice_run_items", rows)


def keep_counts(connection: Connection, run_id: UUID) -> None:
    """Keep what a preview came to: it is asked for in every list of runs."""
    connection.exec_driver_sql(_COUNT, (run_id, run_id))


def add_outcomes(connection: Connection, rows: Sequence[OutcomeRow]) -> None:
    _OUTCOMES.insert(connection, "notice_run_outcomes", rows)


def run(connection: Connection, run_id: UUID) -> Any:
    """A run with what it selected and what became of that."""
    return connection.exec_driver_sql(f"{_RUNS} where r.run_id = %s", (run_id,)).one_or_none()


def runs(connection: Connection, before: UUID | None, limit: int) -> Sequence[Any]:
    """Runs, the newest first."""
    return connection.exec_driver_sql(
        f"{_RUNS} where %(before)s::uuid is null or r.run_id < %(before)s"
        " order by r.run_id desc limit %(limit)s",
        {"before": before, "limit": limit},
    ).all()


def items(connection: Connection, run_id: UUID, after: UUID, limit: int) -> Sequence[Any]:
    given = {"run_id": run_id, "after": after, "limit": limit}
    return connection.exec_driver_sql(_ITEM_LIST, given).all()


def commit(connection: Connection, run_id: UUID, user: str, now: datetime) -> UUID | None:
    """Set a run off; none when it was before."""
    return connection.exec_driver_sql(
        "insert into notice_run_commits (run_id, committed_by, recorded_at) values (%s, %s, %s)"
        " on conflict do nothing returning run_id",
        (run_id, user, now),
    ).scalar_one_or_none()


_OF_BILL = """
select n.*, r.committed_by, s.business_date,
    (select jsonb_agg(jsonb_build_array(a.kind, a.answered_on, a.detail)
        order by a.recorded_at, a.event_id) from notice_answers a
        where a.notice_id = n.notice_id) as answers
from delinquent_notices n join notice_run_commits r using (run_id) join notice_runs s using (run_id)
where n.bill_id = %s order by n.recorded_at, n.notice_id
"""


def of_bill(connection: Connection, bill_id: UUID) -> Sequence[Any]:
    """The letters about a bill with what was told of each."""
    return connection.exec_driver_sql(_OF_BILL, (bill_id,)).all()
