"""SQL of printed letters."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

# A letter is in one batch at a time: of a batch that was discarded it may be printed again, and one
# that was printed waits no more. Of a parcel that is held since, what must not be written then
# stays where it is, and who asked for mail, as staff does, gets no letter instead. `offset 0` keeps
# each question one by an index: as a join it was guessed to be small, and each letter was held
# against all that were ever printed.
_TAKE = """
insert into print_batch_letters (batch_id, notice_id, place)
select %(batch_id)s, notice_id, row_number() over (order by queued_at, notice_id) from (
    select n.notice_id, n.queued_at from notices n
    where n.state = any(%(states)s::text[])
        and (%(template)s = '' or n.template = %(template)s)
        and not jsonb_exists(n.data, 'subscriber')
        and not exists (select from print_batch_letters l where l.notice_id = n.notice_id
            and not exists (select from print_batch_ends e where e.batch_id = l.batch_id) offset 0)
        and not (n.template = any(%(minded)s::text[]) and exists (select from holds h
            where h.parcel_number = n.data->>'parcel_number' and h.begins_on <= %(today)s
            and (h.ends_on is null or h.ends_on >= %(today)s)
            and (h.released_on is null or h.released_on > %(today)s)))
    order by n.queued_at, n.notice_id limit %(limit)s for update of n skip locked
) found
"""
_BATCHES = """
select b.*, e.outcome, e.ended_by, e.ended_on,
    (select count(*) from print_batch_letters l where l.batch_id = b.batch_id) as letters
from print_batches b left join print_batch_ends e using (batch_id)
"""
_LETTERS = """
select n.* from print_batch_letters l join notices n using (notice_id)
where l.batch_id = %s order by l.place
"""


def start(connection: Connection, batch_id: UUID, template: str, user: str, now: datetime) -> None:
    """Begin a batch; whoever begins another waits, so that it sees which letters this one took.

    The row of a letter does not change when it is taken, so locking it would not say so.
    """
    connection.exec_driver_sql("select pg_advisory_xact_lock(hashtext('print batches'))")
    connection.exec_driver_sql(
        "insert into print_batches (batch_id, template, asked_by, recorded_at)"
        " values (%s, %s, %s, %s)",
        (batch_id, template, user, now),
    )


def take(
    connection: Connection,
    batch_id: UUID,
    wanted: tuple[str, Sequence[str], int],
    minded: Collection[str],
    today: date,
) -> int:
    """Put waiting letters into a batch, those that wait longest first; gives how many."""
    template, states, limit = wanted
    given = {
        "batch_id": batch_id, "template": template, "states": list(states), "limit": limit,
        "minded": sorted(minded), "today": today,
    }  # fmt: skip
    return connection.exec_driver_sql(_TAKE, given).rowcount


def batch(connection: Connection, batch_id: UUID) -> Any:
    return connection.exec_driver_sql(
        f"{_BATCHES} where b.batch_id = %s", (batch_id,)
    ).one_or_none()


def batches(connection: Connection, before: UUID | None, limit: int) -> Sequence[Any]:
    """Batches, the newest first."""
    return connection.exec_driver_sql(
        f"{_BATCHES} where %(before)s::uuid is null or b.batch_id < %(before)s"
        " order by b.batch_id desc limit %(limit)s",
        {"before": before, "limit": limit},
    ).all()


def letters(connection: Connection, batch_id: UUID) -> Sequence[Any]:
    return connection.exec_driver_sql(_LETTERS, (batch_id,)).all()


def end(
    connection: Connection, batch_id: UUID, outcome: str, user: str, moment: tuple[date, datetime]
) -> UUID | None:
    """End a batch; none when it ended before."""
    return connection.exec_driver_sql(
        "insert into print_batch_ends (batch_id, outcome, ended_by, ended_on, recorded_at)"
        " values (%s, %s, %s, %s, %s) on conflict do nothing returning batch_id",
        (batch_id, outcome, user, *moment),
    ).scalar_one_or_none()


def mark_printed(connection: Connection, notice_ids: Sequence[UUID]) -> None:
    connection.exec_driver_sql(
        "update notices set state = 'printed' where notice_id = any(%s::uuid[])",
        (list(notice_ids),),
    )
